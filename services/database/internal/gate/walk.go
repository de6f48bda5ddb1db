package gate

import (
	"strings"

	"github.com/mcpfleet/mcpfleet/services/database/internal/lexer"
)

// frame is what is between two parentheses, or the statement.
type frame struct {
	with bool // the names of a WITH are being defined
	text bool // of SUBSTRING or OVERLAY, where FOR is not about locking
}

// shape is what a walk found at the top level.
type shape struct {
	verb      int // the token of INSERT, UPDATE, DELETE or MERGE; -1: none
	where     bool
	returning bool
}

// walker goes over the tokens once.
type walker struct {
	*checker
	frames [maxNesting + 1]frame
	depth  int
	root   int // of the names with dots between them: the first token
	shape  shape
}

// walk checks the tokens from i on.
func (c *checker) walk(i int) (shape, error) {
	w := walker{checker: c, shape: shape{verb: -1}}
	w.frames[0].with = c.tokens[i].word == wWith
	if c.tokens[i].word.changes() {
		w.shape.verb = i
	}
	for ; i < len(c.tokens); i++ {
		if err := w.step(i); err != nil {
			return shape{}, err
		}
	}
	return w.shape, nil
}

func (w *walker) step(i int) error {
	t := w.tokens[i]
	if w.before(i).kind != lexer.Dot && t.kind != lexer.Dot {
		w.root = i
	}
	switch t.kind {
	case lexer.LeftParen:
		return w.open(i)
	case lexer.RightParen:
		w.depth--
	case lexer.Ident:
		if t.word != none {
			if err := w.keyword(i, t.word); err != nil || !t.word.callable() {
				return err
			}
		}
		return w.name(i)
	case lexer.Quoted:
		return w.name(i)
	}
	return nil
}

// open enters a parenthesis.
func (w *walker) open(i int) error {
	f, prev, next := &w.frames[w.depth], w.before(i), w.after(i)
	definition := prev.word == wAs || prev.word == wMaterialized && (w.before(i-1).word == wAs || w.before(i-1).word == wNot)
	if definition && w.modifies(i+1) {
		return w.modifying(i + 1)
	}
	if f.with && !definition && !w.defined(i-1) {
		f.with = false
	}
	w.depth++
	w.frames[w.depth] = frame{with: next.word == wWith, text: prev.word == wSubstring || prev.word == wOverlay}
	return nil
}

// modifies reports whether a statement that changes rows begins at token i, and
// not a column of that name.
func (w *walker) modifies(i int) bool {
	next := w.after(i)
	switch w.tokens[i].word {
	case wInsert, wMerge:
		return next.word == wInto
	case wDelete:
		return next.kind == lexer.Ident && strings.EqualFold(w.text(i+1), "from")
	case wUpdate:
		behind := w.after(i + 1)
		return next.word == wOnly || (next.kind == lexer.Ident || next.kind == lexer.Quoted) &&
			behind.kind != lexer.Comma && behind.kind != lexer.RightParen
	}
	return false
}

func (w *walker) modifying(i int) error {
	return w.refuse(RuleModifying, i, "%s inside a query changes rows: leave it out", w.named(i))
}

// defined reports whether token i is the name that a WITH defines.
func (w *walker) defined(i int) bool {
	if i < 1 || w.tokens[i].kind != lexer.Ident && w.tokens[i].kind != lexer.Quoted {
		return false
	}
	prev := w.tokens[i-1]
	return prev.word == wWith || prev.word == wRecursive || prev.kind == lexer.Comma
}

// keyword checks the rules that a keyword begins.
func (w *walker) keyword(i int, word word) error {
	f := &w.frames[w.depth]
	if f.with && !w.defined(i) {
		switch {
		case word == wSelect, word == wValues, word == wTable:
			f.with = false
		case word.changes() && w.modifies(i):
			if !w.write || w.depth > 0 || w.before(i).kind != lexer.RightParen {
				return w.modifying(i)
			}
			f.with, w.shape.verb = false, i
		}
	}
	switch word {
	case wInto:
		if !w.write || w.before(i).word != wInsert && w.before(i).word != wMerge {
			return w.refuse(RuleInto, i, "INTO makes a table: leave it out")
		}
	case wFor:
		if !w.write && !f.text && w.locks(i) {
			return w.refuse(RuleLocking, i, "FOR %s locks rows: leave it out", w.named(i+1))
		}
	case wTreat:
		// TREAT(x AS f) calls the function f.
		if w.after(i).kind == lexer.LeftParen {
			return w.refuse(RuleTreat, i, "TREAT is not allowed: write CAST(… AS type)")
		}
	case wWhere:
		w.shape.where = w.shape.where || w.depth == 0 && w.shape.verb >= 0
	case wReturning:
		w.shape.returning = w.shape.returning || w.depth == 0 && w.shape.verb >= 0
	}
	return nil
}

// locks reports whether the FOR at token i begins a locking clause.
func (w *walker) locks(i int) bool {
	switch w.after(i).word {
	case wUpdate, wShare, wKey, wNo:
		return true
	}
	return false
}
