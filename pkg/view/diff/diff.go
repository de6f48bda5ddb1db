// Package diff is the view of unified diffs: files that open and close, line
// numbers, one column or two side by side, and the words in which changed lines
// differ. Services whose tools return diffs show it with [View].
//
// Whatever a diff holds, it gets into the page as text, and characters that
// cannot be seen are made visible.
package diff

import (
	_ "embed"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/view"
)

var (
	//go:embed parse.js
	parse string
	//go:embed words.js
	words string
	//go:embed page.js
	page string
	//go:embed page.css
	style string
)

// View returns the view by this URI, which begins with ui:// and the service's
// name. A tool that shows it returns a diff as the text of its first block, or
// has one in its argument patch; next_cursor in the second block leads to more.
func View(uri string) *server.View {
	return &server.View{
		URI:         uri,
		Title:       "Changes",
		Description: "A diff by file, in one column or side by side, with the changed words marked.",
		HTML:        view.Page{Title: "Changes", Style: style, Body: "<h1>Changes</h1>", Script: parse + words + page}.HTML(),
	}
}
