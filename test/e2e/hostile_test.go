//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// hostile are expressions that have made calculators hang or die. They are
// refused in words.
var hostile = []struct{ name, expression, want string }{
	{"100,000 parentheses", strings.Repeat("(", 100_000) + "1" + strings.Repeat(")", 100_000), "expression must have at most 65536"},
	{"as many parentheses as fit", strings.Repeat("(", 8_000) + "1" + strings.Repeat(")", 8_000), "nest"},
	{"open parentheses", strings.Repeat("sqrt(", 3_000), "nest"},
	{"signs", strings.Repeat("-", 16_000) + "1", "nest"},
	{"1 MB", strings.Repeat("1+", 1<<19) + "1", "expression must have at most 65536"},
	{"many parts", strings.Repeat("1+", 8_000) + "1", "more than 10000 numbers"},
	{"tower of powers", "9^9^9^9", "limit is 631,000"},
	{"tower of roots", "2^(-9^9^9)", "limit"},
	{"factorial", "factorial(10^9)", "limit is 631,000"},
	{"factorial of a factorial", "factorial(factorial(20))", "limit"},
	{"work without end", func() string { e, _ := lasting(400); return e }(), "steps of work"},
	{"an endless literal", strings.Repeat("9", 16_000), "digits"},
	{"a huge exponent", "1e999999999999", "exponent"},
	{"not a text", "1 + \x00\u202e", "control character"},
}

func TestHostileExpressions(t *testing.T) {
	t.Parallel()
	// Time enough for the bound on work to be what ends the longest.
	s := serve(t, "--timeout", "10s")
	modern := open(t, "", "--timeout", "10s")
	legacy := open(t, "2025-11-25", "--timeout", "10s")
	for transport, calculate := range map[string]func(*testing.T, string) answer{
		"HTTP":          s.calculate,
		"stdio":         func(t *testing.T, e string) answer { return modern.await(t, modern.call(e)) },
		"stdio session": func(t *testing.T, e string) answer { return legacy.await(t, legacy.call(e)) },
	} {
		for _, h := range hostile {
			t.Run(transport+"/"+h.name, func(t *testing.T) {
				got := calculate(t, h.expression)
				if code, message := got.refusal(); code != "INVALID_INPUT" || !strings.Contains(message, h.want) {
					t.Errorf("got %s; want INVALID_INPUT with %q", got, h.want)
				}
				if n := len(got.raw); n > 4<<10 {
					t.Errorf("the refusal has %d bytes", n)
				}
				s.works(t)
				modern.works(t)
				legacy.works(t)
			})
		}
	}
}

func TestHostileLines(t *testing.T) {
	t.Parallel()
	pings := func(n int) string {
		return "[" + strings.TrimSuffix(strings.Repeat(`{"jsonrpc":"2.0","id":"x","method":"ping"},`, n), ",") + "]\n"
	}
	for _, version := range []string{"", "2025-11-25", "2025-03-26"} {
		s := open(t, version)
		for _, h := range []struct{ name, text, want string }{
			{"words", "GET / HTTP/1.1\n", "not JSON"},
			{"binary", "\x00\xff\xfe\x80\n", "not UTF-8"},
			{"a broken message", `{"jsonrpc":"2.0","id":1,"method":` + "\n", "not JSON"},
			{"no message", `{"hello":"world"}` + "\n", "not a valid message"},
			{"a number", "42\n", "not a valid message"},
			{"nesting", strings.Repeat("[", 100_000) + "\n", "message"},
			{"nesting inside", `{"jsonrpc":"2.0","id":1,"method":"ping","params":` + strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000) + "}\n", "message"},
			{"a line of 10 MB", `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"` + strings.Repeat("x", 10<<20) + "\"}}\n", "longer than 4194304"},
			{"a batch of 90,000", pings(90_000), "messages"},
			{"an empty batch", "[]\n", ""},
		} {
			t.Run(fmt.Sprintf("%q/%s", version, h.name), func(t *testing.T) {
				s.send(h.text)
				line := string(s.line(t))
				if !strings.Contains(line, `"error"`) || !strings.Contains(line, h.want) {
					t.Errorf("answered with %.500s; want an error with %q", line, h.want)
				}
				s.works(t)
			})
		}
	}
}

func TestFloodsOnStdio(t *testing.T) {
	t.Parallel()
	batch := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,{"jsonrpc":"2.0","id":"b%d","method":"ping"}`, i)
		}
		return "[" + b.String()[1:] + "]\n"
	}
	for name, text := range map[string]string{
		"garbage":       strings.Repeat("}{garbage\n", 200_000),
		"empty lines":   strings.Repeat("\n", 1_000_000),
		"batches":       strings.Repeat(batch(100), 300),
		"same ids":      strings.Repeat(`{"jsonrpc":"2.0","id":"same","method":"ping"}`+"\n", 20_000),
		"notifications": strings.Repeat(`{"jsonrpc":"2.0","method":"notifications/nothing"}`+"\n", 20_000),
		"answers":       strings.Repeat(`{"jsonrpc":"2.0","id":7,"result":{}}`+"\n", 20_000),
		"cancellations": strings.Repeat(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`+"\n", 20_000),
		"10 MB lines":   strings.Repeat(strings.Repeat("x", 10<<20)+"\n", 5),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, "2025-03-26")
			s.send(text)
			s.works(t)
			s.modest(t, 128<<20)
		})
	}
}
