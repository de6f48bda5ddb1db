package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/terminal"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/terminal/terminaltest"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// shop is a service whose results say bad things to terminals.
type shop struct{}

const evil = "\x1b[2J\x1b]0;owned\x07\u202Eevil"

// TestPrintJSON holds that a terminal obeys nothing in JSON, which stays the same.
func TestPrintJSON(t *testing.T) {
	const text = "a\u009b2J\x7f\x1b\u202e\u2028<日本😀>\ttab\n"
	var b bytes.Buffer
	if err := printJSON(&b, map[string]string{text: text}); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); terminal.Clean(got) != got || !strings.Contains(got, `\u009b2J\u007f`) || !strings.Contains(got, "<日本😀>") {
		t.Errorf("printed %q", got)
	}
	var back map[string]string
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || back[text] != text {
		t.Errorf("%q is read as %q: %v", text, back, err)
	}
}

type shopItem struct {
	ID    int    `json:"id"`
	Name  string `json:"name"`
	Price string `json:"price,omitempty"`
}

type shopOutput struct {
	Total      int        `json:"total_count"`
	Items      []shopItem `json:"items"`
	NextCursor string     `json:"next_cursor,omitempty"`
}

type shopInput struct {
	Query  string   `json:"query" jsonschema:"what to look for"`
	Kinds  []string `json:"kinds,omitempty" enum:"new,old" jsonschema:"which of them"`
	Tags   []string `json:"tags,omitempty"`
	Sizes  []int    `json:"sizes,omitempty"`
	Cursor string   `json:"cursor,omitempty"`
	Fail   bool     `json:"fail,omitempty"`
}

type shopText struct{ in shopInput }

func (t shopText) Text() (string, any) {
	return fmt.Sprintf("%s|%q|%q|%v", t.in.Query, t.in.Kinds, t.in.Tags, t.in.Sizes), map[string]any{"etag": "e1", "next": map[string]any{"cursor": "c d"}}
}

func (shop) Register(r *Registry) {
	def := func(name string) *mcp.Tool {
		return &mcp.Tool{Name: name, Title: "Title of " + name, Annotations: ReadOnly(false),
			Description: "Looks for " + name + " in the shop. More is said here.\n\nExample: {\"query\": \"red shoes\", \"sizes\": [1,2]}"}
	}
	AddTool(r, def("find_items"), func(_ context.Context, in shopInput) (shopOutput, error) {
		if in.Fail {
			return shopOutput{}, toolerr.New(toolerr.RateLimited, "too many calls of %s", evil).After(30*time.Second).With("quota", evil)
		}
		return shopOutput{2, []shopItem{{7, "shoe " + evil, "9.50"}, {123, "日本の靴", ""}}, "next'" + evil}, nil
	}, Scope("shop:read"))
	AddTool(r, def("echo"), func(_ context.Context, in shopInput) (shopText, error) { return shopText{in}, nil }, Scope("shop:read"))
}

// onTerminal runs a command line of the shop on a terminal of so many columns, and
// returns what it shows.
func onTerminal(t *testing.T, columns int, environ []string, argv ...string) (status int, shown string) {
	t.Helper()
	tty := terminaltest.Open(t, columns)
	p := &process{name: "shop", stdin: tty.File, stdout: tty.File, stderr: tty.File, environ: append([]string{"TERM=xterm", "LANG=C.UTF-8"}, environ...)}
	open := func(context.Context, demoConfig, *slog.Logger) (shop, error) { return shop{}, nil }
	status = run(t.Context(), p, open, argv)
	return status, tty.Close()
}

