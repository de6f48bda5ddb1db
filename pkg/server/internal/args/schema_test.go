package args

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type state string

type paging struct {
	Limit  int    `json:"limit" jsonschema:"how many" min:"1" max:"20" default:"5" alias:"max_results,count"`
	Cursor string `json:"cursor,omitempty"`
}

type edit struct {
	Old string `json:"old_text" minLength:"1"`
	New string `json:"new_text" default:""`
	All bool   `json:"all" default:"true"`
}

type options struct {
	Depth int     `json:"depth" default:"3"`
	Ratio float64 `json:"ratio,omitempty" min:"0" max:"1.5"`
}

type rich struct {
	Path  string `json:"path" jsonschema:"path with <b> & \"quotes\"" maxLength:"10" pattern:"^[^\\x00]*$"`
	State state  `json:"state,omitempty" enum:"open,closed"`
	paging
	Edits   []edit            `json:"edits,omitempty" maxItems:"3"`
	Tags    []string          `json:"tags" default:"[\"a\", \"b\"]" minItems:"1" enum:"a,b,c"`
	Labels  map[string]int    `json:"labels,omitempty" min:"0" maxItems:"2"`
	Options options           `json:"options,omitzero"`
	Extra   *options          `json:"extra"`
	Number  Int64             `json:"number,omitempty" alias:"pr_number,pull_number"`
	Size    uint8             `json:"size,omitempty"`
	Big     uint64            `json:"big,omitempty"`
	Any     any               `json:"any,omitempty"`
	Raw     json.RawMessage   `json:"raw,omitempty"`
	Exact   json.Number       `json:"exact,omitempty"`
	Since   time.Time         `json:"since,omitzero"`
	Day     string            `json:"day,omitempty" format:"date"`
	Weekday int               `json:"weekday,omitempty" enum:"1,2,3"`
	Hidden  string            `json:"-"`
	Nested  map[string][]edit `json:"nested,omitempty"`
}

