//go:build e2e && linux

package catalog_test

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/services/database/internal/catalog"
	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
	"github.com/mcpfleet/mcpfleet/services/database/internal/shop"
)

// big makes a database of tables with ten columns each, and functions.
func big(tables, functions int) []string {
	scripts := []string{"do $$ begin for s in 0..9 loop execute format('create schema s%s', s); end loop; end $$"}
	// A transaction has a lock for each table that it makes.
	for from := 1; from <= tables; from += 500 {
		scripts = append(scripts, fmt.Sprintf(`do $$ begin for t in %d..%d loop
  execute format('create table s%%s.%%s_%%s (id bigint, customer_%%s text, c2 int, total_%%s numeric(12,2), created_at timestamptz, c5 jsonb, c6_%%s text, c7 uuid, c8 date, note_%%s text)',
    t %% 10, (array['orders','invoices','shipments','users','events','payments'])[1 + t %% 6], t, t, t %% 100, t, t);
end loop; end $$`, from, min(from+499, tables)))
	}
	return append(scripts, fmt.Sprintf(`do $$ begin for f in 1..%d loop
  execute format('create function s%%s.fn_%%s(a int, b text) returns int language sql as $f$select 1$f$', f %% 10, f);
end loop; end $$`, functions))
}

func rss(t testing.TB) int {
	t.Helper()
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	n, _ := strconv.Atoi(strings.Fields(string(b))[1])
	return n * os.Getpagesize() >> 20
}

func heap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc >> 10)
}

// TestBigLoad holds the catalog of a big database to its bounds: what is read in
// how much time, and what it takes in memory.
func TestBigLoad(t *testing.T) {
	db := open(t, pgtest.Database(t, append(big(10_000, 20_000), "analyze pg_class; analyze pg_attribute")...))
	before := heap()
	c := catalog.New(db)
	defer c.Close()
	began := time.Now()
	s, err := c.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	loaded, kept := time.Since(began), heap()-before
	began = time.Now()
	x, err := c.Index(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	indexed, keptIndex := time.Since(began), heap()-before-kept
	began = time.Now()
	hits, _ := x.Search(catalog.Query{Text: "invoice total", Limit: 20})
	t.Logf("%d tables in %v, %d KiB; index in %v, %d KiB; search in %v; RSS %d MiB", len(s.Tables), loaded, kept, indexed, keptIndex, time.Since(began), rss(t))
	if len(s.Tables) != 10_000 || len(s.Named("fn_20000")) != 1 || len(hits) != 20 || hits[0].Kind != catalog.HitColumn {
		t.Errorf("%d tables, first hit %+v", len(s.Tables), hits[0])
	}
	if loaded > 10*time.Second || kept > 40<<10 || keptIndex > 20<<10 {
		t.Errorf("loaded in %v, %d KiB and %d KiB of index", loaded, kept, keptIndex)
	}
	runtime.KeepAlive(x)
}

func BenchmarkLoadShop(b *testing.B) {
	db := open(b, pgtest.Database(b, shop.Schema))
	c := catalog.New(db)
	defer c.Close()
	b.ReportAllocs()
	for b.Loop() {
		c.Invalidate()
		if _, err := c.Snapshot(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
