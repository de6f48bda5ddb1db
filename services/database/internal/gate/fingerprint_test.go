package gate_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mcpfleet/mcpfleet/services/database/internal/gate"
)

func TestFingerprint(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT  Id,\n Name FROM t -- secret\nWHERE id = 42 AND n='secret'": "select id, name from t where id = $1 and n = $2",
		"select * from t where id in (1, 2,3 , $4)":                         "select * from t where id in($1, …)",
		"select f(1, a, 'x', 2)":                                            "select f($1, a, $2, …)",
		"insert into t values (1, 'a'), (2, 'b')":                           "insert into t values($1, …), ($2, …)",
		`select "A b".c, s . t::INT, E'x\'y', $$z$$, x'ff' from a`:          `select "A b".c, s.t::int, $1, … from a`,
		"select a[1:2], -5, now()":                                          "select a[$1 : $2], - $3, now()",
		"select 'secret":                                                    "select …",
		"select 12345x":                                                     "select …",
		"":                                                                  "",
		"select \"a\nb\"":                                                   `select "a b"`,
	} {
		if got := gate.Fingerprint(sql); got != want {
			t.Errorf("%q\n got %q\nwant %q", sql, got, want)
		}
	}
}

func TestFingerprintIsShort(t *testing.T) {
	for _, sql := range []string{
		"select " + strings.Repeat("ä, ", 1000) + "1",
		"select " + strings.Repeat("1, ", 50_000) + "1",
		`select "` + strings.Repeat("ä", 60_000) + `"`,
	} {
		got := gate.Fingerprint(sql)
		if len(got) > 500 || !utf8.ValidString(got) {
			t.Errorf("%d bytes: %q", len(got), got)
		}
	}
}
