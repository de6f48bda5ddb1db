//go:build e2e

package page

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/test/internal/browser"
	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
	"github.com/mcpfleet/mcpfleet/test/internal/proc"
	"github.com/mcpfleet/mcpfleet/test/node"
)

// patience is the longest that a test waits for one thing to happen. It decides
// no test on a machine that is merely slow.
const patience = 90 * time.Second

// mostBytes is what a page may weigh, with all that it loads.
const mostBytes = 60_000

var (
	//go:embed visit.mjs
	visit string
	//go:embed try.mjs
	try string
)

// fixture is what all tests share, which TestMain makes.
var fixture struct {
	tools    *node.Tools
	root     string
	services []fleet.Service
	binaries map[string]string
	files    string
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "page")
	if err == nil {
		err = prepare(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

func prepare(dir string) error {
	ctx := context.Background()
	f := &fixture
	var err error
	if f.tools, err = node.Install(ctx); err != nil {
		return err
	}
	if f.root, err = fleet.Root(); err != nil {
		return err
	}
	if f.services, err = fleet.Services(f.root); err != nil {
		return err
	}
	f.binaries = make(map[string]string)
	for _, s := range f.services {
		f.binaries[s.Name], err = proc.Build(ctx, filepath.Join(f.root, "services", s.Name), "./cmd/"+s.Command(), dir)
		if err != nil {
			return err
		}
	}
	f.files = filepath.Join(dir, "files")
	return os.Mkdir(f.files, 0o755)
}

// open serves a service, which has nothing in its environment, and returns the URL
// of its page.
func open(t *testing.T, service string, args ...string) string {
	t.Helper()
	if service == "files" {
		args = append(args, "--root", fixture.files)
	}
	cmd := exec.Command(fixture.binaries[service], append([]string{"--http", "127.0.0.1:0"}, args...)...)
	cmd.Env = []string{"HOME=" + fixture.files, "PATH=" + os.Getenv("PATH")}
	p, err := proc.StartCommand(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := p.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	records, err := p.Await(ctx, "serving", 1)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(records[0].Text("url"), "mcp")
}

func run(t *testing.T, script string, input, out any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := browser.Run(ctx, fixture.tools, script, input, out); err != nil {
		t.Fatal(err)
	}
}

// view is a page as one kind of visitor had it.
type view struct {
	Name       string
	Violations []struct {
		Rule, Impact, Help string
		Nodes              []string
	}
	Requests   []string
	Console    []string
	Bytes      int
	FirstByte  float64
	Overflow   int
	Tools      int
	Examples   int
	Prompts    int
	Resources  int
	Snippets   []string
	Installs   []string
	Forms      int
	NotReady   string
	Focused    []string
	SelectedAs string
	Panels     int
	Copied     string
	Snippet    string
}

func TestPages(t *testing.T) {
	shots := filepath.Join(fixture.root, "dist", "screenshots")
	if err := os.MkdirAll(shots, 0o755); err != nil {
		t.Fatal(err)
	}
	// How many tools each has at least, and what it says when it is not configured.
	tools := map[string]int{"calculator": 10, "files": 15, "database": 11, "github": 22, "slack": 12}
	// What makes it offer all of its tools.
	all := map[string][]string{"files": {"--archive"}, "github": {"--write"}}
	notReady := map[string]string{"database": "DATABASE_URL", "slack": "SLACK_BOT_TOKEN"}
	for _, s := range fixture.services {
		t.Run(s.Name, func(t *testing.T) {
			at := open(t, s.Name, all[s.Name]...)
			var views []view
			run(t, visit, map[string]string{"url": at, "shots": filepath.Join(shots, s.Name)}, &views)
			for _, v := range views {
				t.Logf("%s: %d bytes, first byte after %.1f ms", v.Name, v.Bytes, v.FirstByte)
				for _, b := range v.Violations {
					t.Errorf("%s: axe-core: %s (%s): %s\n%s", v.Name, b.Rule, b.Impact, b.Help, strings.Join(b.Nodes, "\n"))
				}
				if len(v.Console) > 0 {
					t.Errorf("%s: the console says %q", v.Name, v.Console)
				}
				if len(v.Requests) != 1 || v.Requests[0] != at {
					t.Errorf("%s: the page asks for %q", v.Name, v.Requests)
				}
				if v.Bytes > mostBytes || v.Bytes == 0 {
					t.Errorf("%s: %d bytes, more than %d", v.Name, v.Bytes, mostBytes)
				}
				if v.Overflow > 0 {
					t.Errorf("%s: it scrolls %d pixels to the side", v.Name, v.Overflow)
				}
				if v.Tools < max(tools[s.Name], 1) {
					t.Errorf("%s: %d tools can be seen", v.Name, v.Tools)
				}
				// Without JavaScript what is folded stays folded, and is there to be opened.
				if v.Examples != v.Tools || v.Prompts == 0 || v.Resources == 0 {
					t.Errorf("%s: %d examples of %d tools, %d prompts and %d resources", v.Name, v.Examples, v.Tools, v.Prompts, v.Resources)
				}
				if want := notReady[s.Name]; want == "" && v.NotReady != "" || !strings.Contains(v.NotReady, want) {
					t.Errorf("%s: what is not ready: %q, want %q", v.Name, v.NotReady, want)
				}
				checkClients(t, v, at)
			}
		})
	}
}

// checkClients checks what a view shows of how to connect.
func checkClients(t *testing.T, v view, at string) {
	t.Helper()
	const clients = 8
	if v.Name == "without JavaScript" {
		if len(v.Snippets) != clients || v.Forms != 0 {
			t.Errorf("%s: %d clients and %d forms can be seen", v.Name, len(v.Snippets), v.Forms)
		}
		for _, s := range v.Snippets {
			if !strings.Contains(s, at+"mcp") {
				t.Errorf("%s: a client is not told the address: %s", v.Name, s)
			}
		}
		return
	}
	// With it one is shown at a time: right, right, left, the last, right again.
	want := "Claude Code, Cursor, Claude Code, curl, Claude Desktop"
	if got := strings.Join(v.Focused, ", "); got != want || v.SelectedAs != "Claude Desktop" || v.Panels != 1 || len(v.Snippets) != 1 {
		t.Errorf("%s: keys move through %s, to %s, with %d panels and %d snippets", v.Name, got, v.SelectedAs, v.Panels, len(v.Snippets))
	}
	if len(v.Installs) != 2 || !strings.HasPrefix(v.Installs[0], "cursor://") || !strings.HasPrefix(v.Installs[1], "vscode:mcp/install?") {
		t.Errorf("%s: links that install are %q", v.Name, v.Installs)
	}
	if v.Copied != v.Snippet || !strings.Contains(v.Copied, at+"mcp") {
		t.Errorf("%s: copied is %q, shown is %q", v.Name, v.Copied, v.Snippet)
	}
}

func TestTry(t *testing.T) {
	at := open(t, "calculator")
	var got struct {
		Sum, Wrong, Marked, Malformed, Commands, Failure, Spoken string
		Picture                                                  int
		Console                                                  []string
		Violations                                               []any
		Elsewhere                                                []string
	}
	run(t, try, map[string]string{"url": at}, &got)
	if !strings.Contains(got.Sum, `"result": "0.3"`) {
		t.Errorf("0.1 + 0.2 is %s", got.Sum)
	}
	if !strings.Contains(got.Wrong, "INVALID_INPUT") || !strings.Contains(got.Wrong, "precision") || got.Marked != "precision" {
		t.Errorf("a wrong argument gives %q, and marks %q", got.Wrong, got.Marked)
	}
	if !strings.Contains(got.Malformed, "variables: this must be JSON") {
		t.Errorf("what is no JSON gives %q", got.Malformed)
	}
	if !strings.Contains(got.Failure, "INVALID_INPUT") || strings.Contains(got.Failure, "{") {
		t.Errorf("a refused expression gives %q", got.Failure)
	}
	if got.Picture < 100 {
		t.Errorf("the plot is %d pixels wide", got.Picture)
	}
	if got.Spoken != "status" {
		t.Errorf("results come in a region of the role %q", got.Spoken)
	}
	if len(got.Console) > 0 || len(got.Violations) > 0 || len(got.Elsewhere) > 0 {
		t.Errorf("console %q, barriers %v, requests %q", got.Console, got.Violations, got.Elsewhere)
	}
	asShown(t, got.Commands)
}

// asShown runs the commands that the form shows, for the same sum.
func asShown(t *testing.T, commands string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(commands), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "mcp-calculator call ") || !strings.HasPrefix(lines[1], "curl ") {
		t.Fatalf("the commands are %q", lines)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, line := range lines {
		cmd := exec.CommandContext(ctx, "sh", "-c", line)
		cmd.Env = []string{"PATH=" + filepath.Dir(fixture.binaries["calculator"]) + ":" + os.Getenv("PATH"), "HOME=" + fixture.files}
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "0.3") {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
	}
}

// A guarded service shows what it has, and calls nothing.
func TestGuarded(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("not-a-key-that-a-page-may-show\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	at := open(t, "calculator", "--api-key-file", key)
	var got struct {
		Forms, Tools int
		Text         string
	}
	const script = `const page = await browser.newPage()
		await page.goto(given.url)
		await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true }))
		done({ Forms: await page.locator('form').count(), Tools: await page.locator('article[id^=tool-]').count(), Text: await page.content() })`
	run(t, script, map[string]string{"url": at}, &got)
	if got.Forms != 0 || got.Tools < 10 {
		t.Errorf("%d forms and %d tools", got.Forms, got.Tools)
	}
	if !strings.Contains(got.Text, "MCP_CALCULATOR_KEY") || strings.Contains(got.Text, "not-a-key") {
		t.Error("the page does not name the variable of the key, or shows the key")
	}
}