func TestOnTerminal(t *testing.T) {
	plain := []string{"NO_COLOR=1"}
	const name = "shoe \uFFFD[2J\uFFFD]0;owned\uFFFD\uFFFDevil"
	for _, tt := range []struct {
		name    string
		environ []string
		argv    []string
		status  int
		want    string
	}{
		{"a record", plain, []string{"call", "find_items", "query=x", "cursor=old"}, 0, `total_count  2

items
   id  name                      price
    7  ` + name + `  9.50
  123  日本の靴

There is more: mcp-shop call find_items query=x 'cursor=next'\''` + strings.TrimPrefix(name, "shoe ") + `'
`},
		{"a text", plain, []string{"call", "echo", "query=it's"}, 0, "it's|[]|[]|[]\netag: e1\n\nThere is more: mcp-shop call echo 'query=it'\\''s' 'cursor=c d'\n"},
		{"a record as text", plain, []string{"call", "find_items", "query=x", "--format", "text"}, 0, `{"total_count":2,"items":[{"id":7,"name":"shoe \u001b[2J`},
		{"a record as JSON", plain, []string{"call", "find_items", "query=x", "--json"}, 0, `]0;owned\u0007\u202eevil"`},
		{"a failure", plain, []string{"call", "find_items", "query=x", "fail=true"}, 1, `RATE_LIMITED too many calls of ` + strings.TrimPrefix(name, "shoe ") + `
  quota  ` + strings.TrimPrefix(name, "shoe ") + `
→ try again in 30 seconds
`},
		{"a wrong argument", plain, []string{"call", "echo", "qery=x"}, 1, `INVALID_INPUT 2 problems: (1) unknown argument "qery"; did you mean "query"?
  (2) missing required argument "query" (a string)

Usage:
  mcp-shop call echo query=TEXT [kinds=A,B] [tags=A,B] [sizes=A,B]
    [cursor=TEXT] [fail=true|false]

Arguments:
  query   (required) what to look for
  kinds   (array) which of them
          One of: new, old
  tags    (array)
  sizes   (array)
  cursor
  fail    (boolean)

Example:
`},
		{"an example", plain, []string{"call", "echo"}, 1, "\nExample:\n  mcp-shop call echo 'query=red shoes' 'sizes=[1,2]'\n"},
		{"colours", nil, []string{"call", "find_items", "query=x"}, 0, "\x1b[1mtotal_count\x1b[0m  2\n"},
		{"a dumb terminal", []string{"TERM=dumb"}, []string{"call", "find_items", "query=x"}, 0, "total_count  2\n"},
		{"an error", nil, []string{"call", "find_itms"}, 1, "\x1b[1;31mmcp-shop:\x1b[0m no tool \"find_itms\"; did you mean find_items?\n"},
		{"an error of evil", plain, []string{"call", evil}, 1, `mcp-shop: no tool "\x1b[2J`},
		{"tools", plain, []string{"tools"}, 0, `TOOL        NEEDS  DOES
echo        query  Looks for echo in the shop.
find_items  query  Looks for find_items in the shop.

`},
		{"one tool", plain, []string{"tools", "echo"}, 0, "echo — Title of echo [shop:read]\n    Looks for echo in the shop. More is said here.\n"},
		{"all about tools", plain, []string{"tools", "--long"}, 0, "\nfind_items — Title of find_items [shop:read]\n"},
		{"tools by words, best first", plain, []string{"tools", "find", "SHOP"}, 0, "TOOL        NEEDS  DOES\nfind_items  query  Looks"},
		{"no tool", plain, []string{"tools", "itmes"}, 1, "no tool has \"itmes\"; did you mean find_items?\n"},
		{"doctor", plain, []string{"doctor", "--http", "0.0.0.0:0", "--auth", "none"}, 0, "! callers        everybody who reaches 0.0.0.0:0 may call\n                 → set MCP_API_KEY, give --api-keys-file or --oauth-issuer\n\nno problems, 1 warning\n"},
		{"doctor in colours", nil, []string{"doctor"}, 0, "\n\x1b[32m✓\x1b[0m \x1b[1mconfiguration\x1b[0m  flags and variables are valid\n"},
		{"doctor in ASCII", []string{"NO_COLOR=1", "LANG=C"}, []string{"doctor", "--http", "0.0.0.0:0"}, 1, "\nfail configuration  --http 0.0.0.0:0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, shown := onTerminal(t, 80, tt.environ, tt.argv...)
			if status != tt.status || !strings.Contains(shown, tt.want) {
				t.Errorf("status %d\n%s", status, cmp.Diff(tt.want, shown))
			}
			if strings.ContainsAny(shown, "\x07\u202E") || strings.Contains(shown, "\x1b[2J") {
				t.Errorf("the terminal obeys: %q", shown)
			}
		})
	}
}

