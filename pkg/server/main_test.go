package server

import "testing"

func TestMayHoldPassword(t *testing.T) {
	for text, want := range map[string]bool{
		"postgresql://host/shop":                        false,
		"postgresql://reader@host/shop":                 false,
		"host=db user=reader dbname=shop":               false,
		"redis://cache:6379":                            false,
		"redis://:hunter2@cache:6379":                   true,
		"postgresql://reader:p@ss@host/shop":            true,
		"postgresql://reader:@host/shop":                true,
		"postgresql://host/shop?password=hunter2":       true,
		"host=db user=reader password=hunter2":          true,
		"postgresql://reader:%zz@host":                  true,
		"postgresql://host/shop?user=a&sslpassword=abc": true,
		"postgresql://reader@one:5432,two:5432/shop":    false,
		"postgresql:///shop?host=/var/run&user=reader":  false,
	} {
		if got := mayHoldPassword(text); got != want {
			t.Errorf("%s may hold a password: %v", text, got)
		}
	}
}
