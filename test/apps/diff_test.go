//go:build e2e

package apps

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// differs is what a test sees of the view of diffs.
type differs struct {
	checked
	Shown                   shown
	Title                   string
	Files, Lines, Words     []string
	Unified, Split, Pressed []int
	Open, Closed, Scripts   int
	Rows                    []int
	Notes                   string
}

// diffScript looks at a diff, changes its layout by the keyboard, and opens and
// closes its files.
const diffScript = `
	const got = { Shown: shown }
	await view.locator('.file').first().waitFor()
	const count = (selector) => view.locator(selector).count()
	got.Title = await view.locator('h1').innerText()
	got.Files = await view.locator('.file > summary').evaluateAll((all) => all.map((s) => s.textContent))
	got.Lines = await view.locator('table tbody tr:not(.hunk)').evaluateAll((all) => all.slice(0, 40).map((tr) => [...tr.children].map((td) => td.textContent).join('|')))
	got.Words = await view.locator('ins, del').allTextContents()
	got.Rows = [await count('tbody tr')]
	const layout = async () => [await count('table.unified'), await count('table.split'), await count('table.split td.removed.code'), await count('table.split td.added.code')]
	got.Unified = await layout()
	await shot(given.call.context.shot + '-light')
	await check(got)
	const button = view.getByRole('button', { name: 'Side by side' })
	await button.focus()
	await page.keyboard.press('Space')
	got.Split = await layout()
	got.Pressed = [await count('[data-layout=split][aria-pressed=true]'), await count('[data-layout=unified][aria-pressed=true]')]
	await context({ theme: 'dark' })
	got.Axe.push(...await axe(view))
	await shot(given.call.context.shot + '-split-dark')
	await view.getByRole('button', { name: 'Unified' }).click()
	got.Axe.push(...await axe(view))
	await view.getByRole('button', { name: 'Close all' }).click()
	got.Closed = await count('.file:not([open])')
	await view.locator('.file > summary').first().focus()
	await page.keyboard.press('Enter')
	got.Open = await count('.file[open]')
	got.Scripts = await count('main script, main img, main b')
	got.Notes = (await view.locator('.note, .head, .left').allTextContents()).join('\n')
	const more = view.getByRole('button', { name: /^Show .* more lines/ })
	while (await more.count()) await more.first().click()
	const next = view.getByRole('button', { name: 'Next files' })
	while (await next.count()) {
		const before = await count('.file')
		await next.click()
		await view.locator('.file').nth(before).waitFor()
	}
	got.Rows.push(await count('tbody tr'), await count('.file'))
	done(got)`

// withFiles runs the service on a directory with these files.
func (h *host) withFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return h.serve(t, "files", nil, "--root", "work="+dir, "--confirm", "never")
}

func (h *host) diff(t *testing.T, url, tool, shot string, arguments map[string]any) differs {
	t.Helper()
	var got differs
	h.show(t, call{Server: url, Tool: tool, Arguments: arguments, Context: map[string]any{"shot": shot}}, diffScript, &got)
	got.clean(t)
	if d := cmp.Diff([]int{1, 0}, got.Pressed); d != "" {
		t.Errorf("the pressed button: %s", d)
	}
	if got.Scripts != 0 || got.Closed != len(got.Files) || got.Open != 1 {
		t.Errorf("%d elements of the diff's text; %d files closed, 1 opened: %d", got.Scripts, got.Closed, got.Open)
	}
	return got
}

func TestEditDiff(t *testing.T) {
	h := newHost(t)
	source := "package shop\n\nfunc total(price int) int {\n\treturn price * 2\n}\n\n// <script>alert(1)</script>\n// the end\n"
	url := h.withFiles(t, map[string]string{"a.go": source, "lines.txt": strings.Repeat("line\r\n", 1500)})
	edits := []map[string]any{
		{"old": "\treturn price * 2\n", "new": "\treturn price * count // \u202e<img src=x onerror=alert(9)>\n"},
		{"old": "// <script>alert(1)</script>\n", "new": "// <b>bold</b>\n// and more\n"},
	}
	got := h.diff(t, url, "edit_file", "diff-edit", map[string]any{"path": "work/a.go", "edits": edits, "dry_run": true})
	got.Shown.announced(t, "ui://files/diff")
	want := []string{
		"1|1||package shop", "2|2||", "3|3||func total(price int) int {", "4||−removed|\treturn price * 2",
		"|4|+added|\treturn price * count // U+202E<img src=x onerror=alert(9)>",
		"5|5||}", "6|6||", "7||−removed|// <script>alert(1)</script>", "|7|+added|// <b>bold</b>", "|8|+added|// and more", "8|9||// the end",
	}
	if d := cmp.Diff(want, got.Lines); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int{0, 1, 2, 3}, got.Split); d != "" || got.Unified[0] != 1 {
		t.Errorf("side by side: %s; in one column: %v", d, got.Unified)
	}
	if len(got.Words) < 2 || got.Words[0] != "2" || !strings.HasPrefix(got.Words[1], "count") {
		t.Errorf("the words that differ are %q", got.Words)
	}
	if len(got.Files) != 1 || !strings.Contains(got.Files[0], "a.go") || !strings.Contains(got.Files[0], "+3 added,") || !strings.Contains(got.Notes, "dry run") {
		t.Errorf("%q, %s", got.Files, got.Notes)
	}
	// The file is as it was: now all of it is replaced.
	got = h.diff(t, url, "edit_file", "diff-long", map[string]any{"path": "work/lines.txt", "edits": []map[string]any{{"old": "line\n", "new": "other\n", "expect": 0}}})
	if got.Rows[0] > 400 || got.Rows[1] < 1000 {
		t.Errorf("%d rows at first and %d in the end of a long diff", got.Rows[0], got.Rows[1])
	}
}

