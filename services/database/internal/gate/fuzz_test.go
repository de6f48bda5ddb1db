package gate_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/database/internal/gate"
)

func FuzzGate(f *testing.F) {
	for _, all := range attacks {
		for _, a := range all {
			f.Add(a.sql)
		}
	}
	for _, sql := range good {
		f.Add(sql)
	}
	fns := catalog(f)
	f.Fuzz(func(t *testing.T, sql string) {
		for _, check := range []func(string, gate.Functions, gate.Policy) (gate.Statement, error){gate.Read, gate.Change} {
			s, err := check(sql, fns, policy)
			if err != nil {
				var r *gate.Refusal
				if !errors.As(err, &r) || r.Rule == "" || r.Message == "" || len(r.Message) > 400 || r.Offset < -1 || r.Offset >= max(1, len(sql)) {
					t.Fatalf("the refusal %#v", err)
				}
				continue
			}
			if !strings.Contains(sql, s.SQL) || !strings.HasSuffix(s.SQL, s.Inner) || s.Verb == "" {
				t.Fatalf("the statement %+v", s)
			}
			// What passed passes again, and is the same.
			again, err := check(s.SQL, fns, policy)
			if err != nil || again != s {
				t.Fatalf("%+v became %+v, %v", s, again, err)
			}
		}
		if got := gate.Fingerprint(sql); len(got) > 500 || strings.ContainsAny(got, "\n\r\x00") {
			t.Fatalf("the fingerprint %q", got)
		}
	})
}

const join = `select o.id, o.placed_at, c.full_name, sum(i.quantity * i.unit_price) as total, count(*) from orders o
join customers c on c.id = o.customer_id join order_items i on i.order_id = o.id
where o.placed_at >= $1 and c.country in ('DE', 'FR') and lower(c.city) = 'berlin'
group by o.id, o.placed_at, c.full_name having count(*) > 2 order by total desc limit 50`

func BenchmarkRead(b *testing.B) {
	f := catalog(b)
	for name, sql := range map[string]string{"one": "SELECT 1", "join": join, "large": "select " + strings.Repeat("a, ", 30_000) + "1"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := gate.Read(sql, f, policy); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFingerprint(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		gate.Fingerprint(join)
	}
}
