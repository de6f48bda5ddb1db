// Package plan reads what EXPLAIN (FORMAT JSON) says, writes it as a few lines
// of text, and finds in it what makes a statement slow.
//
// A plan holds text of the database and of the caller: names, constants. It is
// cut and cleaned of control characters where it is shown and never interpreted.
// Start with [Parse]; [Plan.Digest] gives the findings and [Plan.Text] the tree.
package plan

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
)

// Bounds of what is parsed. A plan beyond them is refused, not cut: half a plan
// misleads.
const (
	maxBytes = 16 << 20
	maxNodes = 20_000
	maxDepth = 500
)

// Plan is the plan of one statement.
type Plan struct {
	Root      *Node   `json:"Plan"`
	Planning  float64 `json:"Planning Time"`  // ms, 0 if it was not measured
	Execution float64 `json:"Execution Time"` // ms, 0 if it was not run
	JIT       *JIT    `json:"JIT"`
}

// JIT is what just-in-time compilation cost.
type JIT struct {
	Functions int
	Timing    struct {
		// Total is a number in all versions, the parts of it are not.
		Total float64
	}
}

// Node is one step of a plan. What a version of PostgreSQL does not say is zero.
type Node struct {
	Type         string `json:"Node Type"`
	Relationship string `json:"Parent Relationship"` // Outer, Inner, InitPlan, SubPlan, Subquery, Member
	Subplan      string `json:"Subplan Name"`
	Strategy     string
	Partial      string `json:"Partial Mode"`
	Join         string `json:"Join Type"`
	Parallel     bool   `json:"Parallel Aware"`
	Schema       string
	Relation     string `json:"Relation Name"`
	Alias        string
	Index        string `json:"Index Name"`
	Function     string `json:"Function Name"`
	CTE          string `json:"CTE Name"`

	StartupCost float64 `json:"Startup Cost"`
	TotalCost   float64 `json:"Total Cost"`
	Rows        float64 `json:"Plan Rows"` // of one loop, of one process
	Width       float64 `json:"Plan Width"`

	ActualTime  float64  `json:"Actual Total Time"` // ms of one loop
	ActualRows  float64  `json:"Actual Rows"`       // of one loop
	ActualLoops *float64 `json:"Actual Loops"`      // nil if the statement was not run, 0 if the node was not

	Filter           string
	IndexCond        string   `json:"Index Cond"`
	RecheckCond      string   `json:"Recheck Cond"`
	HashCond         string   `json:"Hash Cond"`
	MergeCond        string   `json:"Merge Cond"`
	JoinFilter       string   `json:"Join Filter"`
	OneTimeFilter    string   `json:"One-Time Filter"`
	SortKey          []string `json:"Sort Key"`
	Presorted        []string `json:"Presorted Key"`
	GroupKey         []string `json:"Group Key"`
	RemovedByFilter  float64  `json:"Rows Removed by Filter"`        // of one loop
	RemovedByJoin    float64  `json:"Rows Removed by Join Filter"`   // of one loop
	RemovedByRecheck float64  `json:"Rows Removed by Index Recheck"` // of one loop
	HeapFetches      float64  `json:"Heap Fetches"`
	ExactBlocks      float64  `json:"Exact Heap Blocks"`
	LossyBlocks      float64  `json:"Lossy Heap Blocks"`
	SortMethod       string   `json:"Sort Method"`
	SortSpace        float64  `json:"Sort Space Used"` // kB
	SortSpaceType    string   `json:"Sort Space Type"`
	HashBatches      float64  `json:"Hash Batches"`
	HashAggBatches   float64  `json:"HashAgg Batches"`
	DiskUsage        float64  `json:"Disk Usage"` // kB
	WorkersPlanned   float64  `json:"Workers Planned"`
	WorkersLaunched  *float64 `json:"Workers Launched"`
	SharedHit        float64  `json:"Shared Hit Blocks"`
	SharedRead       float64  `json:"Shared Read Blocks"`
	TempRead         float64  `json:"Temp Read Blocks"`
	TempWritten      float64  `json:"Temp Written Blocks"`
	SubplansRemoved  float64  `json:"Subplans Removed"`
	Plans            []*Node

	parent *Node
	loops  float64 // estimated runs
	cost   float64 // of all runs, without the nodes below
	wall   float64 // ms of all loops, with the nodes below
	time   float64 // ms of all loops, without the nodes below
}

// Parse reads the JSON of one EXPLAIN. Keys that it does not know are ignored.
func Parse(b []byte) (*Plan, error) {
	if len(b) > maxBytes {
		return nil, fmt.Errorf("the plan has %d bytes; the most is %d", len(b), maxBytes)
	}
	var list []*Plan
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&list); err != nil {
		return nil, fmt.Errorf("the plan is not what EXPLAIN (FORMAT JSON) writes: %w", err)
	}
	if len(list) != 1 || list[0] == nil || list[0].Root == nil {
		return nil, errors.New("the plan is not that of one statement")
	}
	p := list[0]
	nodes := 0
	if err := check(p.Root, 1, &nodes); err != nil {
		return nil, err
	}
	p.measure()
	return p, nil
}

func check(n *Node, depth int, nodes *int) error {
	*nodes++
	if depth > maxDepth || *nodes > maxNodes {
		return fmt.Errorf("the plan is deeper than %d or has more than %d nodes", maxDepth, maxNodes)
	}
	for _, c := range n.Plans {
		if c == nil {
			return errors.New("a node of the plan is null")
		}
		c.parent = n
		if err := check(c, depth+1, nodes); err != nil {
			return err
		}
	}
	return nil
}

