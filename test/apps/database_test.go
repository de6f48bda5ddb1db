//go:build e2e

package apps

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
)

// withPostgres runs the service before an empty database.
func (h *host) withPostgres(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	// PostgreSQL's account may not enter the directory of a test, and the path of a
	// socket is short.
	server, err := localpg.Start(ctx, localpg.Options{Dir: filepath.Join(os.TempDir(), "apps-pg-"+rand.Text()[:8]), Temporary: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Kill)
	return h.serve(t, "database", []string{"DATABASE_URL=" + server.URL("postgres", "postgres")}, "--allow-superuser")
}

const rowsQuery = `select i as id, 9007199254740992 + (i * 7) % 5 as big, case i when 3 then null when 4 then '' when 5 then '<script>alert(1)</script>' when 6 then repeat('long ', 100) else 'n' || i end as note,
	(i * 7 % 11)::numeric(10,2) as price, timestamptz '2024-03-01 00:00Z' - i * interval '1 hour' as at from generate_series(1, 12) i order by i`

func TestRows(t *testing.T) {
	h := newHost(t)
	url := h.withPostgres(t)
	const script = `
		const got = { Shown: shown }
		await view.locator('tbody tr').first().waitFor()
		const column = (n) => view.locator('tbody tr td:nth-child(' + n + ')').allTextContents()
		const sort = (name) => view.getByRole('columnheader', { name }).getByRole('button').click()
		const state = async () => (await view.locator('th').evaluateAll((all) => all.map((th) => th.getAttribute('aria-sort')))).join(' ')
		got.Heads = await view.locator('th .name').allTextContents()
		got.Align = await view.locator('tbody tr td:nth-child(2)').first().evaluate((td) => getComputedStyle(td).textAlign)
		got.Plain = await column(3)
		got.Status = [await view.locator('.status').textContent()]
		await view.locator('.more').first().click()
		got.Long = (await view.locator('tbody tr:nth-child(6) td:nth-child(3)').textContent()).length
		await view.locator('.more').first().click()
		await shot('rows-light')
		await sort('big')
		got.Big = await column(2)
		got.States = [await state()]
		await view.getByRole('columnheader', { name: 'at' }).getByRole('button').focus()
		await page.keyboard.press('Enter')
		got.At = (await column(1)).join(' ')
		await page.keyboard.press('Enter')
		got.States.push(await state())
		await page.keyboard.press('Enter')
		got.States.push(await state())
		await sort('note')
		got.Notes = await column(3)
		await sort('note'); await sort('note')
		const next = view.getByRole('button', { name: 'Next page' })
		await next.click()
		await view.locator('.status', { hasText: 'all of them' }).waitFor()
		got.Rows = await view.locator('tbody tr').count()
		got.Next = await next.isVisible()
		got.Status.push(await view.locator('.status').textContent())
		await sort('price')
		got.Price = await column(4)
		await check(got)
		await view.getByRole('button', { name: 'Copy CSV' }).click()
		await view.locator('button:text("Copied")').waitFor()
		got.CSV = await pasted()
		await view.getByRole('button', { name: 'Chart' }).click()
		got.Chart = await view.getByRole('img').getAttribute('aria-label')
		await context({ theme: 'dark' })
		got.Axe.push(...await axe(view)); await shot('rows-chart-dark')
		await view.getByRole('button', { name: 'Table' }).click()
		got.Axe.push(...await axe(view)); await shot('rows-dark')
		got.Scripts = await view.locator('main script').count()
		done(got)`
	var got struct {
		checked
		Shown                                           shown
		Heads, Plain, Status, States, Notes, Price, Big []string
		Align, At, Chart, CSV                           string
		Long, Rows, Scripts                             int
		Next                                            bool
	}
	h.show(t, call{Server: url, Tool: "execute_query", Arguments: map[string]any{"query": rowsQuery, "max_rows": 8}}, script, &got)
	got.clean(t)
	got.Shown.announced(t, "ui://database/rows")
	if d := cmp.Diff([]string{"id", "big", "note", "price", "at"}, got.Heads); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"n1", "n2", "NULL", "empty", "<script>alert(1)</script>"}, got.Plain[:5]); d != "" {
		t.Error(d)
	}
	if got.Align != "right" || got.Scripts != 0 || got.Long < 500 || len(got.Plain[5]) > 300 {
		t.Errorf("numbers stand %s, %d scripts, a long value has %d characters, cut %d", got.Align, got.Scripts, got.Long, len(got.Plain[5]))
	}
	// Rows 1 to 8 of 7i mod 5: 2 4 1 3 0 2 4 1.
	var last []string
	for _, v := range got.Big {
		last = append(last, v[len(v)-1:])
	}
	if d := cmp.Diff(strings.Split("2 3 3 4 4 5 6 6", " "), last); d != "" {
		t.Error(d)
	}
	if got.At != "8 7 6 5 4 3 2 1" {
		t.Errorf("by time: %s", got.At)
	}
	if d := cmp.Diff([]string{"none ascending none none none", "none none none none descending", "none none none none none"}, got.States); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff("NULL", got.Notes[len(got.Notes)-1]); d != "" {
		t.Error(d)
	}
	if got.Rows != 12 || got.Next || !strings.Contains(got.Status[0], "8 rows · there are more") || !strings.Contains(got.Status[1], "12 rows · all of them") {
		t.Errorf("%d rows, next: %t, %q", got.Rows, got.Next, got.Status)
	}
	if d := cmp.Diff(strings.Split("1.00 2.00 3.00 4.00 5.00 6.00 7.00 7.00 8.00 9.00 10.00 0.00", " "), got.Price); len(got.Price) != 12 || got.Price[0] != "0.00" || got.Price[11] != "10.00" {
		t.Error(d)
	}
	if !strings.HasPrefix(got.CSV, "id,big,note,price,at\n11,") || !strings.Contains(got.CSV, ",\"\",") || strings.Count(got.CSV, "\n") != 13 {
		t.Errorf("copied: %s", got.CSV)
	}
	if !strings.Contains(got.Chart, "lines of id, big, price over at") && !strings.Contains(got.Chart, "lines of price over at") {
		t.Errorf("the chart is %q", got.Chart)
	}
}

