package server

import (
	"fmt"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/terminal"
)

// mostCheckName is how wide the names of checks may make their column.
const mostCheckName = 24

// printChecks prints a line for each check, what to do below it, and the verdict.
// Where no person looks, the lines are for programs: state, name and detail.
func printChecks(out terminal.Screen, checks []Check) {
	if out.Terminal {
		printAligned(out, checks)
	} else {
		for _, ch := range checks {
			fmt.Fprintf(out, "%-4s  %s: %s\n", ch.State, ch.Name, ch.Detail)
			if ch.Fix != "" {
				fmt.Fprintf(out, "      → %s\n", strings.ReplaceAll(strings.TrimSpace(ch.Fix), "\n", "\n        "))
			}
		}
	}
	text, style := verdict(checks)
	fmt.Fprintf(out, "\n%s\n", out.Paint(style, text))
}

func printAligned(out terminal.Screen, checks []Check) {
	mark := map[string]string{"ok": out.Symbol("✓", "ok"), "warn": out.Symbol("!", "warn"), "fail": out.Symbol("✗", "fail")}
	styles := map[string]terminal.Style{"ok": terminal.Good, "warn": terminal.Warning, "fail": terminal.Bad}
	wide, left := 0, 0
	for _, ch := range checks {
		wide = max(wide, min(mostCheckName, terminal.Width(terminal.Line(ch.Name))))
		left = max(left, terminal.Width(mark[ch.State]))
	}
	indent := left + wide + 3
	arrow := out.Symbol("→", "->") + " "
	for _, ch := range checks {
		name := terminal.Line(ch.Name)
		fmt.Fprintf(out, "%s %s", out.Paint(styles[ch.State], terminal.Pad(mark[ch.State], left, false)), out.Paint(terminal.Heading, name))
		if terminal.Width(name) > wide {
			fmt.Fprintf(out, "\n%s", strings.Repeat(" ", indent))
		} else {
			fmt.Fprint(out, strings.Repeat(" ", wide-terminal.Width(name)+2))
		}
		printIndented(out, terminal.Clean(ch.Detail), indent)
		if fix := strings.TrimSpace(terminal.Clean(ch.Fix)); fix != "" {
			fmt.Fprint(out, strings.Repeat(" ", indent)+out.Paint(terminal.Option, arrow))
			if strings.Contains(fix, "\n") { // a script is copied: it keeps its lines
				fmt.Fprintln(out, strings.ReplaceAll(fix, "\n", "\n"+strings.Repeat(" ", indent+terminal.Width(arrow))))
				continue
			}
			printIndented(out, fix, indent+terminal.Width(arrow))
		}
	}
}

// verdict sums the checks up.
func verdict(checks []Check) (string, terminal.Style) {
	n := make(map[string]int)
	for _, ch := range checks {
		n[ch.State]++
	}
	count := func(n int, what string) string {
		if n == 1 {
			return "1 " + what
		}
		return fmt.Sprintf("%d %ss", n, what)
	}
	switch {
	case n["fail"] > 0 && n["warn"] > 0:
		return count(n["fail"], "problem") + ", " + count(n["warn"], "warning"), terminal.Bad
	case n["fail"] > 0:
		return count(n["fail"], "problem"), terminal.Bad
	case n["warn"] > 0:
		return "no problems, " + count(n["warn"], "warning"), terminal.Warning
	}
	return "no problems", terminal.Good
}
