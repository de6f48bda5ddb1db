package plot

import (
	"math"
	"strconv"
	"strings"
)

// ticks are the labelled places of an axis.
type ticks struct {
	at     []float64
	labels []string
	// power is the exponent of ten that all labels are multiplied with; 0 if
	// they are the values.
	power int
}

// minus is the sign that is as wide as a plus.
const minus = "−"

// ticksFor places about n ticks on r, at multiples of 1, 2 or 5 times a power of
// ten.
func ticksFor(r Range, n float64) ticks {
	rough := (r.Hi - r.Lo) / math.Max(n, 1)
	exp := int(math.Floor(math.Log10(rough)))
	lead := int64(1)
	switch m := rough / pow10(exp); {
	case m > 5.0001:
		exp++
	case m > 2.0001:
		lead = 5
	case m > 1.0001:
		lead = 2
	}
	step := float64(lead) * pow10(exp)
	first, last := math.Ceil(r.Lo/step-1e-9), math.Floor(r.Hi/step+1e-9)
	// Beyond 2^53 steps from 0 neighbouring ticks are the same double.
	if math.Abs(first) > 1<<53 || math.Abs(last) > 1<<53 || last-first > 1000 {
		return ticks{}
	}
	var t ticks
	greatest := math.Max(math.Abs(first), math.Abs(last)) * step
	if greatest >= 999_999.5 || greatest < 0.000_999 && greatest > 0 {
		t.power = int(math.Floor(math.Log10(greatest/2) + 1e-9))
	}
	for k := int64(first); k <= int64(last); k++ {
		t.at = append(t.at, decimalValue(k*lead, exp))
		t.labels = append(t.labels, decimalText(k*lead, exp-t.power))
	}
	return t
}

func pow10(e int) float64 {
	if e < -300 {
		return math.Pow10(-300) * math.Pow10(e+300)
	}
	return math.Pow10(e)
}

// decimalValue returns the double nearest to m*10^e.
func decimalValue(m int64, e int) float64 {
	f, err := strconv.ParseFloat(strconv.FormatInt(m, 10)+"e"+strconv.Itoa(e), 64)
	if err != nil {
		return float64(m) * pow10(e)
	}
	return f
}

// decimalText writes m*10^e with as many decimals as e asks for.
func decimalText(m int64, e int) string {
	if m == 0 {
		return "0"
	}
	s := strconv.FormatInt(m, 10)
	sign := ""
	if s[0] == '-' {
		sign, s = minus, s[1:]
	}
	if e >= 0 {
		return sign + s + strings.Repeat("0", e)
	}
	if len(s) <= -e {
		s = strings.Repeat("0", 1-e-len(s)) + s
	}
	return sign + s[:len(s)+e] + "." + s[len(s)+e:]
}
