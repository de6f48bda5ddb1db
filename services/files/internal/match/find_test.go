package match

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestNeedleIsFoundWhereItIs compares with bytes.Index, in texts of few letters,
// which come close to the needle again and again.
func TestNeedleIsFoundWhereItIs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	word := func(n, letters int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = "aetqz\x00\xff "[r.IntN(letters)]
		}
		return b
	}
	for range 20_000 {
		letters := 1 + r.IntN(8)
		n := newNeedle(word(1+r.IntN(12), letters), 0)
		text := word(r.IntN(3000), letters)
		if r.IntN(2) == 0 {
			text = append(text, n.bytes...)
		}
		want := bytes.Index(text, n.bytes)
		if got := n.index(text, 0); got != want {
			t.Fatalf("%q is found at %d of %q, want %d", n.bytes, got, text, want)
		}
		if n.leaps == nil {
			continue
		}
		from := r.IntN(len(text) + 1)
		if got, want := n.leap(text, from), indexFrom(text, from, n.bytes); got != want {
			t.Fatalf("%q is found at %d of %q from %d on, want %d", n.bytes, got, text, from, want)
		}
	}
	for _, size := range []int{mostLeap - 1, mostLeap, mostLeap + 1, 1000} {
		text := strings.Repeat("a", 5000) + "b" + strings.Repeat("a", 5000)
		n := newNeedle([]byte("b"+strings.Repeat("a", size)), 0)
		if got := n.index([]byte(text), 0); got != 5000 {
			t.Errorf("a needle of %d bytes is found at %d", size+1, got)
		}
	}
}

// BenchmarkNeedle looks for what is not there, in words of random letters.
func BenchmarkNeedle(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, 1<<20)
	for i := range text {
		text[i] = byte('a' + r.IntN(26))
		if r.IntN(7) == 0 {
			text[i] = ' '
		}
	}
	for _, needle := range []string{"the", "needle of ", "the needle of", "unsafe.Pointer(&"} {
		n := newNeedle([]byte(needle), 0)
		b.Run(fmt.Sprintf("%q", needle), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if n.index(text, 0) > 0 && needle != "the" {
					b.Fatal("found")
				}
			}
		})
	}
}
