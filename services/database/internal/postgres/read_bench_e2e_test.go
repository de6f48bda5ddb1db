//go:build e2e && linux

package postgres_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// BenchmarkRead compares the engine (safe) with the driver alone, which sends each
// statement as it is called (raw) or has prepared it (prepared). The command that
// reports it reads the names: statement, goroutines, way.
func BenchmarkRead(b *testing.B) {
	url, _ := newShop(b)
	db := open(b, postgres.Config{URL: url, PoolMin: 20})
	raw := map[string]*pgxpool.Pool{}
	for name, mode := range map[string]pgx.QueryExecMode{"prepared": pgx.QueryExecModeCacheStatement, "raw": pgx.QueryExecModeExec} {
		pc, err := pgxpool.ParseConfig(url)
		if err != nil {
			b.Fatal(err)
		}
		pc.MaxConns, pc.MinConns, pc.ConnConfig.DefaultQueryExecMode = 20, 20, mode
		pool, err := pgxpool.NewWithConfig(b.Context(), pc)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(pool.Close)
		raw[name] = pool
	}
	for _, q := range []struct{ name, sql string }{
		{"one", "select id, status from orders where id = 17"},
		{"hundred", "select * from orders where id <= 100"},
	} {
		ways := []struct {
			name string
			run  func(ctx context.Context) error
		}{
			{"safe", func(ctx context.Context) error {
				_, err := db.Read(ctx, postgres.Query{SQL: q.sql, Limit: 1000}, func([]postgres.Column, [][]byte) error { return nil })
				return err
			}},
			{"prepared", func(ctx context.Context) error { return rawRead(ctx, raw["prepared"], q.sql) }},
			{"raw", func(ctx context.Context) error { return rawRead(ctx, raw["raw"], q.sql) }},
		}
		for _, n := range []int{1, 8, 32} {
			for _, w := range ways {
				b.Run(fmt.Sprintf("%s/%d/%s", q.name, n, w.name), func(b *testing.B) {
					b.ReportAllocs()
					var wg sync.WaitGroup
					todo := make(chan struct{}, n)
					for range n {
						wg.Go(func() {
							for range todo {
								if err := w.run(b.Context()); err != nil {
									b.Error(err)
								}
							}
						})
					}
					for b.Loop() {
						todo <- struct{}{}
					}
					close(todo)
					wg.Wait()
				})
			}
		}
	}
}

func rawRead(ctx context.Context, pool *pgxpool.Pool, sql string) error {
	rows, err := pool.Query(ctx, sql)
	if err != nil {
		return err
	}
	for rows.Next() {
		_ = rows.RawValues()
	}
	rows.Close()
	return rows.Err()
}
