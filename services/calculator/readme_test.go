package calculator_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/services/calculator"
)

// The examples of the README give what it says, and what it says is refused is
// refused.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	s := connect(t, calculator.Config{})
	ask := func(tool string, arguments any) (answer string, failed bool) {
		t.Helper()
		res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: arguments})
		if err != nil {
			t.Fatalf("%s %s: %v", tool, arguments, err)
		}
		return res.Content[0].(*mcp.TextContent).Text, res.IsError
	}
	var computed, refused, tools int
	for _, row := range rows(string(data), "What it computes") {
		if len(row) == 2 {
			computed++
			answer, _ := ask("calculate", map[string]string{"expression": row[0]})
			var got struct{ Result string }
			if err := json.Unmarshal([]byte(answer), &got); err != nil || got.Result != row[1] {
				t.Errorf("%s: %s, want %s", row[0], answer, row[1])
			}
			continue
		}
		tools++
		if answer, _ := ask(row[0], json.RawMessage(row[1])); !strings.Contains(answer, row[2]) {
			t.Errorf("%s %s: %s lacks %s", row[0], row[1], answer, row[2])
		}
	}
	for _, row := range rows(string(data), "What it refuses") {
		for _, expression := range row {
			refused++
			if answer, failed := ask("calculate", map[string]string{"expression": expression}); !failed {
				t.Errorf("%s: %s", expression, answer)
			}
		}
	}
	if computed < 10 || tools != 9 || refused < 10 {
		t.Errorf("%d expressions, %d tools and %d refusals were found", computed, tools, refused)
	}
}

var quoted = regexp.MustCompile("`([^`]+)`")

// rows returns what is in backquotes in each row of the tables of a section.
func rows(text, section string) (list [][]string) {
	_, text, _ = strings.Cut(text, "\n## "+section+"\n")
	text, _, _ = strings.Cut(text, "\n## ")
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		var row []string
		for _, m := range quoted.FindAllStringSubmatch(line, -1) {
			row = append(row, m[1])
		}
		list = append(list, row)
	}
	return list
}
