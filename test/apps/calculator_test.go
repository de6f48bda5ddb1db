//go:build e2e

package apps

import (
	"slices"
	"strings"
	"testing"
)

// plotted is what a test sees of the view of plot_function.
type plotted struct {
	checked
	Shown                               shown
	Title, Name, Readout, Value         string
	Lines, Moves, Zeros, Extremes, Rows int
	First, Last, Peak, Hover            string
	Hidden, Dark, Light                 string
	Origin                              string
	Height, Torn                        int
	Torndown                            bool
}

const plotScript = `
	const got = { Shown: shown }
	const plot = view.getByRole('slider')
	await plot.locator('svg').waitFor()
	const count = (selector) => view.locator(selector).count()
	got.Title = await view.locator('h1').textContent()
	got.Name = await plot.getAttribute('aria-label')
	got.Lines = await count('#plot .curve path.line')
	got.Zeros = await count('#plot .zero')
	got.Extremes = await count('#plot .extreme')
	const paths = await view.locator('#plot .curve path.line').evaluateAll((all) => all.map((p) => p.getAttribute('d')))
	got.Moves = Math.min(...paths.map((d) => (d.match(/L/g) ?? []).length))
	got.Torn = (paths[0].match(/M/g) ?? []).length
	got.Origin = await view.evaluate(() => window.origin)
	const readout = () => view.locator('#readout').textContent()
	await plot.focus()
	await page.keyboard.press('Home')
	got.First = await readout()
	await page.keyboard.press('End')
	got.Last = await readout()
	got.Value = await plot.getAttribute('aria-valuetext')
	for (let i = 0; i < 400 && !(await readout()).startsWith(given.call.context?.until ?? '\0'); i++) await page.keyboard.press('ArrowLeft')
	got.Peak = await readout()
	await page.keyboard.press('Escape')
	await plot.hover()
	got.Hover = await readout()
	const color = () => view.evaluate(() => getComputedStyle(document.body).backgroundColor + ' ' + getComputedStyle(document.body).color)
	got.Light = await color()
	await view.locator('summary').click()
	got.Rows = await count('tbody tr')
	await check(got)
	await shot(given.call.context.shot + '-light')
	await context({ theme: 'dark' })
	got.Dark = await color()
	got.Axe.push(...await axe(view))
	await view.locator('summary').click()
	await shot(given.call.context.shot + '-dark')
	await view.locator('.key').first().click()
	got.Hidden = await readout() + ' ' + await count('#plot .curve')
	const all = await sizes()
	got.Height = all.at(-1)?.height ?? 0
	got.Torndown = JSON.stringify(await teardown()) === '{}'
	done(got)`

func TestPlot(t *testing.T) {
	h := newHost(t)
	url := h.serve(t, "calculator", nil)
	arguments := map[string]any{"functions": []string{"sin(x)", "x^2/4 - 1"}, "x_from": "-pi", "x_to": "pi", "title": "Two <b>curves</b>"}
	for _, c := range []struct {
		name string
		call call
	}{
		{"newest protocol, no origin", call{Mode: "auto", Frame: noOrigin}},
		{"older protocol, origin of the sandbox", call{Mode: "legacy", Frame: sameOrigin}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.call.Server, c.call.Tool, c.call.Arguments = url, "plot_function", arguments
			c.call.Context = map[string]any{"until": "x = 1.57", "shot": "plot"}
			var got plotted
			h.show(t, c.call, plotScript, &got)
			got.clean(t)
			got.Shown.announced(t, "ui://calculator/plot")
			if content, _ := got.Shown.Result["content"].([]any); len(content) != 2 {
				t.Errorf("the plain result has %d blocks, want the record and the picture", len(content))
			}
			if (got.Origin == "null") != (c.call.Frame == noOrigin) {
				t.Errorf("the view's origin is %s", got.Origin)
			}
			if got.Title != "Two <b>curves</b>" || !strings.Contains(got.Name, got.Title) {
				t.Errorf("title %q, name %q: want the text as it was sent", got.Title, got.Name)
			}
			// sin has 3 zeros and the parabola 2; each has a least and a greatest value.
			if got.Lines != 2 || got.Moves < 50 || got.Torn != 1 || got.Zeros != 5 || got.Extremes != 4 {
				t.Errorf("%d lines of at least %d pieces, the first in %d parts, %d zeros, %d extremes; want 2 whole lines, 5 and 4",
					got.Lines, got.Moves, got.Torn, got.Zeros, got.Extremes)
			}
			for text, want := range map[string]string{
				got.First: "x = -3.14159", got.Last: "x = 3.14159", got.Peak: "sin(x) = 1;", got.Hover: "x = ",
			} {
				if !strings.Contains(text, want) {
					t.Errorf("the cursor reads %q, want %q", text, want)
				}
			}
			if got.Value != got.Last || !strings.Contains(got.Last, "x^2/4 - 1 = 1.467401") {
				t.Errorf("at the end %q is shown and %q read", got.Last, got.Value)
			}
			if got.Rows < 50 {
				t.Errorf("the table has %d rows", got.Rows)
			}
			if got.Light == got.Dark || got.Light != "rgb(255, 255, 255) rgb(24, 24, 27)" {
				t.Errorf("colors: %s, in the dark %s", got.Light, got.Dark)
			}
			if !strings.HasSuffix(got.Hidden, " 1") {
				t.Errorf("after one curve was taken out: %q", got.Hidden)
			}
			if got.Height < 300 || !got.Torndown {
				t.Errorf("the view reported a height of %d; torn down: %t", got.Height, got.Torndown)
			}
		})
	}
}

