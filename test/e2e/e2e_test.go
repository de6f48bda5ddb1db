//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/test/internal/proc"
)

// patience is the longest that a test waits for one thing to happen. It decides
// no test on a machine that is merely slow.
const patience = 90 * time.Second

// calculator, files, database, github, slack and demo are the binaries under test, which
// TestMain builds: the services, and a smaller one in which not everybody may do
// everything.
var calculator, files, database, github, slack, demo string

// TestMain lets this test's binary be a browser, too.
func TestMain(m *testing.M) {
	if name := filepath.Base(os.Args[0]); browsers[name] != nil {
		os.Exit(browse(browsers[name], os.Args[1]))
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	for _, b := range []struct {
		binary          *string
		module, command string
	}{
		{&calculator, "../../services/calculator", "./cmd/mcp-calculator"},
		{&files, "../../services/files", "./cmd/mcp-files"},
		{&database, "../../services/database", "./cmd/mcp-database"},
		{&github, "../../services/github", "./cmd/mcp-github"},
		{&slack, "../../services/slack", "./cmd/mcp-slack"},
		{&demo, ".", "./demo/cmd/mcp-demo"},
	} {
		if *b.binary, err = proc.Build(ctx, b.module, b.command, dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	defer shops.close()
	status := m.Run()
	if err := noneLeft(ctx, dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return status
}

// noneLeft returns an error if a server that a client started outlives it.
func noneLeft(ctx context.Context, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		pids, err := proc.Of(dir)
		if err != nil || len(pids) == 0 {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("processes of the binary under test are left: %v", pids)
		}
	}
}

// wait returns the context of one thing to wait for.
func wait(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// start runs a calculator, and at the end of the test ends it. A test that ends
// it before says how it must end; all others get a process that ends with
// status 0.
func start(t *testing.T, args ...string) *proc.Process {
	t.Helper()
	return startBinary(t, calculator, args...)
}

func startBinary(t *testing.T, binary string, args ...string) *proc.Process {
	t.Helper()
	p, err := proc.Start(binary, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !p.Running() {
			p.Kill()
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := p.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return p
}

// server is a process that serves HTTP.
type server struct {
	*proc.Process
	url string
}

func serve(t *testing.T, args ...string) *server {
	t.Helper()
	return serving(t, start(t, append([]string{"--http", "127.0.0.1:0"}, args...)...))
}

// serving waits until the process serves.
func serving(t *testing.T, p *proc.Process) *server {
	t.Helper()
	records, err := p.Await(wait(t), "serving", 1)
	if err != nil {
		t.Fatal(err)
	}
	return &server{p, records[0].Text("url")}
}

// address is where the server listens.
func (s *server) address() string {
	return strings.TrimSuffix(strings.TrimPrefix(s.url, "http://"), "/mcp")
}

// works fails the test unless the process is the one that was started, and
// answers.
func (s *server) works(t *testing.T) {
	t.Helper()
	if !s.Running() {
		t.Fatalf("the process has ended\n%s", s.Log())
	}
	if got := s.calculate(t, "9007199254740993 + 2"); got.value() != "9007199254740995" {
		t.Fatalf("the next call is answered with %s", got)
	}
}

// calculate makes one call, without a session.
func (s *server) calculate(t *testing.T, expression string) answer {
	t.Helper()
	req := s.request(t, callMessage(1, expression, ""))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return readAnswer(t, res)
}

// request is an HTTP request with a message of the protocol without sessions.
func (s *server) request(t *testing.T, message string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(wait(t), "POST", s.url, strings.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	return req
}

// headers are those of a call.
var headers = map[string]string{
	"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
	"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "calculate",
}

func readAnswer(t *testing.T, res *http.Response) answer {
	t.Helper()
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		t.Fatalf("HTTP status %s: %s", res.Status, body)
	}
	return decode(t, body)
}

// callMessage is a calculation that needs no session. A progress token, if it
// is not empty, asks for a stream.
func callMessage(id int, expression, progressToken string) string {
	return toolMessage(id, "calculate", map[string]string{"expression": expression}, progressToken)
}

// toolMessage is the same of any tool.
func toolMessage(id int, tool string, arguments any, progressToken string) string {
	meta := map[string]any{
		"io.modelcontextprotocol/protocolVersion":    "2026-07-28",
		"io.modelcontextprotocol/clientInfo":         map[string]string{"name": "e2e", "version": "1"},
		"io.modelcontextprotocol/clientCapabilities": struct{}{},
	}
	if progressToken != "" {
		meta["progressToken"] = progressToken
	}
	return message(id, "tools/call", map[string]any{
		"name": tool, "arguments": arguments, "_meta": meta,
	})
}

func message(id int, method string, params any) string {
	b, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": id, "method": method, "params": params})
	if err != nil {
		panic(err) // made of strings and JSON only
	}
	return string(b)
}

// answer is the answer to any message.
type answer struct {
	ID     any `json:"id"`
	Result struct {
		ProtocolVersion string `json:"protocolVersion"`
		Content         []struct {
			Text string `json:"text"`
		} `json:"content"`
		Structured struct {
			Result string `json:"result"`
			Exact  bool   `json:"exact"`
		} `json:"structuredContent"`
		IsError bool `json:"isError"`
	} `json:"result"`
	Error *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`

	raw string
}

func decode(t *testing.T, line []byte) answer {
	t.Helper()
	a := answer{raw: string(line)}
	if err := json.Unmarshal(line, &a); err != nil {
		t.Fatalf("%v in the answer %.500q", err, line)
	}
	return a
}

func (a answer) String() string { return fmt.Sprintf("%.1000s", a.raw) }

// value is the result of a calculation, "" if there is none.
func (a answer) value() string {
	if a.Error != nil || a.Result.IsError {
		return ""
	}
	return a.Result.Structured.Result
}

// refusal is the code and the message with which the tool refused a call.
func (a answer) refusal() (code, message string) {
	var payload struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if !a.Result.IsError || len(a.Result.Content) == 0 || json.Unmarshal([]byte(a.Result.Content[0].Text), &payload) != nil {
		return "", ""
	}
	return payload.Error.Code, payload.Error.Message
}

// lasting returns a calculation that takes long, some 20 ms for each of its n
// parts, and what it must give.
func lasting(n int) (expression, value string) {
	const factorialOf, prime = 100_000, 1_000_003
	residue := int64(1)
	for i := range int64(factorialOf) {
		residue = residue * (i + 1) % prime
	}
	part := fmt.Sprintf("mod(factorial(%d), %d)", factorialOf, prime)
	total := new(big.Int).Mul(big.NewInt(residue), big.NewInt(int64(n)))
	return strings.Repeat(part+" + ", n-1) + part, total.String()
}

// diedOf reports whether a process died of a signal.
func diedOf(err error, sig syscall.Signal) bool {
	exit, ok := err.(*exec.ExitError)
	if !ok {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == sig
}
