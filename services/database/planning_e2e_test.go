//go:build e2e && linux

package database

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/services/database/internal/gate"
	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
	"github.com/mcpfleet/mcpfleet/services/database/internal/shop"
)

// oneConnection returns a shop with hypopg behind a pool of one connection, so
// that what a call leaves on it is seen by the next.
func oneConnection(t *testing.T) *database {
	t.Helper()
	url := pgtest.Database(t, shop.Schema, shop.Reader, `create extension hypopg; create table "o""dd; --" ("a""b" int); insert into "o""dd; --" select generate_series(1, 10000); analyze; grant select on all tables in schema public to mcp_reader`)
	d, err := open(setting{Config: postgres.Config{Name: "shop", URL: pgtest.As(t, url, "mcp_reader"), PoolMin: 1, PoolMax: 1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// clean fails if the session has something left of another call.
func clean(t *testing.T, d *database) {
	t.Helper()
	left, err := postgres.Column1[string](context.WithoutCancel(t.Context()), d.DB, `select 'prepared ' || name from pg_prepared_statements where statement like '%_mcp%' and name <> ''
union all select 'index ' || indexname from hypopg() union all select 'setting ' || setting from pg_settings where name = 'plan_cache_mode' and setting <> 'auto'`)
	if err != nil || len(left) > 0 {
		t.Errorf("the session has %q, %v", left, err)
	}
}

func TestPlansLeaveNothing(t *testing.T) {
	d := oneConnection(t)
	t.Run("any values", func(t *testing.T) {
		if p, _, err := d.plan(t.Context(), planned{sql: "select note from orders where id = $1", unknown: 1}); err != nil || p.Cost() <= 0 {
			t.Errorf("%+v, %v", p, err)
		}
		clean(t, d)
	})
	t.Run("not a query", func(t *testing.T) {
		var e *postgres.Error
		if _, _, err := d.plan(t.Context(), planned{sql: "select nope from orders where id = $1", unknown: 1}); !errors.As(err, &e) || e.SQLState != "42703" || e.Position != len("select ")+1 {
			t.Errorf("the error is %+v", err)
		}
		clean(t, d)
	})
	t.Run("too few values", func(t *testing.T) {
		// EXECUTE fails behind PREPARE: the transaction can no longer take it back.
		if _, _, err := d.plan(t.Context(), planned{sql: "select note from orders where id = $1 and customer_id = $2", unknown: 1}); err == nil {
			t.Error("there is no error")
		}
		clean(t, d)
	})
	for name, end := range map[string]error{"failed": errors.New("no"), "kept": nil} {
		t.Run(name, func(t *testing.T) {
			err := d.imagine(t.Context(), "public", time.Second, func(h *hypothetical) error {
				if _, size, err := h.create(t.Context(), indexDDL("CREATE INDEX", "public", `o"dd; --`, []string{`a"b`}, nil)); err != nil || size <= 0 {
					t.Errorf("the index has %d bytes, %v", size, err)
				}
				return end
			})
			if !errors.Is(err, end) {
				t.Errorf("the error is %v", err)
			}
			clean(t, d)
		})
	}
	t.Run("aborted", func(t *testing.T) {
		err := d.imagine(t.Context(), "public", time.Second, func(h *hypothetical) error {
			if _, _, err := h.create(t.Context(), indexDDL("CREATE INDEX", "public", "orders", []string{"note"}, nil)); err != nil {
				t.Error(err)
			}
			_, _, err := h.create(t.Context(), indexDDL("CREATE INDEX", "public", "orders", []string{"nope"}, nil))
			return err
		})
		if err == nil {
			t.Error("there is no error")
		}
		clean(t, d)
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		err := d.imagine(ctx, "public", 0, func(h *hypothetical) error {
			if _, _, err := h.create(ctx, indexDDL("CREATE INDEX", "public", "orders", []string{"note"}, nil)); err != nil {
				t.Error(err)
			}
			cancel()
			_, err := postgres.Column1[int](ctx, h.tx, "select 1")
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the error is %v", err)
		}
		clean(t, d)
	})
}

func TestAnalyzeCannotWrite(t *testing.T) {
	d := oneConnection(t)
	// These have not passed the gate: what is tested is what is behind it.
	for sql, want := range map[string]string{
		"with gone as (delete from orders returning id) select * from gone": "data-modifying",
		"delete from orders":              "syntax error",
		"select 1; delete from orders":    "multiple commands",
		"select id into kept from orders": "",
		"select nextval('orders_id_seq')": "permission denied",
		"select * from orders for update": "",
	} {
		_, _, err := d.plan(t.Context(), planned{sql: sql, analyze: true})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", sql, err, want)
		}
	}
	clean(t, d)
}

func TestEstimate(t *testing.T) {
	d := oneConnection(t)
	s := &Service{databases: []*database{d}}
	cost, rows, err := s.estimate(t.Context(), d, gate.Statement{Kind: gate.Rows, SQL: "select * from orders where id <= $1"}, [][]byte{[]byte("5000")})
	if err != nil || cost < 50 || rows < 4000 || rows > 5000 {
		t.Errorf("cost %v, rows %v, %v", cost, rows, err)
	}
}
