package gate

import (
	"slices"

	"github.com/mcpfleet/mcpfleet/services/database/internal/lexer"
)

// name checks a name, and what else the server may take it for.
func (w *walker) name(i int) error {
	if err := w.taken(i, lexer.Name(w.text(i))); err != nil {
		return err
	}
	for _, other := range lexer.Others(w.text(i)) {
		if err := w.taken(i, other); err != nil {
			return err
		}
	}
	return nil
}

// taken checks token i taken for name: as a relation, and as a function if it may
// be one.
func (w *walker) taken(i int, name string) error {
	dotted := w.before(i).kind == lexer.Dot
	schema := ""
	if dotted && i >= 2 && (w.tokens[i-2].kind == lexer.Ident || w.tokens[i-2].kind == lexer.Quoted) {
		schema = system(w.text(i-2), systemSchema)
	}
	if hiddenRelation(name) && (!dotted || systemSchema(schema)) {
		return w.refuse(RuleRelation, i, "%s holds what is not for queries, such as passwords or others' data", name)
	}
	if w.after(i).kind != lexer.LeftParen {
		if dotted {
			return w.field(i, name)
		}
		return nil
	}
	if w.exempt(i, dotted) {
		return nil
	}
	if name == "current_setting" && w.literal(i+2) {
		if setting := lexer.Fold(w.sql[w.tokens[i+2].start+1 : w.tokens[i+2].end-1]); hiddenSetting(setting) {
			return w.hidden(i+2, setting)
		}
	}
	return w.call(i, name, schema)
}

func systemSchema(name string) bool {
	return name == "pg_catalog" || name == "information_schema"
}

// system returns the name at a token, or another that the server may take it for
// if the system has it.
func system(text string, has func(name string) bool) string {
	others := lexer.Others(text)
	if i := slices.IndexFunc(others, has); i >= 0 {
		return others[i]
	}
	return lexer.Name(text)
}

// literal reports whether token i is a string in single quotes.
func (w *walker) literal(i int) bool {
	return i < len(w.tokens) && w.tokens[i].kind == lexer.String && w.text(i)[0] == '\''
}

// exempt reports whether the name at token i, with a parenthesis behind it, is
// that of a type or an alias (behind AS), of the table of an INSERT, of a
// sampling method, or one that a WITH defines.
func (w *walker) exempt(i int, dotted bool) bool {
	switch w.before(w.root).word {
	case wAs, wTablesample:
		return true
	case wInto:
		return w.write
	}
	return !dotted && w.frames[w.depth].with && w.defined(i)
}

// call checks the functions that a call of name may mean: those of the schema
// that it names, if that has any, without one those on the search path, else all.
func (w *walker) call(i int, name, schema string) error {
	functions, ok := w.overloads(name)
	if !ok {
		return w.forbidden(i, name, "is not known")
	}
	qualified := schema != "" && slices.ContainsFunc(functions, func(f Function) bool { return f.Schema == schema })
	bare := w.before(i).kind != lexer.Dot
	for j := range functions {
		f := &functions[j]
		if qualified && f.Schema != schema || bare && f.Hidden {
			continue
		}
		if why := w.policy.refused(f, w.write); why != "" {
			return w.forbidden(i, name, why)
		}
	}
	// A function that was made after the catalog was read.
	if why := dangerous(name); len(functions) == 0 && why != "" && !slices.Contains(w.policy.AllowFunctions, name) {
		return w.forbidden(i, name, why)
	}
	return nil
}

// field checks the name behind a dot: (x).f calls f(x), whatever type x is of,
// and t.f calls f(t) of the whole row of t.
func (w *walker) field(i int, name string) error {
	whatever := false
	switch w.tokens[w.root].kind {
	case lexer.RightParen, lexer.RightBracket, lexer.Param:
		whatever = true
	}
	functions, _ := w.overloads(name)
	for j := range functions {
		f := &functions[j]
		if !whatever && !f.RowType && !f.System && f.Extension == "" {
			continue
		}
		if why := w.policy.refused(f, w.write); why != "" {
			return w.forbidden(i, name, why)
		}
	}
	return nil
}

func (w *walker) forbidden(i int, name, why string) error {
	return w.refuse(RuleFunction, i, "the function %q may not be called: it %s", name, why)
}

func (w *walker) overloads(name string) ([]Function, bool) {
	if w.functions == nil {
		return nil, false
	}
	return w.functions.Named(name), true
}
