package database

import (
	"strings"
	"testing"
)

func TestStatementShown(t *testing.T) {
	for _, test := range []struct{ query, want string }{
		{"select * from orders where id = $1", "select * from orders where id = $1"},
		{"  /* app */ -- line\n ((SELECT 1))", "  /* app */ -- line\n ((SELECT 1))"},
		{"INSERT INTO a VALUES ($1)", "INSERT INTO a VALUES ($1)"},
		{"ALTER ROLE bob PASSWORD 'geheim'", "ALTER ROLE … (a utility statement: its text is left out)"},
		{"/* select */ CREATE USER bob PASSWORD 'geheim'", " … (a utility statement: its text is left out)"},
		{"CREATE SUBSCRIPTION s CONNECTION 'host=a password=geheim' PUBLICATION p", "CREATE SUBSCRIPTION … (a utility statement: its text is left out)"},
		{"DO $$ begin perform dblink_connect('password=geheim'); end $$", "DO … (a utility statement: its text is left out)"},
	} {
		if got := (statement{Query: test.query}).shown().Query; got != test.want {
			t.Errorf("%q is shown as %q, want %q", test.query, got, test.want)
		}
	}
	long := statement{Query: "select '" + strings.Repeat("é", 5000), Hit: 3, Read: 1}.shown()
	if len(long.Query) > maxQueryText+20 || !strings.HasSuffix(long.Query, "bytes)") || *long.HitRatio != 0.75 {
		t.Errorf("a long one is %+v", long)
	}
}
