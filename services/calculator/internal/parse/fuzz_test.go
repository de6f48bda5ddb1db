package parse

import (
	"errors"
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"2+3*4", "-2^2", "2^-3^2", "-7 % 3", "7%-3", "100+10%+10%", "50%+10%", "5!!", "5!=120", "6/2(1+2)", "1/2pi",
		"1,234.5", "1.234,5", "2 3", "max(1,234)", "0xff+0b1", "√2π²", "2²!", "20% of 50", "20% 50", "1<2<3", "not 1==2 or true",
		"import os", "__import__('os')", "((((", "[1,[2,3]]", "1e400", "2e", "5.", ".5", "sin(30°)", "9^9^9^9", "1\xff", "1 mod (2)",
		"mod(7,-3)", "2⁻¹", "a.b", "'x'*9", "e^2pi x", "1/2 a b", "(5!)!", "--+-1", "-10% of 5% of 3",
		"5 ft + 3 in to cm", "60 mi/h * 2 h", "5 W/(m^2 K)", "1/2 m", "1/s", "5 J/kg K", "-40 °C to °F", "5 µm", "m", "5 m^x", "√4 m", "5 to (m", "5 kg²·m⁻¹ in",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		e, err := ParseUnits(src, Limits{}, known{})
		if err != nil {
			var pe *Error
			if !errors.As(err, &pe) {
				t.Fatalf("%T is not an *Error", err)
			}
			if pe.Message == "" || pe.Position < 0 || pe.Position > len(src) {
				t.Fatalf("bad error %+v", pe)
			}
			for _, s := range pe.Suggestions {
				if _, err := ParseUnits(s, reread, known{}); err != nil {
					t.Fatalf("suggestion %q: %v", s, err)
				}
			}
			return
		}
		start, end := e.Root.Span()
		if start < 0 || end > len(src) || start >= end {
			t.Fatalf("bad span %d:%d", start, end)
		}
		first := Format(e.Root)
		again, err := ParseUnits(first, reread, known{})
		if err != nil {
			t.Fatalf("%q reads as %q, which is refused: %v", src, first, err)
		}
		if second := Format(again.Root); second != first {
			t.Fatalf("%q reads as %q, then as %q", src, first, second)
		}
	})
}

// reread is enough for any reading: its parentheses nest as deep as the tree.
var reread = Limits{Bytes: 1 << 20, Depth: 20_000}