// TestWithoutTerminal holds that programs get what the tool says.
func TestWithoutTerminal(t *testing.T) {
	open := func(context.Context, demoConfig, *slog.Logger) (shop, error) { return shop{}, nil }
	file := private(t)("text", "from\na file, whole\n")
	for _, tt := range []struct {
		name  string
		stdin string
		argv  []string
		want  string // of both outputs
	}{
		{"a record", "", []string{"find_items", "query=x"}, `{"total_count":2,"items":[{"id":7,"name":"shoe \u001b[2J`},
		{"a record for people", "", []string{"find_items", "query=x", "--format", "table"}, "total_count  2\n\nitems\n"},
		{"a failure", "", []string{"find_items", "query=x", "fail=true"}, `{"error":{"code":"RATE_LIMITED",`},
		{"a list with commas", "", []string{"echo", "query=x", "kinds=new,old", `tags=*.{go,md},f(a,b),"c,d",it's,e`, "sizes=1,2"},
			"x|[\"new\" \"old\"]|[\"*.{go,md}\" \"f(a,b)\" \"\\\"c,d\\\"\" \"it's\" \"e\"]|[1 2]\n"},
		{"a list of several", "", []string{"echo", "query=x", "tags=a,b", "tags=c"}, `x|[]|["a,b" "c"]|[]` + "\n"},
		{"a list of one", "", []string{"echo", "query=x", "tags=5"}, `|["5"]|`},
		{"a list of none", "", []string{"echo", "query=x", "tags="}, `x|[]|[]|[]`},
		{"a list as JSON", "", []string{"echo", "query=x", `tags=["a,b"]`, "sizes=[3]"}, `|["a,b"]|[3]`},
		{"a list of what it does not take", "", []string{"echo", "query=x", "kinds=new,odl"}, `kinds[1] must be one of`},
		{"a file", "", []string{"echo", "query@" + file}, "from\na file, whole\n|"},
		{"standard input", "typed", []string{"echo", "query@-"}, "typed|"},
		{"standard input twice", "typed", []string{"echo", "query@-", "cursor@-"}, "cursor@: standard input is the value of another argument"},
		{"a file that is not there", "", []string{"echo", "query@/no/file"}, "query@: open /no/file"},
		{"a file that is no text", "\xff\xfe", []string{"echo", "query@-"}, "query@-: it is no text in UTF-8"},
		{"a file that is too long", strings.Repeat("x", maxArgument+1), []string{"echo", "query@-"}, "query@-: it holds more than 4 MiB"},
		{"text that begins with @", "", []string{"echo", "query=@me"}, "@me|"},
		{"text without a key", "", []string{"echo", "shoes"}, `write key=value: did you mean query=shoes?`},
		{"a colon", "", []string{"echo", "query:shoes"}, `did you mean query=shoes?`},
		{"a flag", "", []string{"echo", "--query=x"}, "the arguments of a tool are written key=value, without --"},
		{"twice", "", []string{"echo", "query=x", "query=y"}, `argument "query" is given twice`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			p := &process{name: "shop", stdin: strings.NewReader(tt.stdin), stdout: &out, stderr: &out}
			run(t.Context(), p, open, append([]string{"call"}, tt.argv...))
			if !strings.Contains(out.String(), tt.want) || strings.Contains(out.String(), "\x1b") {
				t.Errorf("%q", out.String())
			}
		})
	}
}

