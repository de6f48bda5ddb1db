package database

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

func TestRecordKey(t *testing.T) {
	for _, tt := range []struct {
		id   string
		key  string
		want string // "" for an error
	}{
		{`7`, "id", "7"},
		{`"7"`, "id", "7"},
		{`9007199254740993`, "id", "9007199254740993"},
		{`-9223372036854775808`, "id", "-9223372036854775808"},
		{`"it's \"q\""`, "id", `it's "q"`},
		{`"[1]"`, "id", "[1]"},
		{`[7]`, "id", "7"},
		{`true`, "id", "true"},
		{`[ 17 , "x y" ]`, "a b", "17|x y"},
		{`""`, "id", " "},
		{`null`, "id", ""},
		{`[]`, "id", ""},
		{`{}`, "id", ""},
		{`[1,2]`, "id", ""},
		{`1`, "a b", ""},
		{`[1]`, "a b", ""},
		{`[1,null]`, "a b", ""},
		{`[1,[2]]`, "a b", ""},
		{`[1,{"a":2}]`, "a b", ""},
	} {
		args, err := recordKey(json.RawMessage(tt.id), strings.Fields(tt.key))
		got := string(slices.Concat(args...))
		if tt.want == "" {
			var shownErr *toolerr.Error
			if !errors.As(err, &shownErr) || shownErr.Code != toolerr.InvalidInput {
				t.Errorf("%s: %q, %v", tt.id, got, err)
			}
		} else if got != strings.ReplaceAll(strings.TrimSpace(tt.want), "|", "") || err != nil {
			t.Errorf("%s: %q, %v", tt.id, got, err)
		}
	}
}

func FuzzRecordKey(f *testing.F) {
	for _, s := range []string{`7`, `"a"`, `[1,"b"]`, `[1,[2]]`, `null`, `[]`, `1e400`, `"\ud800"`, `0.0`, `[1.0,2e3]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, id string) {
		if !json.Valid([]byte(id)) {
			return // the runtime refuses it
		}
		for _, key := range [][]string{{"a"}, {"a", "b"}} {
			args, err := recordKey(json.RawMessage(strings.TrimSpace(id)), key)
			if err != nil {
				continue
			}
			if len(args) != len(key) || slices.ContainsFunc(args, func(a []byte) bool { return a == nil }) {
				t.Errorf("%s: %q", id, args)
			}
		}
	})
}

func TestWhatBecameOfAChange(t *testing.T) {
	c := &change{}
	for _, tt := range []struct {
		err  error
		want []string
	}{
		{&postgres.Error{Kind: postgres.Unknown, Message: "broken"}, []string{"INTERNAL_ERROR", "whether it was is not known", `"committed":"unknown"`}},
		{&postgres.Error{Kind: postgres.Conflict, Message: "duplicate key"}, []string{"CONFLICT", "duplicate key", `"committed":false`}},
		{&postgres.Error{Kind: postgres.Locked, Message: "deadlock"}, []string{"CONFLICT", "deadlock", `"committed":false`}},
		{toolerr.New(toolerr.Conflict, "18 rows"), []string{"CONFLICT", "18 rows"}},
	} {
		got := string(toolerr.Payload(c.failed(tt.err), ""))
		for _, w := range tt.want {
			if !strings.Contains(got, w) {
				t.Errorf("%v is shown as %s", tt.err, got)
			}
		}
	}
	if err := errors.New("a bug"); c.failed(err) != err || c.failed(nil) != nil {
		t.Error("what is not for callers was changed")
	}
}

func TestAffectedBy(t *testing.T) {
	for tag, want := range map[string]int64{"UPDATE 17": 17, "INSERT 0 5": 5, "MERGE 0": 0, "SELECT": 0, "": 0} {
		if n := affectedBy(tag); n != want {
			t.Errorf("%q: %d", tag, n)
		}
	}
}

func FuzzOneLine(f *testing.F) {
	for _, s := range []string{"", "a\nb", "\x1b[2J", "a\u2028b", "a\u202eb", strings.Repeat("é", 100), "\xff\xfe", " x "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, got := range []string{oneLine(s, 50), middle(s, 50)} {
			if strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%q becomes %q", s, got)
			}
			if len(got) > 50+40 || utf8.ValidString(s) && !utf8.ValidString(got) {
				t.Errorf("%q becomes %q", s, got)
			}
		}
	})
}
