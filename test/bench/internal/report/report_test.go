package report

import (
	"strings"
	"testing"
)

func TestTargets(t *testing.T) {
	list := Targets{{What: "A call", Unit: "ms", Limit: 2, Measured: 2}, {What: "RSS", Unit: "MB", Limit: 64, Measured: 64.5}}
	var b strings.Builder
	list.Markdown(&b, "a server")
	want := "\n| target of a server | measured | |\n|---|--:|---|\n" +
		"| A call at most 2 ms | 2.00 ms | met |\n| RSS at most 64 MB | 64.50 MB | **missed** |\n"
	if b.String() != want {
		t.Errorf("table %q, want %q", &b, want)
	}
	if err := list.Enforce(); err == nil || !strings.Contains(err.Error(), "RSS is 64.50 MB") || strings.Contains(err.Error(), "A call") {
		t.Errorf("error = %v, want RSS alone", err)
	}
	if err := list[:1].Enforce(); err != nil {
		t.Error(err)
	}
}

func TestNoTargetsNoTable(t *testing.T) {
	var b strings.Builder
	Targets(nil).Markdown(&b, "nobody")
	if b.Len() > 0 {
		t.Errorf("table %q", &b)
	}
}

func TestReplace(t *testing.T) {
	got, err := replace("a\n<!-- x:start -->\nold\n<!-- x:end -->\n<!-- y:start -->\n", "x", "new\n")
	if want := "a\n<!-- x:start -->\nnew\n<!-- x:end -->\n<!-- y:start -->\n"; err != nil || got != want {
		t.Errorf("replace = %q, %v; want %q", got, err, want)
	}
	for _, text := range []string{"", "<!-- x:start -->", "<!-- x:end --> <!-- x:start -->", "<!-- y:start --><!-- y:end -->"} {
		if _, err := replace(text, "x", "new\n"); err == nil {
			t.Errorf("replace(%q) found its marks", text)
		}
	}
}
