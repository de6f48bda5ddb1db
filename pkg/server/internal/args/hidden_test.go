package args

import (
	"encoding/json"
	"strings"
	"testing"
)

type withHidden struct {
	Query   string `json:"query"`
	Seconds int    `json:"timeout_seconds,omitempty" min:"1" max:"300" hidden:"true"`
	Explain bool   `json:"explain" default:"false" hidden:"true"`
}

func TestHidden(t *testing.T) {
	s := mustFor[withHidden](t, Input)
	if got, want := string(s.JSON()), `{"type":"object","properties":{"query":{"type":"string"}},"required":["query"]}`; got != want {
		t.Errorf("the schema is %s, want %s", got, want)
	}
	if got := s.Properties(); len(got) != 1 || got[0].Name != "query" {
		t.Errorf("the properties are %v", got)
	}
	var v withHidden
	if err := s.Decode(json.RawMessage(`{"query":"q","timeout_seconds":5,"explain":true}`), &v); err != nil || v != (withHidden{"q", 5, true}) {
		t.Errorf("the arguments are %+v, %v", v, err)
	}
	for raw, want := range map[string]string{
		`{"query":"q","timeout_seconds":0}`: "timeout_seconds must be between 1 and 300, got 0",
		`{"query":"q","explian":true}`:      `unknown argument "explian"; did you mean "explain"?`,
		`{"query":"q","zzz":true}`:          `unknown argument "zzz"; known arguments: "query", "timeout_seconds", "explain"`,
	} {
		if err := s.Decode(json.RawMessage(raw), &v); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", raw, err, want)
		}
	}
	type nested struct {
		Inner []withHidden `json:"inner,omitempty" alias:"older"`
	}
	if got, want := string(mustFor[nested](t, Input).JSON()), `{"type":"object","properties":{"inner":{"type":"array","items":{"type":"object",`+
		`"properties":{"query":{"type":"string"}},"required":["query"]}}},"additionalProperties":false}`; got != want {
		t.Errorf("the schema is %s, want %s", got, want)
	}
	for _, tag := range []string{`json:"f" hidden:"true"`, `json:"f,omitempty" hidden:"yes"`, `json:"f,omitempty" hiden:"true"`} {
		if _, err := For(structOf(0, tag), Input); err == nil {
			t.Errorf("%s is accepted", tag)
		}
	}
}

// What a result seldom has is sent all the same.
func TestHiddenOfResult(t *testing.T) {
	type page struct {
		Items  []string `json:"items"`
		Reason string   `json:"partial_reason,omitempty" hidden:"true"`
	}
	s := mustFor[page](t, Output)
	if got, want := string(s.JSON()), `{"type":"object","properties":{"items":{"type":"array","items":{"type":"string"}}},"required":["items"]}`; got != want {
		t.Errorf("the schema is %s, want %s", got, want)
	}
	sent, err := s.Encode(page{[]string{}, "timeout"})
	if want := `{"items":[],"partial_reason":"timeout"}`; err != nil || string(sent) != want {
		t.Errorf("sent is %s, %v, want %s", sent, err, want)
	}
	if _, err := For(structOf(0, `json:"f" hidden:"true"`), Output); err == nil {
		t.Error("a part that is always there is hidden")
	}
}

func TestQuiet(t *testing.T) {
	type input struct {
		Limit int      `json:"limit" min:"1" max:"100" default:"30" quiet:"true"`
		Sort  string   `json:"sort,omitempty" enum:"a,b" quiet:"true"`
		Names []string `json:"names,omitempty" maxItems:"2" maxLength:"3" quiet:"true"`
	}
	s := mustFor[input](t, Input)
	if got, want := string(s.JSON()), `{"type":"object","properties":{"limit":{"type":"integer"},"sort":{"type":"string","enum":["a","b"]},`+
		`"names":{"type":"array","items":{"type":"string"}}},"additionalProperties":false}`; got != want {
		t.Errorf("the schema is %s, want %s", got, want)
	}
	var v input
	if err := s.Decode(json.RawMessage(`{}`), &v); err != nil || v.Limit != 30 {
		t.Errorf("the arguments are %+v, %v", v, err)
	}
	for raw, want := range map[string]string{
		`{"limit":101}`:           "limit must be between 1 and 100, got 101",
		`{"sort":"c"}`:            `sort must be one of "a", "b", got "c"`,
		`{"names":["a","b","c"]}`: "names must have at most 2 items, got 3",
		`{"names":["abcd"]}`:      "names[0] must have at most 3 characters, got 4",
	} {
		if err := s.Decode(json.RawMessage(raw), &v); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", raw, err, want)
		}
	}
	if _, err := For(structOf(0, `json:"f,omitempty" min:"1" quiet:"yes"`), Input); err == nil {
		t.Error(`quiet:"yes" is accepted`)
	}
}

// table is JSON that was made by hand.
type table string

var _ Appender = table("")

func (x table) AppendJSON(dst []byte) []byte { return append(dst, x...) }
func (x table) MarshalJSON() ([]byte, error) { return []byte(x), nil }
func (table) JSONSchema(bool) json.RawMessage {
	return json.RawMessage(`{"type":"array","items":{"type":"array"}}`)
}

func TestAppender(t *testing.T) {
	type output struct {
		Rows table  `json:"rows,omitempty" jsonschema:"of a result"`
		None *table `json:"none"`
	}
	s := mustFor[output](t, Output)
	if !strings.Contains(string(s.JSON()), `"rows":{"type":"array","items":{"type":"array"},"description":"of a result"}`) {
		t.Errorf("the schema is %s", s.JSON())
	}
	// The white space shows that nothing has read it again.
	for v, want := range map[output]string{{Rows: "[[1, 2]]"}: `{"rows":[[1, 2]],"none":null}`, {}: `{"none":null}`} {
		if got, err := s.Encode(v); err != nil || string(got) != want {
			t.Errorf("%+v is %s, %v, want %s", v, got, err, want)
		}
	}
}
