//go:build e2e && linux

package database_test

import (
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
	"github.com/mcpfleet/mcpfleet/services/database"
	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
	"github.com/mcpfleet/mcpfleet/services/database/internal/shop"
)

// pg_stats is for who sees no more in it than the tables show.
func TestStatisticsOfPasswords(t *testing.T) {
	for _, v := range pgtest.Versions(t) {
		t.Run(v.Name, func(t *testing.T) {
			url := pgtest.On(t, v.Server, shop.Schema, shop.Reader, "analyze orders")
			for _, c := range []struct {
				url     string
				refused bool
			}{{url, true}, {pgtest.As(t, url, "mcp_reader"), false}} {
				client := connect(t, database.Config{URL: c.url, AllowSuperuser: c.refused}, nil)
				text, isError := call(t, client, "execute_query", `{"query": "SELECT count(*) > 0 FROM PG_STATS WHERE tablename = 'orders'"}`)
				if isError != c.refused || !c.refused && !strings.Contains(text, `[[true]]`) {
					t.Errorf("refused: %t, want %t: %s", isError, c.refused, text)
				}
				if text, isError := call(t, client, "execute_query", `{"query": "SELECT 'pg_stats' AS x"}`); isError {
					t.Error(text)
				}
			}
		})
	}
}

// A standby often has the password of its primary among its settings. Whoever is
// shown it may show a setting by its name alone.
func TestPasswordAmongSettings(t *testing.T) {
	server := pgtest.Start(t, localpg.Options{Settings: map[string]string{"primary_conninfo": "host=127.0.0.1 user=replicator password=kingfisher"}})
	url := pgtest.On(t, server, shop.Schema, shop.Reader, "create role watcher login; grant pg_monitor to watcher")
	asks := []string{
		"select setting from pg_settings where name = 'primary_conninfo'", `select s from "pg_settings" s`, "select * from pg_show_all_settings()",
		"select current_setting('primary_' || 'conninfo')", "select current_setting($$primary_conninfo$$)", `select pg_catalog."current_setting"('work_mem')`,
	}
	for _, c := range []struct {
		url     string
		super   bool
		refused bool
	}{{url, true, true}, {pgtest.As(t, url, "watcher"), false, true}, {pgtest.As(t, url, "mcp_reader"), false, false}} {
		client := connect(t, database.Config{URL: c.url, AllowSuperuser: c.super}, nil)
		for _, sql := range asks {
			text, isError := call(t, client, "execute_query", object("query", sql))
			if strings.Contains(text, "kingfisher") || c.refused && (!isError || !strings.Contains(text, `"rule":"setting"`)) {
				t.Errorf("%s: %s: %s", c.url, sql, text)
			}
		}
		for _, sql := range []string{"show work_mem", "select 'pg_settings' as pg_sett"} {
			if text, isError := call(t, client, "execute_query", object("query", sql)); isError {
				t.Errorf("%s: %s: %s", c.url, sql, text)
			}
		}
		if text, isError := call(t, client, "execute_query", object("query", "select count(*) > 100 as many from pg_settings")); isError != c.refused || !c.refused && !strings.Contains(text, "[[true]]") {
			t.Errorf("%s: %s", c.url, text)
		}
		for _, table := range []string{"pg_catalog.pg_settings", "pg_catalog.pg_stats", "pg_catalog.pg_authid"} {
			for _, tool := range []string{"sample_rows", "profile_table"} {
				if text, isError := call(t, client, tool, object("table", table)); !isError {
					t.Errorf("%s: %s of %s: %.300s", c.url, tool, table, text)
				}
			}
		}
	}
}