// Walk calls fn with each node, parents first.
func (p *Plan) Walk(fn func(n *Node)) { p.Root.walk(fn) }

func (n *Node) walk(fn func(n *Node)) {
	fn(n)
	for _, c := range n.Plans {
		c.walk(fn)
	}
}

// Analyzed reports whether the statement was run.
func (p *Plan) Analyzed() bool { return p.Root.ActualLoops != nil }

// Cost returns the planner's estimate of the whole, in its own units.
func (p *Plan) Cost() float64 { return p.Root.TotalCost }

// Parent returns the node that n is below, nil for the root.
func (n *Node) Parent() *Node { return n.parent }

// Scans reports whether n reads a table.
func (n *Node) Scans() bool { return n.Relation != "" }

// measure finds what each node costs without those below it.
//
// Costs and times in a plan are of one loop and include the children. An inner
// side of a nested loop runs once for each outer row; below Gather, the loops of
// several processes run side by side.
func (p *Plan) measure() {
	ctes := map[string]*Node{}
	p.Walk(func(n *Node) {
		if name, ok := strings.CutPrefix(n.Subplan, "CTE "); ok {
			ctes[name] = n
		}
	})
	p.Root.measure(1, 1, ctes)
	p.Walk(func(n *Node) { n.time = max(n.time, 0) })
}

func (n *Node) measure(runs, processes float64, ctes map[string]*Node) {
	n.loops = runs
	n.cost, n.wall = n.TotalCost*runs, n.total(processes)
	n.time += n.wall // less what was taken off before
	if below := n.WorkersLaunched; below != nil && (n.Type == "Gather" || n.Type == "Gather Merge") {
		processes = *below + 1
	}
	sub := n.subplanRuns()
	for _, c := range n.Plans {
		r := runs
		switch {
		case c.Relationship == "SubPlan":
			r *= sub
		case n.Type == "Nested Loop" && c.Relationship == "Inner" && c.Type != "Materialize":
			if outer := n.child("Outer"); outer != nil {
				r *= max(outer.Rows, 1)
			}
		}
		c.measure(r, processes, ctes)
		n.cost -= c.TotalCost * r
		if c.Relationship != "InitPlan" {
			n.time -= c.wall
		} else if asks := n.asking(c); asks != nil {
			asks.time -= c.wall // it runs inside the node that first asks for it
		}
	}
	if cte := ctes[n.CTE]; n.Type == "CTE Scan" && cte != nil {
		n.time -= cte.wall
		delete(ctes, n.CTE)
	}
	n.cost = max(n.cost, 0)
}

// subplanRuns estimates how often each of the subplans of n runs in one run of
// n, by what they add to its cost.
func (n *Node) subplanRuns() float64 {
	own, once := n.TotalCost, 0.0
	for _, c := range n.Plans {
		if c.Relationship == "SubPlan" {
			once += c.TotalCost
		} else if n.Type != "Nested Loop" || c.Relationship != "Inner" {
			own -= c.TotalCost
		}
	}
	if once <= 0 {
		return 1
	}
	return max(1, math.Floor(own/once))
}

// initPlan is the name of an InitPlan, and of the parameter that it returns
// before PostgreSQL 17.
var initPlan = regexp.MustCompile(`^(InitPlan [0-9]+)(?: \(returns (\$[0-9]+)[^)]*\))?$`)

// maxInitPlans bounds those of one node that are looked for below it.
const maxInitPlans = 20

// asking returns the node at or below n that has the value of an InitPlan of n in
// a condition, n if it has nothing below it that could, nil if that is not known.
func (n *Node) asking(plan *Node) *Node {
	m := initPlan.FindStringSubmatch(plan.Subplan)
	if m == nil || len(n.Plans) > maxInitPlans {
		return nil // of a CTE, its scans ask
	}
	name := cmp.Or(m[2], "("+m[1]+")")
	var found *Node
	n.walk(func(c *Node) {
		if found == nil && (mentions(c.Filter, name) || mentions(c.IndexCond, name) || mentions(c.JoinFilter, name) || mentions(c.HashCond, name) || mentions(c.OneTimeFilter, name)) {
			found = c
		}
	})
	if found == nil && !slices.ContainsFunc(n.Plans, func(c *Node) bool { return c.Relationship != "InitPlan" }) {
		return n
	}
	return found
}

// mentions reports whether a parameter is in a condition: $1 is not in $10.
func mentions(condition, name string) bool {
	for {
		_, rest, ok := strings.Cut(condition, name)
		if !ok || rest == "" || rest[0] < '0' || rest[0] > '9' {
			return ok
		}
		condition = rest
	}
}

// total is the time of all loops, children included, in ms.
func (n *Node) total(processes float64) float64 {
	if n.ActualLoops == nil {
		return 0
	}
	return n.ActualTime * *n.ActualLoops / max(min(processes, *n.ActualLoops), 1)
}

func (n *Node) child(relationship string) *Node {
	for _, c := range n.Plans {
		if c.Relationship == relationship {
			return c
		}
	}
	return nil
}

// ran returns how often n was run, 1 if that is not known.
func (n *Node) ran() float64 {
	if n.ActualLoops == nil {
		return 1
	}
	return *n.ActualLoops
}
