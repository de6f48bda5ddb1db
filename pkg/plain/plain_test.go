package plain_test

import (
	"testing"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"a\r\nb\tc":          "a\nb\tc",
		"\x1b[31mred\x07":    "�[31mred�",
		"a\u202eb\u2066c":    "a�b�c",
		"\xff\xfe broken":    "� broken",
		"family 👩‍👩‍👧 stays": "family 👩‍👩‍👧 stays",
	} {
		if got := plain.Text(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	if got, left := plain.Clip("aéb", 2); got != "a" || left != 3 {
		t.Errorf("%q, %d", got, left)
	}
	if got, left := plain.Clip("aé", 3); got != "aé" || left != 0 {
		t.Errorf("%q, %d", got, left)
	}
	if got, left := plain.Clip("a", -1); got != "" || left != 1 {
		t.Errorf("%q, %d", got, left)
	}
	if got := plain.Words(" a\n b  c ", 4); got != "a b …" {
		t.Errorf("%q", got)
	}
	if got := plain.Shorten("a\nb", 3); got != "a\nb" {
		t.Errorf("%q", got)
	}
}
