// Package advise finds the indexes that would make queries cheaper, from their
// plans: [Candidates] names those that filters, joins and orders could use, and
// [Choose] picks the few that pay, as the planner itself costs them. Where
// nothing can be costed, [Guess] says what a plan alone suggests.
//
// Only single- and two-column B-trees on plain columns are considered, and
// nothing is ever made. What stands in a plan is used to find columns of the
// catalog and in no other way.
package advise

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/database/internal/plan"
)

// Bounds of what is considered.
const (
	perScan = 12 // candidates that one scan of one query gives
	perAll  = 60
)

// Table is what must be known of a table.
type Table struct {
	Schema, Name string
	Rows         float64
	Pages        float64
	Partitioned  bool
	Columns      map[string]TableColumn
	Indexes      []Index
}

// TableColumn is a column that an index could have.
type TableColumn struct {
	Type     string
	Sortable bool    // its type has an order that B-trees use
	Distinct float64 // values that there are, by the statistics; 0 if not known
	Width    float64 // bytes of a value on the average; 0 if not known
}

// Index is an index that is there: a B-tree on plain columns, without WHERE.
type Index struct {
	Name    string
	Columns []string
}

// Relation names what a plan scans: a table, or a partition of one.
type Relation struct{ Schema, Name string }

// Tables tells of which table a relation is, nil if none that is known: a
// partition is part of the table at its root.
type Tables func(Relation) *Table

// Candidate is an index that could be made.
type Candidate struct {
	Table   *Table
	Columns []string
	// Relations are the table, or those partitions of it that the plans scan.
	Relations []Relation
	// Queries are those whose plans it came from, by their number from 0.
	Queries []int
	// Either is whether its column is on one side of an OR: then it may help only
	// together with one of the other side.
	Either bool
}

func (c *Candidate) id() string {
	return strings.Join(append([]string{c.Table.Schema, c.Table.Name}, c.Columns...), "\x00")
}

// Covered is a candidate that an index which is there already serves.
type Covered struct {
	Table   *Table
	Columns []string
	By      string
}

// use is how one scan of a plan uses the columns of its table.
type use struct {
	node     *plan.Node
	table    *Table
	relation Relation
	equal    []string   // compared with a constant
	span     []string   // likewise, by order
	either   []string   // on one side of an OR
	join     []string   // equal to a column of another scan
	order    [][]string // sorted or grouped by
	patterns []string   // compared with a pattern
	hidden   []string   // inside an expression that is compared
}

// uses reads a plan.
func uses(p *plan.Plan, tables Tables) []*use {
	scans := map[string]*use{}
	var list []*use
	p.Walk(func(n *plan.Node) {
		if n.Relation == "" || n.Alias == "" || scans[n.Alias] != nil {
			return
		}
		r := Relation{n.Schema, n.Relation}
		if t := tables(r); t != nil {
			u := &use{node: n, table: t, relation: r}
			scans[n.Alias] = u
			list = append(list, u)
		}
	})
	p.Walk(func(n *plan.Node) {
		for _, c := range []string{n.Filter, n.IndexCond, n.RecheckCond, n.HashCond, n.MergeCond, n.JoinFilter} {
			for _, found := range conditions(c) {
				if u := scans[found.column.Alias]; u != nil {
					u.add(found)
				}
			}
		}
		for _, keys := range [][]string{n.SortKey, n.GroupKey} {
			if alias, columns := ordered(keys); len(columns) > 0 && scans[alias] != nil {
				if u := scans[alias]; u.indexable(columns...) && !slices.ContainsFunc(u.order, func(o []string) bool { return slices.Equal(o, columns) }) {
					u.order = append(u.order, columns)
				}
			}
		}
	})
	return list
}

