package completion

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplit(t *testing.T) {
	for text, want := range map[string]Line{
		"":                             {},
		"mcp-x":                        {Word: "mcp-x"},
		"mcp-x ":                       {Words: []string{"mcp-x"}},
		"A=1 b_2=x mcp-x call a=1 b":   {Words: []string{"mcp-x", "call", "a=1"}, Word: "b"},
		`mcp-x 'a b'"c d" e\ f "x\"y`:  {Words: []string{"mcp-x", "a bc d", "e f"}, Word: `x"y`, Quote: '"'},
		`mcp-x '' a'\'`:                {Words: []string{"mcp-x", ""}, Word: `a\`},
		"mcp-x\tcall \n tool":          {Words: []string{"mcp-x", "call"}, Word: "tool"},
		"mcp-x call 'tool":             {Words: []string{"mcp-x", "call"}, Word: "tool", Quote: '\''},
		"mcp-x call path=a\\":          {Words: []string{"mcp-x", "call"}, Word: "path=a"},
		"/usr/bin/mcp-x --flag=v 日本 語": {Words: []string{"/usr/bin/mcp-x", "--flag=v", "日本"}, Word: "語"},
	} {
		if diff := cmp.Diff(want, Split(text, "")); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func TestWrite(t *testing.T) {
	const breaks = " \t\n\"'@><=;|&(:"
	for _, tt := range []struct{ line, shell, candidate, want string }{
		{"x mode=l", "bash", "mode=loud", "loud"},
		{"x mode=l", "zsh", "mode=loud", "mode=loud"},
		{"x mode=l", "fish", "mode=loud", "mode=loud"},
		{"x text@a", "bash", "text@a b$c", `@a\ b\$c`},
		{"x text@a", "fish", "text@a b$c", "text@a b$c"},
		{"x 'a", "zsh", "a b", "a b"},
		{"x ~/a", "zsh", "~/a~", `~/a\~`},
		{"x a", "bash", "a;`reboot`", "a\\;\\`reboot\\`"},
		// What bash replaces, as it was seen to do it.
		{`x a@b\$\(c`, "bash", "a@b$(c)d", `@b\$\(c\)d`},
		{`x a\=b`, "bash", "a=bc", "a=bc"},
		{`x "a"b`, "bash", "abc", "abc"},
		{`x "a"@b`, "bash", "a@bc", "@bc"},
		{`x a="b=c`, "bash", "a=b=cd", "b=cd"},
		{`x "a@b`, "bash", "a@bc", "a@bc"},
		{`x a:b=c`, "bash", "a:b=cd", "cd"},
		// A name that is a command does not become one between quotes either.
		{`x "a`, "bash", "a$(b)`c`\"\\d!e'", "a\\$(b)\\`c\\`\\\"\\\\d\"\\!\"e'"},
		{`x "a`, "zsh", "a$b", `a\$b`},
		{`x 'a`, "bash", `a'; b; '$c!"`, `a'\''; b; '\''$c!"`},
		{`x 'a`, "fish", "a'b", "a'b"},
	} {
		given := ""
		if tt.shell == "bash" {
			given = breaks
		}
		if got := Split(tt.line, given).Write(tt.shell, tt.candidate); got != tt.want {
			t.Errorf("%s in %s: %q, want %q", tt.line, tt.shell, got, tt.want)
		}
	}
}

func TestScript(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		got, err := Script(shell, "mcp-demo")
		if err != nil || !strings.Contains(got, "_mcp_demo") || !strings.Contains(got, " complete "+shell+" --") ||
			strings.Contains(got, "PROGRAM") || strings.Contains(got, "FUNCTION") {
			t.Errorf("%s: %v\n%s", shell, err, got)
		}
	}
	if _, err := Script("csh", "mcp-demo"); err == nil {
		t.Error("there is a script for csh")
	}
}
