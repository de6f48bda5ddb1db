package lexer_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/database/internal/lexer"
)

// letters name the kinds in the tests.
var letters = map[lexer.Kind]string{
	lexer.Ident: "i", lexer.Quoted: "q", lexer.Unicode: "u", lexer.String: "s", lexer.Number: "n", lexer.Param: "p", lexer.Operator: "o",
	lexer.Typecast: "::", lexer.Assign: ":=", lexer.DotDot: "..", lexer.Dot: ".", lexer.Comma: ",", lexer.Semicolon: ";", lexer.Colon: ":",
	lexer.LeftParen: "(", lexer.RightParen: ")", lexer.LeftBracket: "[", lexer.RightBracket: "]", lexer.Other: "?",
}

// tokens returns the tokens of src, each with its kind before a space.
func tokens(src string) ([]string, error) {
	var all []string
	for l := lexer.New(src); ; {
		t, err := l.Next()
		if err != nil {
			return all, err
		}
		if t.Kind == lexer.EOF {
			return all, nil
		}
		all = append(all, letters[t.Kind]+" "+src[t.Start:t.End])
	}
}

func TestTokens(t *testing.T) {
	for src, want := range map[string]string{
		"":                                "",
		"select 1":                        "i select|n 1",
		"a\t\n\r\f\vb":                    "i a|i b",
		"a\u00a0b":                        "i a\u00a0b",
		"a$1 _b é名 a$b$c":                 "i a$1|i _b|i é名|i a$b$c",
		"'it''s'''":                       "s 'it''s'''",
		`'\' || 'a'`:                      `s '\'|o |||s 'a'`,
		`E'\'' e'\\' E'a\` + "\n" + `b'`:  `s E'\''|s e'\\'|s E'a\` + "\n" + `b'`,
		"'a'\n'b' 'c'":                    "s 'a'\n'b'|s 'c'",
		"'a' -- x\n -- y\r\n 'b'":         "s 'a' -- x\n -- y\r\n 'b'",
		"'a' /* x */\n 'b'":               "s 'a'|s 'b'",
		"E'a'\n'b\\'c'":                   "s E'a'\n'b\\'c'",
		"b'01' X'1f''2' N'a' n":           "s b'01'|s X'1f'|s '2'|i N|s 'a'|i n",
		"U&'a' u&'' u&\"b\" u &b U&b":     "s U&'a'|s u&''|u u&\"b\"|i u|o &|i b|i U|o &|i b",
		"ee'a' e":                         "i ee|s 'a'|i e",
		"$$a'$$ $t$ $$ $u$ $t$ $1 $":      "s $$a'$$|s $t$ $$ $u$ $t$|p $1|? $",
		"$a$x$b$a$ $é1$ $é1$ a$$b":        "s $a$x$b$a$|s $é1$ $é1$|i a$$b",
		`"a""b" "A;(" "x"`:                `q "a""b"|q "A;("|q "x"`,
		"1 1.5 .5 1. 1e5 1.e-5 1.5E+3":    "n 1|n 1.5|n .5|n 1.|n 1e5|n 1.e-5|n 1.5E+3",
		"0x1F 0o17 0B01 1_000 0x_f 0_1":   "n 0x1F|n 0o17|n 0B01|n 1_000|n 0x_f|n 0_1",
		"1..10 1.5.6 1...5 a.b..c":        "n 1|.. ..|n 10|n 1.5|n .6|n 1|.. ..|n .5|i a|. .|i b|.. ..|i c",
		"a::b a:=b a=>b a:b c::d[1:2]":    "i a|:: ::|i b|i a|:= :=|i b|i a|:= =>|i b|i a|: :|i b|i c|:: ::|i d|[ [|n 1|: :|n 2|] ]",
		"2*-1 a@-1 +- ->> <=-1 !=- =>-1":  "n 2|o *|o -|n 1|i a|o @-|n 1|o +|o -|o ->>|o <=|o -|n 1|o !=-|:= =>|o -|n 1",
		"a-- x\rb":                        "i a|i b",
		"1+/* x */2 a*/**/b @/*--*/c":     "n 1|o +|n 2|i a|o *|i b|o @|i c",
		"/* a /* b */ ; */ c /***/ /*/*/": "i c",
		"(a,b);[c]":                       "( (|i a|, ,|i b|) )|; ;|[ [|i c|] ]",
		`\ { } 名`:                         `? \|? {|? }|i 名`,
	} {
		got, err := tokens(src)
		if strings.HasSuffix(src, "/*/*/") {
			if err == nil {
				t.Errorf("%q: no error", src)
			}
		} else if err != nil {
			t.Errorf("%q: %v", src, err)
		}
		if diff := cmp.Diff(want, strings.Join(got, "|")); diff != "" {
			t.Errorf("%q: %s", src, diff)
		}
	}
}

func TestErrorsSayWhere(t *testing.T) {
	for src, want := range map[string]int{
		"a 'b":                  2,
		"a 'b''":                2,
		`a E'b\'`:               3,
		"'a'\n'b":               0,
		"a $$b":                 2,
		"$a$ $b$ $A$":           0,
		"a /* b /* c */":        2,
		"/*/":                   0,
		`a "b`:                  2,
		`a ""`:                  2,
		`U&"a`:                  2,
		"a 1b":                  2,
		"0x":                    0,
		"0b12_":                 0,
		"1_":                    0,
		"1__0":                  0,
		"1e":                    0,
		"1.5e+":                 0,
		"1.e":                   0,
		"$1a":                   0,
		strings.Repeat("@", 64): 0,
	} {
		_, err := tokens(src)
		var e *lexer.Error
		if !errors.As(err, &e) || e.Offset != want || e.Error() == "" {
			t.Errorf("%q: %#v, want an error at %d", src, err, want)
		}
	}
}