func TestPatchDiff(t *testing.T) {
	h := newHost(t)
	url := h.withFiles(t, map[string]string{"a.txt": "one\ntwo\nthree\n", "old name.txt": "same\n", "gone.txt": "x"})
	patch := "--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n" +
		"diff --git a/old name.txt b/new name.txt\nrename from old name.txt\nrename to new name.txt\n" +
		"diff --git a/made.txt b/made.txt\nnew file mode 100644\n--- /dev/null\n+++ b/made.txt\n@@ -0,0 +1 @@\n+hello\n" +
		"--- a/gone.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\\ No newline at end of file\n"
	for _, dry := range []bool{true, false} {
		got := h.diff(t, url, "apply_patch", fmt.Sprintf("diff-patch-%t", dry), map[string]any{"path": "work", "patch": patch, "dry_run": dry})
		if len(got.Files) != 4 {
			t.Fatalf("dry run %t: %q", dry, got.Files)
		}
		for i, want := range []string{"a.txt+1 added, −1 removed", "new name.txtrenamed", "made.txtadded+1", "gone.txtremoved+0 added, −1"} {
			if !strings.Contains(got.Files[i], want) {
				t.Errorf("dry run %t: %q, want %q in it", dry, got.Files[i], want)
			}
		}
		if d := cmp.Diff([]string{"1|1||one", "2||−removed|two", "|2|+added|2", "3|3||three", "|1|+added|hello", "1||−removed|xno newline at the end"}, got.Lines); d != "" {
			t.Errorf("dry run %t: %s", dry, d)
		}
	}
}

// pullRequest is a GitHub with one pull request of n files.
func pullRequest(t *testing.T, n int) string {
	t.Helper()
	mux := http.NewServeMux()
	reply := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	repo := map[string]any{"full_name": "octocat/hello"}
	mux.HandleFunc("GET /repos/octocat/hello/pulls/7", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{
			"number": 7, "title": "Say <b>hello</b> to everybody", "state": "open", "changed_files": n, "additions": 2*n + 1, "deletions": n,
			"head": map[string]any{"ref": "feature", "sha": strings.Repeat("1", 40), "repo": repo}, "base": map[string]any{"ref": "main", "repo": repo},
		})
	})
	mux.HandleFunc("GET /repos/octocat/hello/pulls/7/files", func(w http.ResponseWriter, r *http.Request) {
		const patch = "@@ -10,4 +10,5 @@ func greet(name string) {\n \tif name == \"\" {\n-\t\tname = \"world\"\n+\t\tname = \"everybody\"\n+\t\tcount++\n \t}\n \tfmt.Println(name)"
		var page, size int
		_, _ = fmt.Sscan(r.FormValue("page"), &page)
		_, _ = fmt.Sscan(r.FormValue("per_page"), &size)
		files := []any{}
		for i := (page - 1) * size; i < min(page*size, n); i++ {
			switch i {
			case 1:
				files = append(files, map[string]any{"filename": "docs/logo.png", "status": "added"})
			case 2:
				files = append(files, map[string]any{"filename": "docs/now.md", "previous_filename": "docs/then.md", "status": "renamed"})
			default:
				files = append(files, map[string]any{"filename": fmt.Sprintf("cmd/greet%d/main.go", i), "status": "modified", "additions": 2, "deletions": 1, "patch": patch})
			}
		}
		if page*size < n {
			w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?page=%d&per_page=%d>; rel="next"`, r.Host, r.URL.Path, page+1, size))
		}
		reply(w, files)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func TestPullRequestDiff(t *testing.T) {
	h := newHost(t)
	url := h.serve(t, "github", []string{"GITHUB_TOKEN=t"}, "--github-api-url", pullRequest(t, 30))
	got := h.diff(t, url, "get_pull_request_diff", "diff-pull", map[string]any{"owner": "octocat", "repo": "hello", "number": 7})
	got.Shown.announced(t, "ui://github/diff")
	if !strings.HasPrefix(got.Title, "octocat/hello#7 Say <b>hello</b> to everybody") || len(got.Files) != 20 || got.Rows[2] != 30 {
		t.Errorf("%q, %d files, with the next page %v", got.Title, len(got.Files), got.Rows)
	}
	for i, want := range []string{"cmd/greet0/main.go+2 added, −1 removed", "docs/logo.pngadded", "docs/then.md → docs/now.mdrenamed"} {
		if !strings.Contains(got.Files[i], want) {
			t.Errorf("%q, want %q in it", got.Files[i], want)
		}
	}
	if got.Lines[1] != "11||−removed|\t\tname = \"world\"" || len(got.Words) < 2 || got.Words[0] != "world" || got.Words[1] != "everybody" {
		t.Errorf("%q, %q", got.Lines[:3], got.Words)
	}
	if !strings.Contains(got.Notes, "no patch: binary") || !strings.Contains(got.Notes, "not shown yet") || !strings.Contains(got.Notes, "feature -> main") {
		t.Errorf("notes: %s", got.Notes)
	}
}
