package plan

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// Bounds of the text of a plan.
const (
	maxLines     = 200
	maxCondition = 300
	maxName      = 100
	maxPath      = 5 // nodes named in the path of a finding
	maxIndent    = 30
)

// Text writes the tree, a node a line, below its parent. With buffers it says
// how many blocks each node touched.
func (p *Plan) Text(buffers bool) string {
	var b strings.Builder
	lines, left := 0, 0
	p.Root.text(&b, 0, buffers, &lines, &left)
	if left > 0 {
		fmt.Fprintf(&b, "… and %d nodes more\n", left)
	}
	if p.Planning > 0 {
		fmt.Fprintf(&b, "planning %s ms", number(p.Planning))
		if p.Analyzed() {
			fmt.Fprintf(&b, ", execution %s ms", number(p.Execution))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (n *Node) text(b *strings.Builder, depth int, buffers bool, lines, left *int) {
	if *lines++; *lines > maxLines {
		*left++
	} else {
		b.WriteString(strings.Repeat("  ", min(depth, maxIndent)))
		n.line(b)
		if buffers {
			n.buffers(b)
		}
		b.WriteByte('\n')
	}
	for _, c := range n.Plans {
		c.text(b, depth+1, buffers, lines, left)
	}
}

func (n *Node) line(b *strings.Builder) {
	if n.Subplan != "" {
		b.WriteString(clean(n.Subplan, maxName) + ": ")
	}
	fmt.Fprintf(b, "%s  cost=%s rows=%s", n.name(), number(n.TotalCost), number(n.Rows))
	switch {
	case n.ActualLoops == nil:
	case *n.ActualLoops == 0:
		b.WriteString(" never run")
	default:
		fmt.Fprintf(b, " actual=%s", number(n.ActualRows))
		if *n.ActualLoops > 1 {
			fmt.Fprintf(b, " loops=%s", number(*n.ActualLoops))
		}
		if n.wall > 0 {
			fmt.Fprintf(b, " time=%sms", number(n.wall))
		}
	}
	for _, c := range []struct{ name, text string }{
		{"index", n.IndexCond}, {"hash", n.HashCond}, {"merge", n.MergeCond}, {"join filter", n.JoinFilter}, {"filter", n.Filter},
		{"sort", strings.Join(n.SortKey, ", ")}, {"group", strings.Join(n.GroupKey, ", ")},
	} {
		if c.text != "" {
			fmt.Fprintf(b, "  %s: %s", c.name, clean(c.text, maxCondition))
		}
	}
	counts(b, []count{
		{"removed", n.RemovedByFilter}, {"removed by join", n.RemovedByJoin}, {"removed by recheck", n.RemovedByRecheck},
		{"heap fetches", n.HeapFetches}, {"lossy blocks", n.LossyBlocks}, {"workers", n.WorkersPlanned},
		{"partitions left out", n.SubplansRemoved},
	})
	switch {
	case n.SortSpaceType == "Disk":
		fmt.Fprintf(b, "  on disk: %s kB", number(n.SortSpace))
	case n.DiskUsage > 0:
		fmt.Fprintf(b, "  on disk: %s kB", number(n.DiskUsage))
	case n.HashBatches > 1:
		fmt.Fprintf(b, "  hash batches=%s", number(n.HashBatches))
	}
}

// buffers says what n and the nodes below it touched, in blocks.
func (n *Node) buffers(b *strings.Builder) {
	counts(b, []count{{"hit", n.SharedHit}, {"read", n.SharedRead}, {"temp read", n.TempRead}, {"temp written", n.TempWritten}})
}

type count struct {
	name  string
	value float64
}

func counts(b *strings.Builder, list []count) {
	for _, c := range list {
		if c.value > 0 {
			fmt.Fprintf(b, "  %s=%s", c.name, number(c.value))
		}
	}
}

// name is what n does and to what.
func (n *Node) name() string {
	s := clean(n.Type, maxName)
	switch {
	case n.Type == "Aggregate" && n.Strategy == "Hashed":
		s = "HashAggregate"
	case n.Type == "Aggregate" && n.Strategy == "Sorted":
		s = "GroupAggregate"
	case n.Join != "" && n.Join != "Inner":
		s += " (" + clean(strings.ToLower(n.Join), maxName) + ")"
	}
	if n.Partial != "" && n.Partial != "Simple" {
		s = clean(n.Partial, maxName) + " " + s
	}
	if n.Parallel {
		s = "Parallel " + s
	}
	if n.Index != "" {
		s += " using " + clean(n.Index, maxName)
	}
	for _, on := range []string{n.Relation, n.CTE, n.Function} {
		if on != "" {
			s += " on " + clean(on, maxName)
			break
		}
	}
	if n.Relation != "" && n.Alias != "" && n.Alias != n.Relation {
		s += " " + clean(n.Alias, maxName)
	}
	return s
}

// path names n and the nodes that it is below, the last few of them.
func (n *Node) path() string {
	parts := []string{n.name()}
	for p := n.parent; p != nil; p = p.parent {
		if len(parts) == maxPath {
			parts = append(parts, "…")
			break
		}
		parts = append(parts, clean(p.Type, maxName))
	}
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, " > ")
}

// number writes f as short as it says something: rows and costs have no use for
// more than three digits behind the point.
func number(f float64) string {
	switch a := math.Abs(f); {
	case a >= 1e15:
		return strconv.FormatFloat(f, 'g', 4, 64)
	case a >= 100 || f == math.Trunc(f):
		return strconv.FormatFloat(f, 'f', 0, 64)
	case a >= 1:
		return strconv.FormatFloat(f, 'f', 1, 64)
	default:
		return strconv.FormatFloat(f, 'f', 3, 64)
	}
}

// clean makes text of the database fit for one line: what would begin a new
// line, move a terminal's cursor or turn the direction of writing is a space.
func clean(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && s[cut]&0xc0 == 0x80 {
		cut--
	}
	return s[:cut] + fmt.Sprintf("…(+%d bytes)", len(s)-cut)
}
