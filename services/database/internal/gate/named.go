package gate

import (
	"fmt"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/database/internal/lexer"
)

// Named returns the names and the operators in a statement that passed, each as
// PostgreSQL takes it, or may take it: what the statement is about is among them.
func Named(sql string) (names, operators []string) {
	for l := lexer.New(sql); ; {
		t, err := l.Next()
		if err != nil || t.Kind == lexer.EOF {
			return names, operators
		}
		switch text := sql[t.Start:t.End]; t.Kind {
		case lexer.Ident, lexer.Quoted:
			names = append(append(names, lexer.Name(text)), lexer.Others(text)...)
		case lexer.Operator:
			operators = append(operators, text)
		}
	}
}

// Refused says why a statement that reads may not call f, "" if it may.
func (p Policy) Refused(f Function) string { return p.refused(&f, false) }

// Plain returns a statement that passed for a person to read in one line, with
// nothing in it that hides the rest: no comments, of which the end would not be
// seen, and of literals and names longer than most bytes only both ends.
func Plain(sql string, most int) string {
	var b strings.Builder
	end := 0
	for l := lexer.New(sql); ; {
		t, err := l.Next()
		if err != nil || t.Kind == lexer.EOF {
			return b.String()
		}
		if t.Start > end && b.Len() > 0 {
			b.WriteByte(' ')
		}
		end = t.End
		text := sql[t.Start:t.End]
		if len(text) > most {
			half := most / 2
			text = fmt.Sprintf("%s…(%d bytes)…%s", strings.ToValidUTF8(text[:half], ""), len(text)-2*half, strings.ToValidUTF8(text[len(text)-half:], ""))
		}
		b.WriteString(text)
	}
}
