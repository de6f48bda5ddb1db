package nearest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNames(t *testing.T) {
	known := []string{"calculate", "convert_units", "read_file", "read_files", "write_file", "MCP_HTTP_ADDR"}
	tests := []struct {
		name string
		want []string
	}{
		{"calculate", []string{"calculate"}},
		{"claculate", []string{"calculate"}},
		{"read_flie", []string{"read_file", "read_files"}},
		{"raed_files", []string{"read_files", "read_file"}},
		{"mcp_http_adr", []string{"MCP_HTTP_ADDR"}},
		{"weather", nil},
		{"", nil},
		{strings.Repeat("x", 10_000), nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, Names(tt.name, known)); diff != "" {
			t.Errorf("Names(%.20q): %s", tt.name, diff)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "abc", 3}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"ABC", "abc", 0}} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
