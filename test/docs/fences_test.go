package docs

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	text := strings.Join([]string{
		"text", "```console", "$ cd a && ls   # both", "b", "", "c", "", "$ cat <<END", "> one", "> END", "one", "> two", "```",
		"- an item", "  ```console exit=2", "  $ false", "  ```",
		"```console norun=needs-a-cluster", "$ kubectl get pods", "```",
		"````md", "```console", "```", "````",
		"```json", "{}", "```",
	}, "\n")
	got, problems := Read(text)
	want := []Example{
		{Commands: []Command{
			{Line: 3, Text: "cd a && ls   # both", Output: "b\n\nc"},
			{Line: 8, Text: "cat <<END\none\nEND", Output: "one\n> two"},
		}},
		{Commands: []Command{{Line: 16, Text: "false", Exit: 2}}},
		{Commands: []Command{{Line: 19, Text: "kubectl get pods"}}, NoRun: "needs a cluster"},
	}
	if diff := cmp.Diff(want, got); diff != "" || len(problems) > 0 {
		t.Errorf("%s\n%q", diff, problems)
	}
}

func TestProblems(t *testing.T) {
	for text, want := range map[string]string{
		"a\n```console\n$ ls":                        "line 2: the fence has no end",
		"```sh\nls\n```":                             "is not run: make it console",
		"```bash\nls\n```":                           "is not run: make it console",
		"```\n$ ls\n```":                             "without a language",
		"```console\nls\n```":                        `begins with "ls"`,
		"```console\n\n```":                          "has no command",
		"```console exit=0\n$ ls\n```":               "from 1 to 255",
		"```console exit\n$ ls\n```":                 "from 1 to 255",
		"```console norun\n$ ls\n```":                "the reason",
		"```console norun=later\n$ ls\n```":          "the reason",
		"```console skip\n$ ls\n```":                 "neither",
		"```console exit=1 norun=a-reason\n$ x\n```": "no exit status",
	} {
		examples, problems := Read(text)
		if len(examples) != 0 || len(problems) != 1 || !strings.Contains(problems[0], want) {
			t.Errorf("%q: %v, %q, want %q", text, examples, problems, want)
		}
	}
	if examples, problems := Read("```\nno command\n```\n```yaml\n$ x\n```"); len(examples)+len(problems) != 0 {
		t.Errorf("%v, %q", examples, problems)
	}
}

func TestMatches(t *testing.T) {
	for _, test := range []struct {
		want, got string
		match     bool
	}{
		{"", "anything", true},
		{"a", "a\n", true},
		{"a", "a  \n\n", true},
		{"a", "\nab", false},
		{"a", "a\nb", false},
		{"a.c", "abc", false},
		{"a…c", "a b c", true},
		{"a…c", "ac", true},
		{"a…c", "a\nc", false},
		{"a\n…", "a", true},
		{"a\n…", "a\nb\nc", true},
		{"…\nc", "a\nb\nc", true},
		{"…\nc", "a\nc\nb", false},
		{"a\n…\nb …\n…", "a\n1\n\nb c\nd", true},
		{"a\n\nb", "a\n\nb", true},
		{"a\n\nb", "a\nb", false},
	} {
		if got := (Command{Output: test.want}).Matches(test.got); got != test.match {
			t.Errorf("%q matches %q: %v", test.want, test.got, got)
		}
	}
}

func TestBackground(t *testing.T) {
	for text, want := range map[string]bool{
		"a &": true, "a &  # ends with the shell": true, "a --b \\\n  --c &": true,
		"a": false, "a && b": false, "a &&": false, "a & b": false, "echo '&' x": false,
	} {
		if got := (Command{Text: text}).Background(); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