func mustFor[T any](t testing.TB, dir Direction) *Schema {
	t.Helper()
	s, err := For(reflect.TypeFor[T](), dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSchemaInput(t *testing.T) {
	const editSchema = `{"type":"object","properties":{` +
		`"old_text":{"type":"string","minLength":1},` +
		`"new_text":{"type":"string","default":""},` +
		`"all":{"type":"boolean","default":true}},` +
		`"required":["old_text"],"additionalProperties":false}`
	const optionsRest = `"properties":{"depth":{"type":"integer","default":3},"ratio":{"type":"number","minimum":0,"maximum":1.5}},"additionalProperties":false}`
	want := `{"type":"object","properties":{` +
		`"path":{"type":"string","description":"path with <b> & \"quotes\"","maxLength":10,"pattern":"^[^\\x00]*$"},` +
		`"state":{"type":"string","enum":["open","closed"]},` +
		`"limit":{"type":"integer","description":"how many","default":5,"minimum":1,"maximum":20},` +
		`"cursor":{"type":"string"},` +
		`"edits":{"type":"array","maxItems":3,"items":` + editSchema + `},` +
		`"tags":{"type":"array","default":["a","b"],"minItems":1,"items":{"type":"string","enum":["a","b","c"]}},` +
		`"labels":{"type":"object","maxProperties":2,"additionalProperties":{"type":"integer","minimum":0}},` +
		`"options":{"type":"object",` + optionsRest + `,` +
		`"extra":{"type":"object",` + optionsRest + `,` +
		`"number":{"type":"string","pattern":"^-?[0-9]+$"},` +
		`"size":{"type":"integer","minimum":0,"maximum":255},` +
		`"big":{"type":"integer","minimum":0},` +
		`"any":{},"raw":{},"exact":{"type":"number"},` +
		`"since":{"type":"string","format":"date-time"},` +
		`"day":{"type":"string","format":"date"},` +
		`"weekday":{"type":"integer","enum":[1,2,3]},` +
		`"nested":{"type":"object","additionalProperties":{"type":"array","items":` + editSchema + `}}},` +
		`"required":["path"],"additionalProperties":false}`
	got := string(mustFor[rich](t, Input).JSON())
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !json.Valid([]byte(got)) {
		t.Error("the schema is not JSON")
	}
	if again := string(mustFor[*rich](t, Input).JSON()); again != got {
		t.Errorf("a pointer to the struct has another schema: %s", again)
	}
}

func TestSchemaOutput(t *testing.T) {
	type inner struct {
		N int `json:"n" min:"1"`
	}
	type Promoted struct {
		P string `json:"p"`
	}
	type out struct {
		ID    Int64             `json:"id" jsonschema:"the number"`
		Names []string          `json:"names"`
		Next  string            `json:"next_cursor,omitempty"`
		State *state            `json:"state" enum:"open,closed"`
		Other *Int64            `json:"other"`
		Count int8              `json:"count" default:"3" alias:"n"`
		Inner inner             `json:"inner"`
		Meta  map[string]string `json:"meta"`
		*Promoted
	}
	want := `{"type":"object","properties":{` +
		`"id":{"type":"string","pattern":"^-?[0-9]+$","description":"the number"},` +
		`"names":{"type":"array","items":{"type":"string"}},` +
		`"next_cursor":{"type":"string"},` +
		`"state":{"type":["string","null"],"enum":["open","closed",null]},` +
		`"other":{"anyOf":[{"type":"string","pattern":"^-?[0-9]+$"},{"type":"null"}]},` +
		`"count":{"type":"integer"},` +
		`"inner":{"type":"object","properties":{"n":{"type":"integer","minimum":1}},"required":["n"]},` +
		`"meta":{"type":"object","additionalProperties":{"type":"string"}},` +
		`"p":{"type":"string"}},` +
		`"required":["id","names","state","other","count","inner","meta"]}`
	if diff := cmp.Diff(want, string(mustFor[out](t, Output).JSON())); diff != "" {
		t.Error(diff)
	}
	const empty = `{"type":"object","properties":{}}`
	if got := string(mustFor[struct{}](t, Output).JSON()); got != empty {
		t.Errorf("got %s, want %s", got, empty)
	}
}

func TestProperties(t *testing.T) {
	type in struct {
		Path  string   `json:"path" jsonschema:"where" example:"a/b"`
		Limit int      `json:"limit" default:"5" alias:"count"`
		Kinds []state  `json:"kinds,omitempty" enum:"open,closed"`
		Mode  state    `json:"mode,omitempty" enum:"open,closed"`
		ID    Int64    `json:"id"`
		Any   any      `json:"any,omitempty"`
		Opt   *options `json:"opt"`
	}
	want := []Property{
		{Name: "path", Type: "string", Description: "where", Required: true, Example: "a/b"},
		{Name: "limit", Type: "integer", Default: "5"},
		{Name: "kinds", Type: "array", Items: "string", Enum: []string{"open", "closed"}},
		{Name: "mode", Type: "string", Enum: []string{"open", "closed"}},
		{Name: "id", Type: "string", Required: true},
		{Name: "any", Type: "any"},
		{Name: "opt", Type: "object"},
	}
	if diff := cmp.Diff(want, mustFor[in](t, Input).Properties()); diff != "" {
		t.Error(diff)
	}
}

func TestTypeByAnyName(t *testing.T) {
	type in struct {
		Path  string `json:"path" alias:"file"`
		Limit int    `json:"limit" default:"5" alias:"count,max"`
		Old   bool   `json:"old,omitempty" hidden:"true"`
	}
	s := mustFor[in](t, Input)
	for name, want := range map[string]string{
		"path": "string", "file": "string", "limit": "integer", "count": "integer", "max": "integer", "old": "boolean", "other": "", "Path": "",
	} {
		if got := s.Type(name); got != want {
			t.Errorf("%s has the type %q, want %q", name, got, want)
		}
	}
}

type node1 struct {
	Children []node1 `json:"children"`
}

type badHook struct{ Int64 }

func (badHook) JSONSchema(bool) json.RawMessage { return json.RawMessage(`"string"`) }

type describedHook struct{ Int64 }

func (describedHook) JSONSchema(bool) json.RawMessage {
	return json.RawMessage(`{"description":"x"}`)
}

func newOf(t reflect.Type) any { return reflect.New(t).Interface() }

type onlyDescribes struct{}

func (onlyDescribes) JSONSchema(bool) json.RawMessage { return nil }

// structOf makes a struct with one field, so that a bad tag is one line here.
func structOf(v any, tag string) reflect.Type {
	return reflect.StructOf([]reflect.StructField{{Name: "F", Type: reflect.TypeOf(v), Tag: reflect.StructTag(tag)}})
}

func TestForRefuses(t *testing.T) {
	type level string
	tests := []struct {
		t    reflect.Type
		want string
	}{
		{nil, "args: <nil> is not a struct"},
		{reflect.TypeFor[int](), "args: int is not a struct"},
		{reflect.TypeFor[**rich](), "args: *args.rich is not a struct"},
		{reflect.TypeFor[time.Time](), "args: time.Time reads or writes its own JSON; a tool needs a plain struct"},
		{reflect.TypeFor[node1](), "args: args.node1.Children: args.node1 contains itself, which is not supported"},
		{structOf(0, `min:"x"`), `min:"x": strconv.ParseInt: parsing "x": invalid syntax`},
		{structOf(int8(0), `max:"128"`), `max:"128": strconv.ParseInt: parsing "128": value out of range`},
		{structOf(0, `min:"5" max:"4"`), "min 5 is above max 4"},
		{structOf(0.5, `min:"NaN"`), `min:"NaN": not a finite number`},
		{structOf("", `min:"1"`), `min:"1": does not apply to string`},
		{structOf(0, `minLength:"1"`), `minLength:"1": does not apply to int`},
		{structOf(0, `pattern:"a"`), `pattern:"a": does not apply to int`},
		{structOf("", `pattern:"("`), "pattern:\"(\": error parsing regexp: missing closing ): `(`"},
		{structOf("", `maxItems:"1"`), `maxItems:"1": does not apply to string`},
		{structOf([]string{}, `maxItems:"-1"`), `maxItems:"-1": strconv.ParseUint: parsing "-1": invalid syntax`},
		{structOf([]string{}, `min:"1"`), `min:"1": does not apply to string`},
		{structOf([]string{}, `minItems:"2" maxItems:"1"`), "the least length 2 is above the greatest 1"},
		{structOf([]string{}, `minLength:"2" maxLength:"1"`), "maxLength:\"1\": the least length 2 is above the greatest 1"},
		{structOf(false, `enum:"true"`), `enum:"true": does not apply to bool`},
		{structOf(1.5, `enum:"1"`), `enum:"1": does not apply to float64`},
		{structOf(1, `enum:"1,b"`), `enum:"1,b": "b" is not a usable value of int`},
		{structOf(level(""), `enum:"a, b"`), `enum:"a, b": " b" is not a usable value of args.level`},
		{structOf("", `enum:"a,,b"`), `enum:"a,,b": "" is not a usable value of string`},
		{structOf("", `enum:"a,a"`), `enum:"a,a": "a" is listed twice`},
		{structOf(Int64(0), `min:"1"`), `min:"1": does not apply to args.Int64`},
		{structOf(0, `default:"x"`), `default:"x": arguments are not valid JSON: 'x' instead of a value at byte 0`},
		{structOf(0, `default:"9" max:"5"`), `default:"9": F must be at most 5, got 9`},
		{structOf("", `default:"c" enum:"a,b"`), `default:"c": F must be one of "a", "b", got "c"`},
		{structOf([]string{}, `default:"a"`), `default:"a": arguments are not valid JSON: 'a' instead of a value at byte 0`},
		{structOf(options{}, `default:"{}"`), "a struct has no default: give its fields defaults"},
		{structOf(0, `json:"f,string"`), "the json option string is not supported: use Int64"},
		{structOf(0, `json:"a b"`), `"a b" is not a usable name`},
		{structOf(0, `json:"f" alias:"a,"`), `"" is not a usable name`},
		{structOf(0, `json:"f" alias:"a,a"`), `the name "a" is given twice`},
		{structOf(0, `json:"f" alias:"f"`), `the name "f" is given twice`},
		{structOf(0, `maxlength:"5"`), `unknown tag "maxlength"; did you mean "maxLength"?`},
		{structOf(0, `minimum:"5"`), `unknown tag "minimum"; did you mean "min"?`},
		{structOf(time.Second, ``), "time.Duration is not supported: use an integer whose name says the unit"},
		{structOf([]byte{}, ``), "[]uint8 is not supported: use a string and say how it is encoded"},
		{structOf([2]int{}, ``), "[2]int is not supported"},
		{structOf(new(*int), ``), "**int: a pointer to a pointer is not supported"},
		{structOf(map[int]string{}, ``), "map[int]string is not supported: the keys of a map are plain strings"},
		{structOf(func() {}, ``), "func() is not supported"},
		{structOf(new(error), ``), "error is not supported: the only interface is any"},
		{structOf(badHook{}, ``), "args.badHook: JSONSchema does not return a JSON object"},
		{structOf(describedHook{}, ``), "args.describedHook: JSONSchema leaves description and default to the tags"},
		{structOf(onlyDescribes{}, ``), "args.onlyDescribes describes its JSON but does not read or write it"},
		{reflect.TypeFor[struct {
			A int `json:"a"`
			B int `json:"b" alias:"a"`
		}](), `.B: the name "a" is already taken by "a"`},
		{reflect.TypeFor[struct {
			paging
			Limit int `json:"limit"`
		}](), `.Limit: the name "limit" is already taken by "limit"`},
		{reflect.TypeFor[struct{ *paging }](), ".paging: a pointer to an unexported struct cannot be embedded"},
		{reflect.TypeFor[struct {
			paging `json:"paging"`
		}](), ".paging: has a JSON name but is not exported"},
		{structOf(0, `min:"5`), `the tag "min" is malformed`},
		{reflect.TypeFor[struct{ state }](), ".state: only plain structs can be embedded without a name"},
	}
	for _, tt := range tests {
		_, err := For(tt.t, Input)
		if err == nil {
			t.Errorf("%v: no error, want %q", tt.t, tt.want)
		} else if got := err.Error(); !strings.HasSuffix(got, tt.want) {
			t.Errorf("%v:\n got %s\nwant %s", tt.t, got, tt.want)
		}
	}
}

func TestForManyFields(t *testing.T) {
	var fields []reflect.StructField
	for i := range maxFields + 1 {
		fields = append(fields, reflect.StructField{Name: "F" + string(rune('A'+i/26)) + string(rune('A'+i%26)), Type: reflect.TypeFor[int]()})
	}
	if _, err := For(reflect.StructOf(fields), Input); err == nil || !strings.HasSuffix(err.Error(), "has 65 arguments, more than 64") {
		t.Errorf("got %v", err)
	}
	if _, err := For(reflect.StructOf(fields), Output); err != nil {
		t.Error(err)
	}
	s, err := For(reflect.StructOf(fields[1:]), Input)
	if err != nil {
		t.Fatal(err)
	}
	v := reflect.New(reflect.StructOf(fields[1:]))
	if e := s.Decode(nil, v.Interface()).(*Error); e.Total != maxFields {
		t.Errorf("%d missing, want %d", e.Total, maxFields)
	}
}