func TestBarLine(t *testing.T) {
	s := terminal.Screen{Columns: 60}
	for _, tt := range []struct {
		p       mcp.ProgressNotificationParams
		elapsed time.Duration
		want    string
	}{
		{mcp.ProgressNotificationParams{Progress: 1, Total: 4, Message: "reading"}, time.Second, "[gauge5]  25% 1s reading"},
		{mcp.ProgressNotificationParams{Progress: 1, Total: 4}, 30 * time.Second, "[gauge5]  25% 1:30 left"},
		{mcp.ProgressNotificationParams{Progress: 9, Total: 4}, 2 * time.Hour, "[gauge20] 100% 2h00m"},
		{mcp.ProgressNotificationParams{Progress: -9, Total: 4}, 0, "[gauge0]   0% 0s"},
		{mcp.ProgressNotificationParams{Progress: 7, Message: "evil\x1b[2J\r\nline"}, time.Second, "- 1s 7 evil\uFFFD[2J  line"},
		{mcp.ProgressNotificationParams{}, 100 * time.Millisecond, "/ 0s"},
		{mcp.ProgressNotificationParams{Message: strings.Repeat("long ", 20)}, 0, "| 0s " + strings.Repeat("long ", 10) + "l..."},
	} {
		want := tt.want
		for n := range 21 {
			want = strings.Replace(want, fmt.Sprintf("[gauge%d]", n), strings.Repeat("#", n)+strings.Repeat(".", 20-n), 1)
		}
		if got := barLine(s, &tt.p, tt.elapsed); got != want || terminal.Width(got) >= s.Columns {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestProgressBar draws a bar in a time that passes at once.
func TestProgressBar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		bar := newProgressBar(terminal.Screen{Writer: &b, Columns: 80})
		if bar.begin() {
			t.Error("it is drawn where nobody looks")
		}
		bar.show(&mcp.ProgressNotificationParams{Progress: 1, Total: 2})
		bar.clear()

		bar = newProgressBar(terminal.Screen{Writer: &b, Columns: 80, Moves: true})
		bar.begin()
		<-time.After(barPatience - barPause/2)
		bar.clear()
		if b.Len() != 0 {
			t.Errorf("a short call has %q", b.String())
		}

		bar = newProgressBar(terminal.Screen{Writer: &b, Columns: 80, Moves: true})
		end := bar.clear // as a defer statement has it before the bar begins
		bar.begin()
		for i := range 1000 {
			bar.show(&mcp.ProgressNotificationParams{Progress: float64(i), Total: 1000})
			<-time.After(time.Millisecond)
		}
		resume := bar.pause()
		drawn := b.String()
		if n := strings.Count(drawn, "%"); n < 2 || n > 10 || !strings.HasSuffix(drawn, "\r\x1b[K") {
			t.Errorf("a second has %d drawings: %q", n, drawn)
		}
		<-time.After(time.Second)
		if b.String() != drawn {
			t.Error("it is drawn into a question")
		}
		resume()
		<-time.After(barPause)
		synctest.Wait()
		end()
		bar.clear()
		if got := strings.TrimPrefix(b.String(), drawn); !strings.Contains(got, "%") || !strings.HasSuffix(got, "\r\x1b[K") {
			t.Errorf("afterwards %q", got)
		}
	})
}

func TestMisspelledVariablesOfTheService(t *testing.T) {
	_, _, stderr := command(t, []string{"DEMO_GREETINGS=x", "DEMO_PORT=tcp://10.0.0.1:80", "DEMO_SERVICE_HOST=10.0.0.1", "DEMO_GREETING=y", "OTHER_GREETINGS=z"}, "version")
	if !strings.Contains(stderr, `"name":"DEMO_GREETINGS","did_you_mean":"DEMO_GREETING"`) || strings.Count(stderr, "\n") != 1 {
		t.Errorf("stderr: %s", stderr)
	}
}

