// Command gosdk is the plainest calculator on the official Go SDK: a typed
// tool, no middleware, every option at its default except stateless JSON.
// With -http it serves Streamable HTTP on that address, without it stdio.
package main

import (
	"context"
	"flag"
	"log"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/test/bench/peers/internal/arith"
)

type input struct {
	Expression string `json:"expression" jsonschema:"arithmetic expression, for example 2+3*4"`
}

type output struct {
	Result float64 `json:"result"`
}

func calculate(_ context.Context, _ *mcp.CallToolRequest, in input) (*mcp.CallToolResult, output, error) {
	v, err := arith.Eval(in.Expression)
	return nil, output{Result: v}, err
}

func main() {
	addr := flag.String("http", "", "address to serve Streamable HTTP on")
	flag.Parse()

	s := mcp.NewServer(&mcp.Implementation{Name: "calculator", Version: "1.0.0"}, nil)
	mcp.AddTool(s, &mcp.Tool{Name: "calculate", Description: "Evaluates an arithmetic expression."}, calculate)

	if *addr == "" {
		if err := s.Run(context.Background(), &mcp.StdioTransport{}); err != nil {
			log.Fatal(err)
		}
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/mcp", mcp.NewStreamableHTTPHandler(
		func(*http.Request) *mcp.Server { return s },
		&mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true}))
	log.Fatal(http.ListenAndServe(*addr, mux))
}
