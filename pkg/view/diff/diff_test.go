package diff_test

import (
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/view/diff"
)

// A diff's text is never parsed as anything else, and nothing is loaded.
func TestView(t *testing.T) {
	v := diff.View("ui://test/diff")
	if v.URI != "ui://test/diff" || len(v.HTML) > server.MaxView {
		t.Errorf("%s has %d bytes", v.URI, len(v.HTML))
	}
	for _, s := range []string{"innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "new Function", "import(", "fetch(", "src=", "href="} {
		if strings.Contains(v.HTML, s) {
			t.Errorf("the page has %s", s)
		}
	}
	for _, s := range []string{"const parseDiff", "const sides", "const wordDiff", "name: 'diff'", "--add-word: "} {
		if strings.Count(v.HTML, s) != 1 {
			t.Errorf("the page lacks %q", s)
		}
	}
}
