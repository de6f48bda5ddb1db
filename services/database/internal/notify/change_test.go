package notify

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	many := strings.Repeat("1,", maxIDs)
	for _, tt := range []struct {
		payload string
		ids     []string // nil: anything
	}{
		{"", nil},
		{" \n", nil},
		{"42", []string{"42"}},
		{" a,b ", []string{"a,b"}},
		{`{"ids":[]}`, []string{}},
		{`{"ids":[1,"b",9007199254740993,-1.50]}`, []string{"-1.50", "1", "9007199254740993", "b"}},
		{`{"ids":[[17,"x y"],["1"]],"more":{}}`, []string{"1", "17,x y"}},
		{`{"ids":null}`, nil},
		{`{"ids":[null]}`, nil},
		{`{"ids":[1,[]]}`, nil},
		{`{"ids":[{"a":1}]}`, nil},
		{`{"ids":[[[1]]]}`, nil},
		{`{"ids":7}`, nil},
		{`{"other":7}`, nil},
		{`{"ids":[1]`, nil},
		{`[1,2]`, nil},
		{"a\x00b", nil},
		{strings.Repeat("x", maxID+1), nil},
		{`{"ids":["` + strings.Repeat("x", maxID+1) + `"]}`, nil},
		{`{"ids":[` + many + `1]}`, nil},
		{`{"ids":[1],"x":"` + strings.Repeat("x", maxPayload) + `"}`, nil},
	} {
		c := Parse(tt.payload)
		if tt.ids == nil {
			if c.ids != nil || !c.Row("any") {
				t.Errorf("%.60q is %v", tt.payload, c.ids)
			}
			continue
		}
		if got := slices.Sorted(maps.Keys(c.ids)); !slices.Equal(got, tt.ids) {
			t.Errorf("%.60q is %q", tt.payload, got)
		}
		if c.Row("any") {
			t.Errorf("%.60q is about any row", tt.payload)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "42", `{"ids":[1,"a",[2,"b"]]}`, `{"ids":[[]]}`, `{"ids":[1e400,null]}`, "{", "[", `{"ids":[" "]}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		c := Parse(payload)
		if len(c.ids) > maxIDs {
			t.Errorf("%d ids", len(c.ids))
		}
		for id := range c.ids {
			if len(id) > maxID || !c.Row(id) {
				t.Errorf("%q", id)
			}
		}
	})
}
