package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/tiktoken-go/tokenizer"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/child"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/model"
)

const serviceDir = "../../services/github"

// A bench is one run.
type bench struct {
	options
	dir      string // for the binary; its owner removes it
	progress io.Writer

	fake    *fake
	session *mcp.ClientSession
	codec   tokenizer.Codec
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.progress, "github: "+format+"\n", args...)
}

func (b *bench) measure(ctx context.Context) (*results, error) {
	machine, err := host.Describe(ctx)
	if err != nil {
		return nil, err
	}
	r := &results{Machine: machine, Rounds: b.rounds}
	b.say("installing GitHub's description of its API")
	list, version, err := install(ctx)
	if err != nil {
		return nil, err
	}
	r.Description = version
	if b.fake, err = newFake(list); err != nil {
		return nil, err
	}
	defer b.fake.close()
	if b.codec, err = model.Tokens(); err != nil {
		return nil, err
	}
	if err := b.connect(ctx); err != nil {
		return nil, err
	}
	defer b.session.Close()
	if r.Tools, err = b.tools(ctx); err != nil {
		return nil, err
	}
	for _, t := range tasks() {
		b.say("%s", t.name)
		a, err := b.ask(ctx, t, 1)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
		r.Tasks = append(r.Tasks, a)
	}
	b.say("%s", long().name)
	if r.Long, err = b.ask(ctx, long(), maxCalls); err != nil {
		return nil, fmt.Errorf("%s: %w", long().name, err)
	}
	if r.Again, err = b.again(ctx); err != nil {
		return nil, err
	}
	b.say("batches of repositories")
	r.Batch, err = b.batch(ctx)
	return r, err
}

// connect builds the service, unless there is one, and begins a session over
// stdio.
func (b *bench) connect(ctx context.Context) error {
	binary := b.ours
	if binary == "" {
		b.say("building mcp-github")
		binary = filepath.Join(b.dir, "mcp-github")
		if err := child.Build(ctx, serviceDir, binary, "./cmd/mcp-github"); err != nil {
			return err
		}
	}
	cmd := child.Command(ctx, []string{"GITHUB_API_URL=" + b.fake.URL, "GITHUB_TOKEN=ghp_bench"}, binary)
	client := mcp.NewClient(&mcp.Implementation{Name: "bench", Version: "1"}, nil)
	var err error
	b.session, err = client.Connect(ctx, &mcp.CommandTransport{Command: cmd}, nil)
	return err
}

// call calls a tool and returns all of its answer, and the text that a model reads.
func (b *bench) call(ctx context.Context, tool, args string) (answer []byte, text string, err error) {
	res, err := b.session.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(args)})
	if err != nil {
		return nil, "", err
	}
	var all strings.Builder
	for _, c := range res.Content {
		if t, ok := c.(*mcp.TextContent); ok {
			all.WriteString(t.Text)
		}
	}
	if res.IsError {
		return nil, "", fmt.Errorf("%s %s: %s", tool, args, all.String())
	}
	answer, err = json.Marshal(res)
	return answer, all.String(), err
}

// tools measures what every conversation begins with.
func (b *bench) tools(ctx context.Context) (model.Offered, error) {
	list, err := b.session.ListTools(ctx, nil)
	if err != nil {
		return model.Offered{}, err
	}
	return model.Tools(list, b.codec)
}

// maxCalls bounds the pages of an answer.
const maxCalls = 20

// ask has a task done in at most so many calls, and fetches the same from the API
// itself. It fails unless the answer has all of what the task is to hold.
func (b *bench) ask(ctx context.Context, t task, most int) (answered, error) {
	a := answered{Name: t.name, Tool: t.tool}
	var all strings.Builder
	for cursor := ""; ; {
		args := t.args
		if cursor != "" {
			args = strings.TrimSuffix(args, "}") + fmt.Sprintf(`,"cursor":%q}`, cursor)
		}
		answer, text, err := b.call(ctx, t.tool, args)
		if err != nil {
			return answered{}, err
		}
		tokens, err := b.codec.Count(text)
		if err != nil {
			return answered{}, err
		}
		a.Calls, a.Answer, a.Text, a.Tokens = a.Calls+1, a.Answer+len(answer), a.Text+len(text), a.Tokens+tokens
		all.WriteString(text)
		if cursor = nextCursor(text); cursor == "" {
			break
		}
		if a.Calls == most {
			return answered{}, fmt.Errorf("after %d calls there is more", most)
		}
	}
	if err := complete(all.String(), t.holds, most == 1); err != nil {
		return answered{}, err
	}
	for _, at := range t.raw {
		if rest, ok := strings.CutPrefix(at, "."); ok {
			at = "/repos/octocat/Hello-World" + rest
		}
		body, err := get(ctx, b.fake.URL+at)
		if err != nil {
			return answered{}, err
		}
		n, err := b.codec.Count(string(body))
		if err != nil {
			return answered{}, err
		}
		a.Raw += len(body)
		a.RawTokens += n
	}
	return a, nil
}

// cursorRule finds where an answer says that it goes on.
var cursorRule = regexp.MustCompile(`"next_cursor": ?"([^"]+)"`)

func nextCursor(text string) string {
	if m := cursorRule.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// complete returns an error if a text lacks any of the parts, or says that
// something is left out of an answer that is to be whole.
func complete(text string, parts []string, whole bool) error {
	for _, p := range parts {
		// Where a text is JSON its strings are written with escapes.
		escaped, err := model.Compact(p)
		if err != nil {
			return err
		}
		if !strings.Contains(text, p) && !strings.Contains(text, escaped[1:len(escaped)-1]) {
			return fmt.Errorf("%q is not in %.3000s", p, text)
		}
	}
	for _, sign := range []string{"left_out", "left out", "truncated", "next_cursor"} {
		if i := strings.Index(text, sign); whole && i >= 0 {
			return fmt.Errorf("the answer is not whole: %.300s", text[max(0, i-100):])
		}
	}
	return nil
}

func get(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", url, res.Status)
	}
	return io.ReadAll(io.LimitReader(res.Body, 16<<20))
}

// again asks for the same file twice, and returns the statuses of the second time.
func (b *bench) again(ctx context.Context) ([]int, error) {
	const args = `{"owner":"octocat","repo":"again","path":"client.go","start_line":1,"end_line":10}`
	for range 2 {
		b.fake.told()
		if _, _, err := b.call(ctx, "get_file_contents", args); err != nil {
			return nil, err
		}
	}
	return b.fake.told(), nil
}

const (
	latency  = 100 * time.Millisecond
	batchOf  = 10
	batchMax = 2
)

// batch times one repository and ten, none of which was asked for before.
func (b *bench) batch(ctx context.Context) (batched, error) {
	b.fake.wait(latency)
	defer b.fake.wait(0)
	var r batched
	for round := range b.rounds {
		for _, n := range []int{1, batchOf} {
			names := make([]string, n)
			for i := range names {
				names[i] = fmt.Sprintf(`"octocat/r%d-%d-%d"`, round, n, i)
			}
			start := time.Now()
			_, text, err := b.call(ctx, "get_repository_info", `{"repos":[`+strings.Join(names, ",")+`]}`)
			took := float64(time.Since(start)) / float64(time.Millisecond)
			if err != nil {
				return r, err
			}
			if got := strings.Count(text, "Makefile"); got < n {
				return r, fmt.Errorf("%d of %d repositories are described", got, n)
			}
			if n == 1 {
				r.One = append(r.One, took)
			} else {
				r.Ten = append(r.Ten, took)
			}
		}
	}
	return r, nil
}