func TestName(t *testing.T) {
	for text, want := range map[string]string{
		"abc":                               "abc",
		"aBC_É":                             "abc_É",
		`"aBC"`:                             "aBC",
		`"a""b"`:                            `a"b`,
		`""""`:                              `"`,
		strings.Repeat("A", 70):             strings.Repeat("a", 63),
		`"` + strings.Repeat("é", 32) + `"`: strings.Repeat("é", 31),
		strings.Repeat("a", 61) + "名":       strings.Repeat("a", 61),
		strings.Repeat("a", 60) + "名":       strings.Repeat("a", 60) + "名",
	} {
		if got := lexer.Name(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestOthers(t *testing.T) {
	long := strings.Repeat("é", 70)
	for text, want := range map[string]struct {
		has  string
		many bool
	}{
		"pg_termİnate_backend":  {"pg_terminate_backend", true},
		"PG_AUTHİD":             {"pg_authid", true},
		"É":                     {"é", true},
		`"` + long + `"`:        {strings.Repeat("é", 63), true},
		"x" + long:              {"x" + strings.Repeat("é", 14), true},
		`"É"`:                   {"É", true},
		`"é""1"`:                {`é"1`, true},
		"pg_authid":             {},
		strings.Repeat("a", 70): {},
	} {
		others := lexer.Others(text)
		if want.many != slices.Contains(others, want.has) || len(others) > 0 != want.many || len(others) > 128 {
			t.Errorf("%q may be %q, want %q", text, others, want.has)
		}
	}
	if others := lexer.Others(`"É"`); slices.Contains(others, "é") {
		t.Errorf("a name in quotes may be %q", others)
	}
}

func TestNextAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() {
		for l := lexer.New(`select "a", 'b', $$c$$, 1.5 from d -- e`); ; {
			if tok, err := l.Next(); err != nil || tok.Kind == lexer.EOF {
				return
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzLexer(f *testing.F) {
	for _, s := range []string{"select 1", "E'\\'' 'a'\n'b'", "$a$ $$ $a$", "/* /* */ */ -- \r;", `"a""b" U&"c"`, "1..2 0x_f 1.5e-3", "a@-1<=-+*/**/", "$1 a$b :: := =>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		end := 0
		for l := lexer.New(src); ; {
			tok, err := l.Next()
			if err != nil {
				var e *lexer.Error
				if !errors.As(err, &e) || e.Offset < end || e.Offset >= len(src) {
					t.Fatalf("the error %#v behind %d", err, end)
				}
				return
			}
			if tok.Start < end || tok.End > len(src) || tok.Start >= tok.End != (tok.Kind == lexer.EOF) {
				t.Fatalf("the token %+v behind %d", tok, end)
			}
			if tok.Kind == lexer.EOF {
				return
			}
			// A token read alone is that token again.
			if tok.Kind != lexer.String {
				alone := lexer.New(src[tok.Start:tok.End])
				if again, err := alone.Next(); err != nil || again.Kind != tok.Kind || again.End != tok.End-tok.Start {
					t.Fatalf("%q alone is %+v, %v", src[tok.Start:tok.End], again, err)
				}
			}
			if tok.Kind == lexer.Ident || tok.Kind == lexer.Quoted {
				if name := lexer.Name(src[tok.Start:tok.End]); len(name) > 63 {
					t.Fatal(fmt.Sprint("the name has ", len(name), " bytes"))
				}
			}
			end = tok.End
		}
	})
}
