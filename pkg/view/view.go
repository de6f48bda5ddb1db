// Package view composes the pages that hosts of MCP Apps show beside a tool's
// result.
//
// A page is one document of at most 40 KB with all that it needs: the shared
// style, the shared script that speaks with the host, and a view's own. It loads
// nothing, which its own policy holds it to where the host's would not, and it
// runs in a frame without an origin. What came in a result gets into the page as
// text only.
//
// The shared script (bridge.js) says what a view's script finds in its scope;
// [Page] puts the parts together.
package view

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html"
	"strings"
)

var (
	//go:embed bridge.js
	bridge string
	//go:embed base.css
	base string
)

// Page is what one view adds to what all have. Style, Body and Script are
// written by the view's author and get into the page as they are; nothing of a
// result may be in them.
type Page struct {
	// Title is the document's, in plain text.
	Title string
	// Style is CSS, after the shared one.
	Style string
	// Body is HTML, inside of the element main.
	Body string
	// Script is JavaScript, in a function of its own after the shared one.
	Script string
}

// HTML returns the document. It panics if a part would end its element early,
// which is a mistake in the view.
func (p Page) HTML() string {
	if strings.Contains(strings.ToLower(p.Script), "</script") || strings.Contains(p.Script, "<!--") {
		panic("view " + p.Title + ": the script has </script or <!-- in it, which HTML reads as its own")
	}
	if strings.Contains(strings.ToLower(p.Style), "</style") {
		panic("view " + p.Title + ": the style has </style in it, which HTML reads as its own")
	}
	style := base + p.Style
	script := "'use strict';(() => {\n" + bridge + "\n;(() => {\n" + p.Script + "\n})()\n})()"
	policy := "default-src 'none'; script-src '" + hash(script) + "'; style-src '" + hash(style) +
		"'; img-src data:; base-uri 'none'; form-action 'none'"
	var b strings.Builder
	for _, part := range []string{
		`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">`,
		`<meta http-equiv="Content-Security-Policy" content="`, policy, `"><title>`, html.EscapeString(p.Title),
		`</title><style>`, style, `</style></head><body><main>`, p.Body, `</main><script>`, script, `</script></body></html>`,
	} {
		b.WriteString(part)
	}
	return b.String()
}

// hash names a script or style in a policy, so that no other one counts.
func hash(source string) string {
	sum := sha256.Sum256([]byte(source))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
