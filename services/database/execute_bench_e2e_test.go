//go:build e2e && linux

package database

import (
	"log/slog"
	"syscall"
	"testing"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
	"github.com/mcpfleet/mcpfleet/services/database/internal/shop"
)

// BenchmarkExecuteQuery measures the handler alone: gate, round trip and
// encoding, without the protocol around it.
func BenchmarkExecuteQuery(b *testing.B) {
	url := pgtest.As(b, pgtest.Database(b, shop.Schema, shop.Reader), "mcp_reader")
	s, err := Open(b.Context(), Config{URL: url}, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	srv, err := server.New("database", s, server.Config{}, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer srv.Close()
	for name, query := range map[string]string{"one": "SELECT 1", "hundred": "SELECT * FROM orders ORDER BY id LIMIT 100"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			before := cpu(b)
			n := 0
			for b.Loop() {
				if _, err := s.executeQuery(b.Context(), executeInput{Query: query, Format: formRows}); err != nil {
					b.Fatal(err)
				}
				n++
			}
			b.ReportMetric(float64(cpu(b)-before)/float64(n)/1000, "cpu-µs/op")
		})
	}
}

// cpu is the time that this process has computed, in nanoseconds.
func cpu(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
