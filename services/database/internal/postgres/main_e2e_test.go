//go:build e2e && linux

package postgres_test

import (
	"testing"

	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
	"github.com/mcpfleet/mcpfleet/services/database/internal/shop"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// newShop returns the connection strings of a new shop for its reader and for
// its owner, a superuser.
func newShop(t testing.TB, scripts ...string) (reader, owner string) {
	t.Helper()
	owner = pgtest.Database(t, append([]string{shop.Schema, shop.Reader}, scripts...)...)
	return pgtest.As(t, owner, "mcp_reader"), owner
}

func open(t testing.TB, cfg postgres.Config) *postgres.DB {
	t.Helper()
	if cfg.Name == "" {
		cfg.Name = "shop"
	}
	db, err := postgres.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}
