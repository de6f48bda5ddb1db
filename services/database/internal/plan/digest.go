package plan

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Finding is something in a plan that a person would look at.
type Finding struct {
	Severity string `json:"severity" jsonschema:"critical, warning or info"`
	Node     string `json:"node,omitempty"`
	What     string `json:"what"`
	Advice   string `json:"advice"`
	weight   float64
}

// The severities.
const (
	critical = "critical"
	warning  = "warning"
	info     = "info"
)

// What is worth a word. Below these a plan is as it is.
const (
	maxFindings  = 12
	slowShare    = 0.25   // of the time or cost of the whole
	slowTime     = 5.0    // ms
	slowCost     = 500.0  // of the whole, as the planner has it
	slowNodes    = 3      // that are named
	tempBlocks   = 128    // of temporary files
	offBy        = 10.0   // estimate against what was there
	offRows      = 1000.0 // and so many rows at stake
	scanRows     = 10_000 // that a scan looks at
	scanKeeps    = 0.1    // share of them that it keeps
	manyRuns     = 100.0  // of the inner side of a join
	jitShare     = 0.2    // of the execution
	jitTime      = 20.0   // ms
	planningTime = 50.0   // ms
)

// TableRows tells about how many rows a table has; ok is false if that is not
// known.
type TableRows func(schema, table string) (rows float64, ok bool)

// Digest finds what makes the statement slow, the worst first. tables may be nil.
func (p *Plan) Digest(tables TableRows) []Finding {
	d := digest{plan: p, tables: tables}
	if d.tables == nil {
		d.tables = func(string, string) (float64, bool) { return 0, false }
	}
	d.slowest()
	p.Walk(func(n *Node) {
		if n.ran() == 0 {
			return
		}
		d.estimate(n)
		d.scan(n)
		d.spill(n)
		d.loop(n)
		d.again(n)
		d.skip(n)
		d.heap(n)
	})
	d.whole()
	rank := map[string]int{critical: 0, warning: 1, info: 2}
	slices.SortStableFunc(d.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(rank[a.Severity], rank[b.Severity]), cmp.Compare(b.weight, a.weight))
	})
	return d.found[:min(len(d.found), maxFindings)]
}

type digest struct {
	plan   *Plan
	tables TableRows
	found  []Finding
}

func (d *digest) add(severity string, n *Node, weight float64, advice, what string, args ...any) {
	f := Finding{Severity: severity, What: fmt.Sprintf(what, args...), Advice: advice, weight: weight}
	if n != nil {
		f.Node = n.path()
	}
	d.found = append(d.found, f)
}

// share is the part of the whole that n spends by itself.
func (d *digest) share(n *Node) float64 {
	part, whole := n.cost, 0.0
	if d.plan.Analyzed() {
		part, whole = n.time, d.plan.Root.wall
	} else {
		// A LIMIT makes the root cheaper than what is below it.
		d.plan.Walk(func(n *Node) { whole += n.cost })
	}
	if whole <= 0 {
		return 0
	}
	return min(part/whole, 1)
}

func (d *digest) slowest() {
	var nodes []*Node
	if !d.plan.Analyzed() && d.plan.Cost() < slowCost {
		return
	}
	d.plan.Walk(func(n *Node) {
		if d.share(n) >= slowShare && (!d.plan.Analyzed() || n.time >= slowTime) {
			nodes = append(nodes, n)
		}
	})
	slices.SortStableFunc(nodes, func(a, b *Node) int { return cmp.Compare(d.share(b), d.share(a)) })
	for _, n := range nodes[:min(len(nodes), slowNodes)] {
		advice := "Look here first: what this node does not do, the statement does not wait for."
		if d.plan.Analyzed() {
			d.add(info, n, d.share(n), advice, "%.0f %% of the time, %s ms, is spent in this node alone", d.share(n)*100, number(n.time))
		} else {
			d.add(info, n, d.share(n), advice, "%.0f %% of the estimated cost, %s, is this node alone", d.share(n)*100, number(n.cost))
		}
	}
}

// off returns by how much the estimate of n was wrong, above 1 for too few.
func off(n *Node) float64 {
	if n.ActualLoops == nil || *n.ActualLoops == 0 {
		return 1
	}
	return max(n.ActualRows, 1) / max(n.Rows, 1)
}

