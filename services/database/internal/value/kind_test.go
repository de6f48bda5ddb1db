package value

import (
	"strconv"
	"testing"
)

func TestKindOf(t *testing.T) {
	types := own{
		70001: {OID: 70001, Kind: 'd', Base: 70002}, 70002: {OID: 70002, Kind: 'd', Base: 1700}, 70003: {OID: 70003, Kind: 'd', Base: 1082},
		70004: {OID: 70004, Kind: 'e'}, 70005: {OID: 70005, Kind: 'd', Base: 70005},
	}
	for oid, want := range map[uint32]struct {
		kind  Kind
		short bool
	}{
		20: {Number, true}, 21: {Number, true}, 23: {Number, true}, 26: {Number, true}, 700: {Number, true}, 701: {Number, true}, 790: {Number, true},
		1700: {Number, false}, 1082: {Time, true}, 1114: {Time, true}, 1184: {Time, true}, 18: {Text, false}, 19: {Text, false}, 25: {Text, false},
		1042: {Text, false}, 1043: {Text, false}, 16: {Other, true}, 1083: {Other, true}, 1186: {Other, true}, 1266: {Other, true}, 2950: {Other, true},
		17: {Other, false}, 114: {Other, false}, 1007: {Other, false}, 3904: {Other, false},
		70001: {Number, false}, 70003: {Time, true}, 70004: {Other, false}, 70005: {Other, false}, 79999: {Other, false},
	} {
		if kind, short := KindOf(oid, types), Short(oid, types); kind != want.kind || short != want.short {
			t.Errorf("%d: kind %d, short %t", oid, kind, short)
		}
	}
	if KindOf(70001, nil) != Other {
		t.Error("a domain is known without types")
	}
}

func TestFloatAndSeconds(t *testing.T) {
	for text, want := range map[string]string{
		"12": "12", "-1.5e3": "-1500", "$1,234.50": "1234.5", "-$2.00": "-2", "NaN": "", "Infinity": "", "1e999": "", "": "", "x": "",
	} {
		v, ok := Float([]byte(text))
		if got := strconv.FormatFloat(v, 'f', -1, 64); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %s, %t", text, got, ok)
		}
	}
	for text, want := range map[string]float64{
		"1970-01-02": 86400, "1970-01-01 00:00:01.5": 1.5, "1970-01-01 01:00:00+01": 0, "1970-01-01 05:30:00+05:30": 0, "1969-12-31 23:59:59.999999": -0.000001,
	} {
		if v, ok := Seconds([]byte(text)); !ok || v != want {
			t.Errorf("%q: %v, %t", text, v, ok)
		}
	}
	for _, text := range []string{"infinity", "-infinity", "4713-01-01 BC", "294276-12-31", "", "12:00"} {
		if v, ok := Seconds([]byte(text)); ok {
			t.Errorf("%q: %v", text, v)
		}
	}
}
