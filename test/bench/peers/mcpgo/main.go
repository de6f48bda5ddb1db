// Command mcpgo is the plainest calculator on mark3labs/mcp-go: a typed tool,
// every option at its default except stateless. Argument validation is off by
// default in this library and stays off. With -http it serves Streamable HTTP
// on that address, without it stdio.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/mcpfleet/mcpfleet/test/bench/peers/internal/arith"
)

type input struct {
	Expression string `json:"expression" jsonschema:"arithmetic expression, for example 2+3*4"`
}

type output struct {
	Result float64 `json:"result"`
}

func calculate(_ context.Context, _ mcp.CallToolRequest, in input) (output, error) {
	v, err := arith.Eval(in.Expression)
	return output{Result: v}, err
}

func main() {
	addr := flag.String("http", "", "address to serve Streamable HTTP on")
	flag.Parse()

	s := server.NewMCPServer("calculator", "1.0.0", server.WithToolCapabilities(false))
	s.AddTool(mcp.NewTool("calculate",
		mcp.WithDescription("Evaluates an arithmetic expression."),
		mcp.WithInputSchema[input](),
		mcp.WithOutputSchema[output](),
	), mcp.NewStructuredToolHandler(calculate))

	if *addr == "" {
		if err := server.ServeStdio(s); err != nil {
			log.Fatal(err)
		}
		return
	}
	log.Fatal(server.NewStreamableHTTPServer(s, server.WithStateLess(true)).Start(*addr))
}
