package calculator_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/services/calculator"
)

// The budget suffices to see that the inverse is too long, and not for the
// inverse.
func TestLongInverseIsForeseen(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	rows := make([][]int, 200)
	for i := range rows {
		for range rows {
			rows[i] = append(rows[i], rng.IntN(19)-9)
		}
	}
	arguments, err := json.Marshal(map[string]any{"operation": "inverse", "a": rows})
	if err != nil {
		t.Fatal(err)
	}
	s := connect(t, calculator.Config{Work: 150_000_000})
	res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "matrix", Arguments: json.RawMessage(arguments)})
	if err != nil {
		t.Fatal(err)
	}
	const want = "the numbers of the result have more than 262144 characters"
	if text := res.Content[0].(*mcp.TextContent).Text; !res.IsError || !strings.Contains(text, want) {
		t.Errorf("got %.300s; want %q", text, want)
	}
}