func (d *digest) estimate(n *Node) {
	o := off(n)
	if (o < offBy && o > 1/offBy) || max(n.Rows, n.ActualRows)*n.ran() < offRows {
		return
	}
	if o < 1 && endsEarly(n) {
		return
	}
	switch n.Type {
	case "Recursive Union", "WorkTable Scan", "CTE Scan", "Function Scan", "Table Function Scan":
		return // no statistics tell what a recursion or a function gives
	}
	for _, c := range n.Plans {
		if c.Relationship != "SubPlan" && c.Relationship != "InitPlan" && (o > 1 && off(c) >= offBy || o < 1 && off(c) <= 1/offBy) {
			return // it began below
		}
	}
	times := max(o, 1/o)
	severity := info
	if times >= 100 {
		severity = warning
	}
	advice := "Run ANALYZE on the tables; if it stays wrong, a condition hides its columns in an expression, or columns depend on each other: CREATE STATISTICS tells the planner."
	if n.Filter == "" && n.IndexCond == "" && len(n.Plans) > 1 {
		advice = "Run ANALYZE on the joined tables; CREATE STATISTICS on columns that go together, or a higher statistics target of the join's columns, helps the planner."
	}
	d.add(severity, n, math.Log10(times), advice, "the planner expected %s rows and %s came, %.0f times as %s", number(n.Rows), number(n.ActualRows), times,
		map[bool]string{true: "many", false: "few"}[o > 1])
}

// endsEarly reports whether somebody above may have stopped asking n for rows.
func endsEarly(n *Node) bool {
	for c, p := n, n.parent; p != nil; c, p = p, p.parent {
		switch {
		case p.Type == "Limit", p.Type == "Merge Join", p.Type == "Nested Loop" && c.Relationship == "Inner":
			return true
		case p.Join == "Semi" || p.Join == "Anti", c.Relationship == "SubPlan" || c.Relationship == "InitPlan":
			return true
		case p.Type == "Sort", p.Type == "Hash", p.Type == "Aggregate" && p.Strategy != "Sorted":
			return false // it takes all rows before it gives one
		}
	}
	return false
}

func (d *digest) scan(n *Node) {
	if n.Relation == "" || n.Filter == "" {
		return
	}
	seq := n.Type == "Seq Scan"
	what := "reads %s rows of " + clean(n.Relation, maxName) + " and keeps %s"
	advice := "An index that begins with the columns of the filter would read the matching rows alone; advise_indexes names one."
	if !seq {
		what = "finds %s rows by its index and the filter keeps %s"
		advice = "An index that also has the columns of the filter would find fewer rows; advise_indexes names one."
	}
	var read, kept float64
	if d.plan.Analyzed() {
		kept = n.ActualRows * n.ran()
		read = kept + (n.RemovedByFilter+n.RemovedByRecheck)*n.ran()
	} else {
		rows, ok := d.tables(n.Schema, n.Relation)
		if !seq || !ok {
			return
		}
		read, kept = rows*n.loops, n.Rows*n.loops
	}
	if read < scanRows || kept > read*scanKeeps {
		return
	}
	severity := warning
	if d.plan.Analyzed() && d.share(n) < slowShare/2 {
		severity = info
	}
	if !d.plan.Analyzed() {
		what = "reads about %s rows of " + clean(n.Relation, maxName) + " and is expected to keep %s"
	}
	d.add(severity, n, math.Log10(read), advice, what, number(read), number(kept))
}

func (d *digest) spill(n *Node) {
	const advice = "More work_mem for this statement keeps it in memory; fewer or narrower rows, or an index that gives the order, help more."
	switch {
	case n.SortSpaceType == "Disk":
		d.add(warning, n, d.share(n), advice, "the sort did not fit into work_mem and wrote %s kB to disk (%s)", number(n.SortSpace), clean(n.SortMethod, maxName))
	case n.DiskUsage > 0:
		d.add(warning, n, d.share(n), advice, "the aggregate did not fit into work_mem and wrote %s kB to disk in %s batches", number(n.DiskUsage), number(n.HashAggBatches))
	case n.HashBatches > 1:
		d.add(warning, n, d.share(n), advice, "the hash table did not fit into work_mem and was split into %s batches on disk", number(n.HashBatches))
	}
}

func (d *digest) loop(n *Node) {
	if n.Type != "Nested Loop" {
		return
	}
	if removed := n.RemovedByJoin * n.ran(); removed >= scanRows && n.ActualRows*n.ran() <= removed*scanKeeps {
		d.add(warning, n, math.Log10(removed), "Give the join an equality of two columns, with an index on the inner one: then it looks rows up instead of comparing all pairs.",
			"compares pairs of rows and throws %s of them away", number(removed))
	}
	inner := n.child("Inner")
	if inner == nil {
		return
	}
	for inner.Type == "Materialize" && len(inner.Plans) == 1 {
		inner = inner.Plans[0]
	}
	runs := inner.loops
	if inner.ActualLoops != nil {
		runs = *inner.ActualLoops
	}
	if inner.Type != "Seq Scan" || runs < manyRuns {
		return
	}
	severity := warning
	if d.share(inner) >= slowShare*2 {
		severity = critical
	}
	d.add(severity, inner, math.Log10(runs), "An index on the column that the join compares in "+clean(inner.Relation, maxName)+" makes each run a look-up; advise_indexes names one.",
		"reads all of %s %s times, once for each row of the other side", clean(inner.Relation, maxName), number(runs))
}

