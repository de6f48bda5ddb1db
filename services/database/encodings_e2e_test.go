//go:build e2e && linux

package database_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/database"
	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
)

// In another encoding than UTF-8 a database keeps more letters of a name, and
// knows it all the same.
func TestNamesInOtherEncodings(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		pgtest.Exec(t, w.url, "create database latin encoding 'LATIN1' locale 'C' template template0")
		url := strings.Replace(w.url, "/corpus", "/latin", 1)
		name := strings.Repeat("é", 40)
		pgtest.Exec(t, url, "set client_encoding = 'UTF8'", fmt.Sprintf(`create function "%s"() returns boolean language sql volatile as 'select pg_try_advisory_lock(1)'`, name))
		client := connect(t, database.Config{URL: url, AllowSuperuser: true}, nil)
		for _, sql := range []string{`select "` + name + `"()`, "select " + name + "()", `select public."` + name + `"()`} {
			if text, isError := call(t, client, "execute_query", object("query", sql)); !isError || !strings.Contains(text, `"rule":"function"`) {
				t.Errorf("%s: %s", sql, text)
			}
		}
		if text, isError := call(t, client, "execute_query", object("query", "select lower('É') as É, 'x' as "+name)); isError {
			t.Error(text)
		}
	})
}