// add notes a predicate if an index can answer it.
func (u *use) add(p predicate) {
	if p.form == pattern || p.form == inside {
		list := &u.patterns
		if p.form == inside {
			list = &u.hidden
		}
		if _, ok := u.table.Columns[p.column.Name]; ok && p.other == nil && !slices.Contains(*list, p.column.Name) {
			*list = append(*list, p.column.Name)
		}
		return
	}
	if !u.indexable(p.column.Name) {
		return
	}
	// A varchar is read as text without a change; any other cast hides the column
	// from its index.
	if p.cast != "" && (p.cast != "text" || !strings.HasPrefix(u.table.Columns[p.column.Name].Type, "character varying")) {
		return
	}
	list := &u.equal
	switch {
	case p.either:
		list = &u.either
	case p.other != nil && p.form == equal:
		list = &u.join
	case p.other != nil:
		return
	case p.form == span:
		list = &u.span
	}
	if !slices.Contains(*list, p.column.Name) {
		*list = append(*list, p.column.Name)
	}
}

func (u *use) indexable(columns ...string) bool {
	for _, c := range columns {
		if !u.table.Columns[c].Sortable {
			return false
		}
	}
	return true
}

// ordered returns the columns by which keys order the rows of one scan, two at
// most: those before the first expression, change of scan or change of direction.
func ordered(keys []string) (alias string, columns []string) {
	var down bool
	for i, k := range keys {
		c, descending, ok := key(k)
		if !ok || i > 0 && (c.Alias != alias || descending != down) || i == 2 {
			break
		}
		alias, down = c.Alias, descending
		columns = append(columns, c.Name)
	}
	return alias, columns
}

// sets returns the column lists that would serve u: one column, or an equality
// first and then another equality, a range or an order.
func (u *use) sets() [][]string {
	var list [][]string
	add := func(columns ...string) {
		if len(columns) == 2 && columns[0] == columns[1] || slices.ContainsFunc(list, func(l []string) bool { return slices.Equal(l, columns) }) {
			return
		}
		list = append(list, columns)
	}
	fixed := u.selective(u.equal)
	for _, c := range slices.Concat(fixed, u.span, u.join, u.either) {
		add(c)
	}
	for i, a := range fixed {
		for _, b := range slices.Concat(fixed[i+1:], u.span) {
			add(a, b)
		}
		for _, o := range u.order {
			add(a, o[0])
		}
	}
	for _, j := range u.join {
		for _, b := range slices.Concat(fixed, u.span) {
			add(j, b)
		}
		for _, a := range fixed {
			add(a, j)
		}
	}
	for _, o := range u.order {
		add(o...)
	}
	return list[:min(len(list), perScan)]
}

// selective orders columns, those with most values first.
func (u *use) selective(columns []string) []string {
	c := slices.Clone(columns)
	slices.SortStableFunc(c, func(a, b string) int {
		return cmp.Compare(u.table.Columns[b].Distinct, u.table.Columns[a].Distinct)
	})
	return c
}

// serving returns the index of t that begins with these columns, "" for none.
func (t *Table) serving(columns []string) string {
	for _, i := range t.Indexes {
		if len(i.Columns) >= len(columns) && slices.Equal(i.Columns[:len(columns)], columns) {
			return i.Name
		}
	}
	return ""
}

// Candidates returns the indexes that the plans of queries could use, and those
// that are there already. A nil plan is passed over.
func Candidates(plans []*plan.Plan, tables Tables) ([]*Candidate, []Covered) {
	var list []*Candidate
	var covered []Covered
	byID := map[string]*Candidate{}
	there := map[string]bool{}
	for q, p := range plans {
		if p == nil {
			continue
		}
		for _, u := range uses(p, tables) {
			for _, columns := range u.sets() {
				c := &Candidate{Table: u.table, Columns: columns}
				id := c.id()
				if by := u.table.serving(columns); by != "" {
					if !there[id] {
						there[id] = true
						covered = append(covered, Covered{u.table, columns, by})
					}
					continue
				}
				if byID[id] == nil {
					if len(list) == perAll {
						continue
					}
					byID[id] = c
					list = append(list, c)
				}
				c = byID[id]
				c.Either = c.Either || len(columns) == 1 && slices.Contains(u.either, columns[0])
				if !slices.Contains(c.Relations, u.relation) {
					c.Relations = append(c.Relations, u.relation)
				}
				if !slices.Contains(c.Queries, q) {
					c.Queries = append(c.Queries, q)
				}
			}
		}
	}
	return list, covered
}