// again looks for a subquery that reads a table for each row of the query.
func (d *digest) again(n *Node) {
	if n.Type != "Seq Scan" {
		return
	}
	runs := n.loops
	if n.ActualLoops != nil {
		runs = *n.ActualLoops
	}
	if runs < manyRuns {
		return
	}
	sub := false
	for at := n; at != nil; at = at.parent {
		if !sub && at.Relationship == "Inner" {
			return // a join is to blame
		}
		sub = sub || at.Relationship == "SubPlan"
		if at.Type == "Limit" && n.ActualLoops == nil {
			return // how often it runs is not known
		}
	}
	if sub {
		severity := warning
		if d.share(n) >= slowShare*2 {
			severity = critical
		}
		d.add(severity, n, math.Log10(runs), "Write the subquery as a join, or a LATERAL one with an index on the column that it compares in "+clean(n.Relation, maxName)+"; advise_indexes names one.",
			"a subquery reads all of %s %s times, once for each row of the query", clean(n.Relation, maxName), number(runs))
	}
}

// skip looks for an OFFSET that reads many rows to leave them out.
func (d *digest) skip(n *Node) {
	if n.Type != "Limit" || n.ActualLoops == nil {
		return
	}
	if below := n.child("Outer"); below != nil {
		if left := below.ActualRows*below.ran() - n.ActualRows*n.ran(); left >= scanRows {
			d.add(warning, n, math.Log10(left), "Instead of OFFSET remember the last row: WHERE (sort columns) > (its values) ORDER BY sort columns LIMIT n.",
				"reads %s rows to skip them", number(left))
		}
	}
}

func (d *digest) heap(n *Node) {
	if n.LossyBlocks >= 100 && n.LossyBlocks > n.ExactBlocks/10 {
		d.add(info, n, d.share(n), "More work_mem lets the bitmap name each row.",
			"the bitmap did not fit into work_mem: in %s of %s blocks each row was checked again", number(n.LossyBlocks), number(n.LossyBlocks+n.ExactBlocks))
	}
	if n.Type == "Index Only Scan" && n.HeapFetches >= 1000 && n.HeapFetches > n.ActualRows*n.ran()/2 {
		d.add(info, n, d.share(n), "VACUUM the table: then the index alone answers.",
			"had to look into the table for %s rows although the index has all columns", number(n.HeapFetches))
	}
	if l := n.WorkersLaunched; l != nil && *l < n.WorkersPlanned {
		d.add(info, n, 0, "The server had no free workers: max_parallel_workers bounds them.", "got %s of %s parallel workers", number(*l), number(n.WorkersPlanned))
	}
}

// whole is about the statement and not one of its nodes.
func (d *digest) whole() {
	p, r := d.plan, d.plan.Root
	if pages := max(r.TempWritten, r.TempRead); pages >= tempBlocks && !slices.ContainsFunc(d.found, func(f Finding) bool { return strings.Contains(f.What, "work_mem") }) {
		d.add(warning, nil, 1, "More work_mem for this statement, or fewer rows before the step that keeps them.", "%s blocks of temporary files were used", number(pages))
	}
	if p.JIT != nil && p.JIT.Timing.Total >= jitTime && p.JIT.Timing.Total >= p.Execution*jitShare {
		d.add(warning, nil, p.JIT.Timing.Total/max(p.Execution, 1), "SET jit = off for such statements, or raise jit_above_cost.",
			"compiling %d functions took %s ms of %s ms", p.JIT.Functions, number(p.JIT.Timing.Total), number(p.Execution))
	}
	if p.Planning >= planningTime && (!p.Analyzed() || p.Planning > p.Execution) {
		d.add(info, nil, 0, "Many joins, partitions or indexes make planning dear: name the partition key in WHERE, and join fewer tables.",
			"planning took %s ms", number(p.Planning))
	}
	if total := r.SharedHit + r.SharedRead; total >= scanRows && r.SharedRead > total/2 {
		d.add(info, nil, 0, "The next run may be faster; if this is the rule, the tables do not fit into memory.",
			"%.0f %% of %s blocks were not in the server's cache", r.SharedRead/total*100, number(total))
	}
}