func TestPlotShapes(t *testing.T) {
	h := newHost(t)
	url := h.serve(t, "calculator", nil)
	const script = `
		const got = { Shown: shown }
		await view.locator('#plot svg, .failed').first().waitFor()
		const count = (selector) => view.locator(selector).count()
		got.Counts = [await count('path.line[d]:not(.key *)'), await count('#plot .dot'), await count('#plot .bar'), await count('tbody tr')]
		const first = view.locator('#plot .curve path.line').first()
		got.Parts = await first.count() ? ((await first.getAttribute('d')).match(/M/g) ?? []).length : 0
		if (await view.locator('#plot').count()) {
			await view.locator('#plot').focus()
			await page.keyboard.press('Home')
			await page.keyboard.press('ArrowRight')
			got.Readout = await view.locator('#readout').textContent()
		}
		got.Text = await view.locator('main').textContent()
		got.Elements = await count('main b, main img, main script')
		await check(got)
		await shot('plot-' + given.call.context.shot)
		done(got)`
	data := func(x any, more ...any) map[string]any {
		return map[string]any{"name": "<img src=x onerror=alert(1)>", "x": x, "y": append([]any{3, "4.5", -2}, more...)}
	}
	for _, c := range []struct {
		name    string
		args    map[string]any
		result  map[string]any
		counts  []int // lines, dots, bars, rows
		parts   int
		readout string
		text    string
	}{
		{name: "gaps", args: map[string]any{"functions": []string{"tan(x)"}, "x_from": "0", "x_to": "2*pi"}, counts: []int{1, 0, 0, -1}, parts: 3, readout: "tan(x) = "},
		{name: "marked", args: map[string]any{"series": []any{data([]any{1, 2, 4})}}, counts: []int{1, 3, 0, 3}, parts: 1, readout: "x = 2; <img src=x onerror=alert(1)> = 4.5"},
		{name: "scatter", args: map[string]any{"series": []any{data([]any{1, 2, 2})}, "kind": "scatter"}, counts: []int{0, 3, 0, 2}, readout: "x = 2; <img src=x onerror=alert(1)> = 4.5, -2"},
		{name: "bars", args: map[string]any{"series": []any{data([]any{"a", "b", "c"}), data([]any{"a", "b", "d"})}, "kind": "bar"},
			counts: []int{0, 0, 6, 4}, readout: "b; <img src=x onerror=alert(1)> = 4.5; "},
		{name: "formulas", args: map[string]any{"series": []any{data(nil, "pi")}, "kind": "scatter"}, counts: []int{0, 3, 0, 3}, readout: "x = 2; ", text: "1 values are formulas"},
		{name: "error", args: map[string]any{"functions": []string{"import os"}}, counts: []int{0, 0, 0, 0}, text: "INVALID_INPUT"},
		{name: "without points", args: map[string]any{"functions": []string{"x"}}, result: map[string]any{"content": []any{}}, counts: []int{0, 0, 0, 0}, text: "no points"},
		{name: "without ranges", args: map[string]any{"functions": []string{"x"}}, result: map[string]any{"content": []any{}, "structuredContent": map[string]any{"curves": 7, "y_range": []any{"a"}}},
			counts: []int{0, 0, 0, 0}, text: "no ranges"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got struct {
				checked
				Shown         shown
				Counts        []int
				Parts         int
				Readout, Text string
				Elements      int
			}
			h.show(t, call{Server: url, Tool: "plot_function", Arguments: c.args, Result: c.result, Context: map[string]any{"shot": strings.ReplaceAll(c.name, " ", "-")}}, script, &got)
			got.clean(t)
			if c.counts[3] < 0 {
				c.counts[3] = got.Counts[3]
			}
			if !slices.Equal(got.Counts, c.counts) || c.parts != 0 && got.Parts != c.parts {
				t.Errorf("%v lines, dots, bars and rows, the first line in %d parts; want %v and %d", got.Counts, got.Parts, c.counts, c.parts)
			}
			if !strings.Contains(got.Readout, c.readout) || !strings.Contains(got.Text, c.text) {
				t.Errorf("the cursor reads %q, want %q; the page has %q, want %q", got.Readout, c.readout, got.Text, c.text)
			}
			if got.Elements != 0 {
				t.Errorf("what was sent became %d elements: %s", got.Elements, got.Text)
			}
		})
	}
}
