package servertest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/tools/txtar"
)

// sessions plays the files *.txtar of the folder: transcripts that a person can
// read.
// A transcript is a sequence of requests, each followed by its answer:
//
//	-- call calculate --
//	{"expression": "0.1 + 0.2"}
//	-- result --
//	…
//
// The requests are "call TOOL" with its arguments, "read URI", "prompt NAME"
// with its arguments, and "complete prompt NAME ARGUMENT" or "complete template
// URI VARIABLE" with the text typed so far. The answer is called "result",
// "error" for a failed tool call, or "refused" for a protocol error.
func (s *suite) sessions(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("testdata", s.folder, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Fatalf("testdata/%s has no transcript", s.folder)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			s.play(t, path)
		})
	}
}

func (s *suite) play(t *testing.T, path string) {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	script := txtar.Parse(data)
	if len(bytes.TrimSpace(script.Comment)) == 0 {
		t.Error("the transcript does not say what it shows")
	}
	session := s.inProcess(t)
	got := &txtar.Archive{Comment: script.Comment}
	for i, f := range script.Files {
		if isAnswer(f.Name) {
			if i == 0 || isAnswer(script.Files[i-1].Name) {
				t.Fatalf("the answer %d follows no request", i+1)
			}
			continue
		}
		kind, body := perform(t.Context(), session, f)
		if kind == "" {
			t.Fatalf("%q: %s", f.Name, body)
		}
		got.Files = append(got.Files, f, txtar.File{Name: kind, Data: []byte(strings.TrimRight(s.mask(body), "\n") + "\n")})
	}
	if *update {
		write(t, path, txtar.Format(got))
		return
	}
	if diff := cmp.Diff(string(txtar.Format(script)), string(txtar.Format(got))); diff != "" {
		t.Errorf("the session went differently (-transcript +now); if it is meant, go test -update:\n%s", diff)
	}
}

func isAnswer(name string) bool { return name == "result" || name == "error" || name == "refused" }

// perform sends one request of a transcript. An empty kind means that it is
// none, and body says why.
func perform(ctx context.Context, session *mcp.ClientSession, f txtar.File) (kind, body string) {
	words := strings.Fields(f.Name)
	if len(words) < 2 {
		return "", "write a verb and what it is about"
	}
	var answer string
	var err error
	switch verb, name := words[0], words[1]; verb {
	case "call":
		res, callErr := session.CallTool(ctx, &mcp.CallToolParams{Name: name, Arguments: json.RawMessage(f.Data)})
		if callErr != nil {
			return "refused", callErr.Error()
		}
		if res.IsError {
			return "error", pretty(resultText(res))
		}
		return "result", pretty(resultText(res))
	case "read":
		answer, err = readResource(ctx, session, name)
	case "prompt":
		answer, err = getPrompt(ctx, session, name, f.Data)
	case "complete":
		if len(words) != 4 {
			return "", "write complete prompt NAME ARGUMENT or complete template URI VARIABLE"
		}
		answer, err = complete(ctx, session, words, strings.TrimRight(string(f.Data), "\n"))
	default:
		return "", "the verbs are call, read, prompt and complete"
	}
	if err != nil {
		return "refused", err.Error()
	}
	return "result", answer
}

func readResource(ctx context.Context, session *mcp.ClientSession, uri string) (string, error) {
	res, err := session.ReadResource(ctx, &mcp.ReadResourceParams{URI: uri})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, c := range res.Contents {
		fmt.Fprintf(&b, "%s %s\n%s\n", c.URI, c.MIMEType, pretty(c.Text))
		if len(c.Blob) > 0 {
			fmt.Fprintf(&b, "(%d bytes)\n", len(c.Blob))
		}
		if len(c.Meta) > 0 {
			b.WriteString("_meta ")
			enc := json.NewEncoder(&b)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(c.Meta); err != nil {
				return "", err
			}
		}
	}
	return b.String(), nil
}

func getPrompt(ctx context.Context, session *mcp.ClientSession, name string, arguments []byte) (string, error) {
	params := &mcp.GetPromptParams{Name: name}
	if len(bytes.TrimSpace(arguments)) > 0 {
		if err := json.Unmarshal(arguments, &params.Arguments); err != nil {
			return "", err
		}
	}
	res, err := session.GetPrompt(ctx, params)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, m := range res.Messages {
		fmt.Fprintf(&b, "%s: %s\n", m.Role, contentText([]mcp.Content{m.Content}))
	}
	return b.String(), nil
}

func complete(ctx context.Context, session *mcp.ClientSession, words []string, typed string) (string, error) {
	ref := &mcp.CompleteReference{Type: "ref/prompt", Name: words[2]}
	if words[1] == "template" {
		ref = &mcp.CompleteReference{Type: "ref/resource", URI: words[2]}
	}
	res, err := session.Complete(ctx, &mcp.CompleteParams{Ref: ref, Argument: mcp.CompleteParamsArgument{Name: words[3], Value: typed}})
	if err != nil {
		return "", err
	}
	return strings.Join(res.Completion.Values, "\n"), nil
}

func resultText(res *mcp.CallToolResult) string { return contentText(res.Content) }

func contentText(content []mcp.Content) string {
	var parts []string
	for _, c := range content {
		if text, ok := c.(*mcp.TextContent); ok {
			parts = append(parts, text.Text)
		} else {
			parts = append(parts, fmt.Sprintf("(%T)", c))
		}
	}
	return strings.Join(parts, "\n")
}

// pretty indents text that is one JSON object or array, for the reader of a
// transcript.
func pretty(text string) string {
	var b bytes.Buffer
	if !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") || json.Indent(&b, []byte(text), "", "  ") != nil {
		return text
	}
	return b.String()
}

var correlation = regexp.MustCompile(`"correlation_id": "[^"]*"`)

// mask replaces what differs from run to run.
func (s *suite) mask(text string) string {
	text = correlation.ReplaceAllString(text, `"correlation_id": "…"`)
	for _, field := range s.masked {
		text = field.ReplaceAllString(text, `${1}"…"`)
	}
	return text
}
