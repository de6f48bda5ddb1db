package advise

import (
	"fmt"
	"slices"

	"github.com/mcpfleet/mcpfleet/services/database/internal/plan"
)

// What a guess needs.
const (
	guessPages = 50   // of a table: a smaller one is read as fast as its index
	guessKeeps = 0.1  // share of the rows that a scan may keep
	guessJoin  = 0.01 // rows of the other side to the rows of the table
	guessMost  = 5
)

// Guessed is an index that a plan suggests, and what was taken for granted.
type Guessed struct {
	*Candidate
	Bytes   int64
	Assumes string
}

// Guess returns the indexes that the scans of plans suggest by themselves:
// nothing is costed. A nil plan is passed over.
func Guess(plans []*plan.Plan, tables Tables) []Guessed {
	var list []Guessed
	for q, p := range plans {
		if p == nil {
			continue
		}
		for _, u := range uses(p, tables) {
			columns, why := u.guess()
			if len(columns) == 0 || u.table.serving(columns) != "" {
				continue
			}
			c := &Candidate{Table: u.table, Columns: columns, Relations: []Relation{u.relation}, Queries: []int{q}}
			if i := slices.IndexFunc(list, func(g Guessed) bool { return g.id() == c.id() }); i >= 0 {
				if !slices.Contains(list[i].Queries, q) {
					list[i].Queries = append(list[i].Queries, q)
				}
			} else if len(list) < guessMost {
				list = append(list, Guessed{c, c.bytes(), why})
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(list), func(g Guessed) bool {
		return slices.ContainsFunc(list, func(o Guessed) bool {
			return o.Table == g.Table && len(o.Columns) > len(g.Columns) && slices.Equal(o.Columns[:len(g.Columns)], g.Columns)
		})
	})
}

func (u *use) guess() (columns []string, why string) {
	n, t := u.node, u.table
	if t.Pages < guessPages || t.Rows <= 0 {
		return nil, ""
	}
	// A partition is one of several: its rows are not those of the table.
	read := t.Rows
	if t.Partitioned {
		read = max(n.Rows, 1) / guessKeeps
	}
	fixed := u.selective(u.equal)
	switch {
	case n.Filter == "" && n.Type != "Seq Scan":
		return nil, ""
	case len(fixed)+len(u.span) > 0 && n.Filter != "" && n.Rows <= read*guessKeeps:
		columns = append(columns, fixed...)
		columns = append(columns, u.span...)
		if len(fixed) == 0 {
			columns = columns[:1] // behind a range nothing is looked up
		}
		if len(columns) == 1 && len(fixed) == 1 && len(u.order) > 0 && u.order[0][0] != fixed[0] {
			columns = append(columns, u.order[0][0])
		}
		columns = columns[:min(len(columns), 2)]
		return columns, fmt.Sprintf("that about %.0f of %.0f rows match, as the planner expects, and that looking those up is cheaper than %s", n.Rows, t.Rows, reading(n))
	case len(u.join) > 0 && n.Type == "Seq Scan":
		if other := outer(n); other != nil && other.Rows <= t.Rows*guessJoin {
			return u.join[:1], fmt.Sprintf("that the other side of the join has about %.0f rows, as the planner expects, and that looking each up is cheaper than reading all %.0f", other.Rows, t.Rows)
		}
	}
	return nil, ""
}

func reading(n *plan.Node) string {
	if n.Type == "Seq Scan" {
		return "reading the whole table"
	}
	return "filtering what the present index finds"
}

// outer returns the other side of the join that n is below.
func outer(n *plan.Node) *plan.Node {
	for c, p := n, n.Parent(); p != nil; c, p = p, p.Parent() {
		if len(p.Plans) == 2 && p.Join != "" {
			if p.Plans[0] == c {
				return p.Plans[1]
			}
			return p.Plans[0]
		}
	}
	return nil
}

// bytes is about how large the index would be.
func (c *Candidate) bytes() int64 {
	const entry, fill = 16, 0.9 // header and pointer of an entry, and how full a page is
	width := 0.0
	for _, name := range c.Columns {
		w := c.Table.Columns[name].Width
		if w == 0 {
			w = 8
		}
		width += w
	}
	return int64(c.Table.Rows * (entry + width) / fill)
}
