//go:build e2e

package browser

import (
	"testing"

	"github.com/mcpfleet/mcpfleet/test/node"
)

func TestRun(t *testing.T) {
	tools, err := node.Install(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Title string
		Rules []string
	}
	const script = `const page = await browser.newPage()
		await page.setContent(given.html)
		done({ Title: await page.title(), Rules: (await axe(page)).map((v) => v.rule) })`
	page := map[string]string{"html": `<html lang="en"><title>A page</title><main><h1>One</h1><img src="data:,"></main>`}
	if err := Run(t.Context(), tools, script, page, &got); err != nil {
		t.Fatal(err)
	}
	if got.Title != "A page" || len(got.Rules) != 1 || got.Rules[0] != "image-alt" {
		t.Errorf("%+v, want the title and the one barrier", got)
	}
}
