package view

import (
	"regexp"
	"strings"
	"testing"
)

func TestPage(t *testing.T) {
	html := Page{Title: "a < b", Style: "p { color: red }", Body: "<h1>A view</h1>", Script: "view({ name: 'a' })"}.HTML()
	for _, want := range []string{
		"<!doctype html><html lang=\"en\">", "<title>a &lt; b</title>", "p { color: red }</style>", "<main><h1>A view</h1></main>", "view({ name: 'a' })",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := len(html); n > 16<<10 {
		t.Errorf("a page without a view has %d bytes, which leaves too few for one", n)
	}
	for _, element := range []string{"script", "style"} {
		source := regexp.MustCompile(`(?s)<` + element + `>(.*?)</` + element + `>`).FindStringSubmatch(html)
		if source == nil || !strings.Contains(html, element+"-src '"+hash(source[1])+"'") {
			t.Errorf("the policy does not name the page's own %s", element)
		}
	}
	if !strings.Contains(html, "default-src 'none'; ") {
		t.Error("the policy allows what it does not name")
	}
}

func TestPageRefusesWhatEndsEarly(t *testing.T) {
	for name, p := range map[string]Page{
		"script":  {Script: "const end = '</SCRIPT>'"},
		"comment": {Script: "const begin = '<!--'"},
		"style":   {Style: "p::after { content: '</style>' }"},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: the page was made", name)
				}
			}()
			p.HTML()
		}()
	}
}