func TestFlagsHaveGroups(t *testing.T) {
	grouped := make(map[string]bool)
	for _, g := range flagGroups {
		for _, name := range g.flags {
			grouped[name] = true
		}
	}
	for _, name := range sharedFlags() {
		if name != "help" && !grouped[name] {
			t.Errorf("--%s is in no group", name)
		}
		delete(grouped, name)
	}
	for name := range grouped {
		t.Errorf("--%s has a group and is none", name)
	}
	_, help, _ := command(t, nil, "serve", "--help")
	for _, want := range []string{"\nWhere it serves:\n", "\nLimits:\n", "\nThis service:\n", "\nLogs and telemetry:\n"} {
		if strings.Count(help, want) != 1 {
			t.Errorf("no %q in:\n%s", want, help)
		}
	}
}

func TestComplete(t *testing.T) {
	r := newRig(t, Config{})
	token := private(t)("token", "t0k3n")
	t.Chdir(t.TempDir())
	for _, name := range []string{"a file", ".hidden"} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("dir", 0o700); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"mcp-demo ca":                            "call",
		"mcp-demo comp":                          "completion",
		"mcp-demo nothing ":                      "",
		"mcp-demo config c":                      "claude-desktop claude-code cursor curl",
		"mcp-demo --legacy-sessions ":            "stateful off",
		"mcp-demo --legacy-sessions=o":           "--legacy-sessions=off",
		"mcp-demo call --form":                   "--format",
		"mcp-demo --drain":                       "--drain --drain-delay",
		"mcp-demo --api-k":                       "--api-key-file --api-keys-file",
		"mcp-demo tools dr":                      "drop",
		"X=1 mcp-demo --log-level debug call dr": "drop",
		"mcp-demo call add ":                     "a= b= id= limit= mode=",
		"mcp-demo call add a=1 mode=plain ":      "b= id= limit=",
		"mcp-demo call add mode=":                "mode=plain mode=loud",
		"mcp-demo call add mode=l":               "mode=loud",
		"mcp-demo call nothing ":                 "",
		"mcp-demo call add a@":                   `a@a\ file a@dir/`,
		"mcp-demo call --output ":                `a\ file dir/`,
		"mcp-demo call --output .h":              ".hidden",
		"mcp-demo call --url " + r.url + " --token-file " + token + " dr": "drop",
		"mcp-demo call --url http://127.0.0.1:1/mcp dr":                   "",
		"mcp-demo completion ": "bash zsh fish",
		"mcp-demo 'call":       "call",
	} {
		status, stdout, stderr := command(t, nil, "complete", "zsh", "--", line)
		var got []string
		for l := range strings.Lines(stdout) {
			value, _, _ := strings.Cut(strings.TrimSuffix(l, "\n"), "\t")
			got = append(got, value)
		}
		if status != 0 || stderr != "" || strings.Join(got, " ") != want {
			t.Errorf("%s: status %d, %q\n%s%s", line, status, got, stdout, stderr)
		}
	}
	if _, stdout, _ := command(t, nil, "complete", "bash", "--", "mcp-demo call add mode=l", "=:"); stdout != "loud\n" {
		t.Errorf("in bash %q", stdout)
	}
}

// TestCompleteIsQuiet holds that a service which does not open, or not in time,
// keeps nobody from typing.
func TestCompleteIsQuiet(t *testing.T) {
	for name, open := range map[string]func(context.Context, demoConfig, *slog.Logger) (*demo, error){
		"fails": func(context.Context, demoConfig, *slog.Logger) (*demo, error) {
			return nil, fmt.Errorf("no such thing")
		},
		"waits": func(ctx context.Context, _ demoConfig, _ *slog.Logger) (*demo, error) {
			<-ctx.Done()
			<-t.Context().Done() // longer than it may
			return nil, ctx.Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			p := &process{name: "demo", stdin: strings.NewReader(""), stdout: &out, stderr: &out}
			if status := run(t.Context(), p, open, []string{"complete", "fish", "--", "mcp-demo call a"}); status != 0 || out.Len() > 0 {
				t.Errorf("status %d: %s", status, out.String())
			}
		})
	}
}
