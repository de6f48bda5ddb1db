//go:build cgo && e2e

package corpus

import (
	"errors"
	"slices"
	"testing"

	pgquery "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/mcpfleet/mcpfleet/services/database/internal/gate"
)

// recorder knows no function and counts what it was asked for.
type recorder map[string]int

func (r recorder) Named(name string) []gate.Function {
	r[name]++
	return nil
}

// parsed is what PostgreSQL's grammar makes of a text.
type parsed struct {
	statements int
	top        string // the kind of the statement, or of what EXPLAIN explains
	explain    bool
	analyze    bool
	into       bool
	locking    bool
	changes    int // statements that change rows, wherever they are
	where      bool
	returning  bool
	calls      []string
}

func parse(text string) (parsed, bool) {
	tree, err := pgquery.Parse(text)
	if err != nil {
		return parsed{}, false
	}
	p := parsed{statements: len(tree.Stmts)}
	if len(tree.Stmts) > 0 {
		node := tree.Stmts[0].Stmt
		if e := node.GetExplainStmt(); e != nil {
			p.explain = true
			for _, o := range e.Options {
				p.analyze = p.analyze || o.GetDefElem().GetDefname() == "analyze"
			}
			node = e.Query
		}
		p.top = top(node)
		if u := node.GetUpdateStmt(); u != nil {
			p.where, p.returning = u.WhereClause != nil, len(u.ReturningList) > 0
		}
		if d := node.GetDeleteStmt(); d != nil {
			p.where, p.returning = d.WhereClause != nil, len(d.ReturningList) > 0
		}
		p.returning = p.returning || len(node.GetInsertStmt().GetReturningList()) > 0 || len(node.GetMergeStmt().GetReturningList()) > 0
	}
	p.walk(tree.ProtoReflect())
	return p, true
}

func top(n *pgquery.Node) string {
	m := n.ProtoReflect()
	name := ""
	m.Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		name = string(f.Name())
		return false
	})
	return name
}

func (p *parsed) walk(m protoreflect.Message) {
	switch n := m.Interface().(type) {
	case *pgquery.SelectStmt:
		p.into = p.into || n.IntoClause != nil
		p.locking = p.locking || slices.ContainsFunc(n.LockingClause, func(l *pgquery.Node) bool { return l.GetLockingClause() != nil })
	case *pgquery.InsertStmt, *pgquery.UpdateStmt, *pgquery.DeleteStmt, *pgquery.MergeStmt:
		p.changes++
	case *pgquery.FuncCall:
		p.call(n)
	case *pgquery.A_Indirection:
		for _, i := range n.Indirection {
			if s := i.GetString_(); s != nil {
				p.calls = append(p.calls, s.Sval)
			}
		}
	case *pgquery.ColumnRef:
		for i, f := range n.Fields {
			if s := f.GetString_(); s != nil && i > 0 {
				p.calls = append(p.calls, s.Sval)
			}
		}
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				p.walk(v.List().Get(i).Message())
			}
		case f.Message() != nil && !f.IsMap():
			p.walk(v.Message())
		}
		return true
	})
}

// call notes a function that the text names. What syntax such as EXTRACT or
// LIKE … ESCAPE makes has no name there, and is of pg_catalog.
func (p *parsed) call(n *pgquery.FuncCall) {
	if n.Funcformat == pgquery.CoercionForm_COERCE_SQL_SYNTAX {
		return
	}
	name := n.Funcname[len(n.Funcname)-1].GetString_().GetSval()
	if len(n.Funcname) > 1 && (name == "like_escape" || name == "similar_to_escape") {
		return
	}
	p.calls = append(p.calls, name)
}

// readable reports whether the text is a statement that Read may let pass.
func (p *parsed) readable() bool {
	switch p.top {
	case "select_stmt":
		return p.statements == 1 && !p.analyze && !p.into && !p.locking && p.changes == 0
	case "variable_show_stmt":
		return p.statements == 1 && !p.explain
	}
	return false
}

func (p *parsed) writable() bool {
	switch p.top {
	case "update_stmt", "delete_stmt":
		return p.statements == 1 && !p.explain && !p.into && p.changes == 1 && p.where
	case "insert_stmt", "merge_stmt":
		return p.statements == 1 && !p.explain && !p.into && p.changes == 1
	}
	return false
}

// choices are rules that refuse what PostgreSQL would run, on purpose.
var choices = []string{gate.RuleUnicode, gate.RuleTreat, gate.RuleRelation, gate.RuleSetting, gate.RuleComplexity, gate.RuleSystem}

func seen(t *testing.T, r recorder, calls []string) {
	t.Helper()
	count := map[string]int{}
	for _, name := range calls {
		if count[name]++; count[name] > r[name] {
			t.Errorf("PostgreSQL calls %q %d times, the gate looked at %d", name, count[name], r[name])
		}
	}
}

// judged compares the verdict of a check with what the grammar says.
func judged(t *testing.T, err error, may bool, what string) bool {
	t.Helper()
	var refusal *gate.Refusal
	if err != nil && !errors.As(err, &refusal) {
		t.Errorf("%s: the error %v is no refusal", what, err)
	}
	if err == nil && !may {
		t.Errorf("%s lets it pass", what)
	}
	if err != nil && may && !slices.Contains(choices, refusal.Rule) {
		t.Errorf("%s refuses it by rule %s: %v", what, refusal.Rule, err)
	}
	return err == nil
}

func TestGateJudgesWhatPostgreSQLParses(t *testing.T) {
	reads, writes := 0, 0
	each(t, inputs(t), source{words: grammar, separator: " ", random: 9, changes: 2, share: 10}, func(t *testing.T, text string) bool {
		if _, ok := theirs(text); !ok {
			return false
		}
		p, ok := parse(text)
		if !ok {
			return false
		}
		r := recorder{}
		s, err := gate.Read(text, r, gate.Policy{})
		if judged(t, err, p.readable(), "Read") {
			reads++
			seen(t, r, p.calls)
			if q, ok := parse(s.SQL); !ok || !q.readable() || q.explain != (s.Kind == gate.Explain) {
				t.Errorf("the statement %q is not what was checked", s.SQL)
			}
			if q, ok := parse(s.Inner); s.Kind == gate.Explain && (!ok || q.explain || !q.readable()) {
				t.Errorf("what is explained, %q, is not a query", s.Inner)
			}
		}
		r = recorder{}
		s, err = gate.Change(text, r, gate.Policy{})
		if judged(t, err, p.writable(), "Change") {
			writes++
			seen(t, r, p.calls)
			if s.Returning != p.returning {
				t.Errorf("Change says returning %t", s.Returning)
			}
		}
		return true
	})
	t.Logf("%d passed as reads, %d as changes", reads, writes)
}