func TestRowsShapes(t *testing.T) {
	h := newHost(t)
	url := h.withPostgres(t)
	const script = `
		const got = { Shown: shown }
		await view.locator('main > *').first().waitFor()
		const count = (selector) => view.locator(selector).count()
		if (given.call.context.chart && !await count('figure')) await view.getByRole('button', { name: 'Chart' }).click()
		got.Counts = [await count('figure .series rect'), await count('figure .series path'), await count('figure .series circle, figure .series polygon'), await count('tbody tr')]
		got.Text = (await view.locator('main').innerText()).slice(0, 2000)
		got.Broken = await view.locator('figure [d*=NaN], figure [x*=NaN], figure [y*=NaN], figure [points*=NaN]').count()
		await check(got)
		if (given.call.context.chart) await shot('rows-' + given.call.context.shot)
		done(got)`
	for _, c := range []struct {
		name, query, format string
		chart               bool
		result              map[string]any
		counts              []int // bars, lines, points, rows
		text                string
	}{
		{name: "bars", query: "select * from (values ('red', 3, -1), ('green', 5, 2), (null, 4, 0.5)) v(color, a, b)", format: "chart", chart: true, counts: []int{6, 0, 0, 3}, text: "bars of a, b by color"},
		{name: "line", query: "select d::date as day, extract(day from d)::int % 9 as n, 'shop ' || extract(day from d)::int % 2 as shop from generate_series('2024-01-01', '2024-03-01', interval '1 day') d", chart: true, counts: []int{0, 2, 61, 61}, text: "for each shop"},
		{name: "scatter", query: "select sin(i) as x, cos(i * 2) as y from generate_series(1, 40) i", chart: true, counts: []int{0, 0, 40, 40}, text: "points of y against x"},
		{name: "nothing to draw", query: "select 'a' as a", chart: true, counts: []int{0, 0, 0, 1}, text: "A chart needs a column with numbers."},
		{name: "csv", query: "select null as a, '' as b, 'x,\"y\"' as c", format: "csv", counts: []int{0, 0, 0, 1}, text: "x,\"y\""},
		{name: "markdown", query: "select 1 as one", format: "markdown", counts: []int{0, 0, 0, 0}, text: "|one|"},
		{name: "many rows", query: "select i from generate_series(1, 1000) i", counts: []int{0, 0, 0, 200}, text: "Show 200 more rows of 800"},
		{name: "no rows", query: "select 1 as one where false", counts: []int{0, 0, 0, 0}, text: "0 rows · all of them"},
		{name: "error", query: "select nothing_there", counts: []int{0, 0, 0, 0}, text: "nothing_there"},
		{name: "no record", query: "select 1", result: map[string]any{"content": []any{map[string]any{"type": "text", "text": "<b>odd</b>"}}}, counts: []int{0, 0, 0, 0}, text: "<b>odd</b>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			arguments := map[string]any{"query": c.query, "max_rows": 1000}
			if c.format != "" {
				arguments["format"] = c.format
			}
			var got struct {
				checked
				Shown  shown
				Counts []int
				Text   string
				Broken int
			}
			h.show(t, call{Server: url, Tool: "execute_query", Arguments: arguments, Result: c.result,
				Context: map[string]any{"shot": strings.ReplaceAll(c.name, " ", "-"), "chart": c.chart}}, script, &got)
			got.clean(t)
			if d := cmp.Diff(c.counts, got.Counts); d != "" || got.Broken != 0 || !strings.Contains(got.Text, c.text) {
				t.Errorf("bars, lines, points, rows: %s; %d broken; want %q in\n%s", d, got.Broken, c.text, got.Text)
			}
		})
	}
}
