//go:build e2e

package corpus

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
)

// disputed are the expressions that calculators do not agree about, each with
// the reason for what is done here.
var disputed = []struct{ expression, reason string }{
	{"-2^2", "as mathematics writes it"},
	{"2^3^2", "as mathematics writes it"},
	{"2^3", "a power, which is what `^` means outside of programs"},
	{"2**3", "a power, as in Python and Fortran"},
	{"2 xor 3", "the bits of integers, since both are integers"},
	{"-7 % 3", "the remainder has the sign of the divisor, as in Python; `rem` truncates"},
	{"7%-3", "a percentage or a remainder: nothing tells which"},
	{"100+10%", "of what it is added to, as on a desk calculator"},
	{"100+10%+10%", "each of what it is added to"},
	{"50%+10%", "nothing but percentages is added"},
	{"5!!", "the double factorial or the factorial of one: `factorial2(5)` and `(5!)!` say it"},
	{"6/2(1+2)", "whether a product without a sign binds tighter is not agreed on"},
	{"1/2pi", "the same"},
	{"log(100)", "natural, as in Python, C and mathematics"},
	{"round(2.5)", "to the even neighbour, as in Python; `rounding` chooses others"},
	{"0^0", "the empty product"},
	{"1/0", "no number is the answer"},
	{"sqrt(-1)", "complex unless the call says `domain: real`"},
	{"(-8)^(1/3)", "the principal value; the note names `cbrt(-8)`, which is -2"},
	{"sin(pi)", "pi is the number, not 3.14159265358979"},
	{"tan(pi/2)", "a pole has no value"},
	{"sin(30)", "in radians"},
	{"sin(30 deg)", "a unit says degrees"},
	{"1,234.5", "three digits are a group, outside of calls and lists"},
	{"1.234,5", "mixes two ways to write numbers; the hint has this one in ours"},
	{"2 3", "two numbers are not one, nor a product"},
	{"1 ton to kg", "three units have that name"},
	{"100 F to C", "farad and coulomb, or two scales of temperature"},
	{"100 degF to degC", "the scales begin at different points"},
	{"1e400 / 1e399", "there is no largest number"},
	{"foo(3)", "an unknown name is an error; it never becomes a unit or a variable"},
	{"os", "the same"},
}

// TestConventions asks four calculators, each as it comes, and holds the table
// in the document to what they answer: a peer that changes is noticed, and so
// is a convention of ours.
func TestConventions(t *testing.T) {
	all := peers(t)
	var expressions []string
	for _, d := range disputed {
		expressions = append(expressions, d.expression)
	}
	node, err := all[2].ask(t.Context(), expressions, 0)
	if err != nil || len(node) != len(expressions) {
		t.Fatalf("mathjs: %d answers: %v", len(node), err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| expression | here | %s | %s | %s | why |\n|---|---|---|---|---|---|\n", all[0].version, all[1].version, all[2].version)
	for i, d := range disputed {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", d.expression, shownHere(t, d.expression),
			cell(alone(t.Context(), "", "qalc", "-t", "--", d.expression)),
			cell(alone(t.Context(), d.expression+"\n", "bc", "-l")), cell(node[i]), d.reason)
	}
	documented(t, "conventions", b.String())
}

// shownHere is what we answer, with the values of the readings of what is
// refused because it has several.
func shownHere(t *testing.T, expression string) string {
	t.Helper()
	r, err := eval.Evaluate(t.Context(), expression, eval.Options{})
	var e *eval.Error
	if errors.As(err, &e) {
		var values []string
		for _, v := range e.Readings {
			values = append(values, short(v.Value))
		}
		text := "**refused**: " + strings.ReplaceAll(string(e.Reason), "_", " ")
		if len(values) > 0 {
			text += ", " + strings.Join(values, " or ")
		}
		return text
	}
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	text := "**" + short(r.Text) + "**"
	if len(r.Notes) > 0 {
		text += ", with a note"
	}
	return text
}

// alone asks a program for one answer; a failure is the answer "".
func alone(ctx context.Context, input, program string, args ...string) string {
	ctx, cancel := context.WithTimeout(ctx, downloadLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdin = strings.NewReader(input)
	cmd.Env = append(cmd.Environ(), "LC_ALL=C.UTF-8", "HOME=/nonexistent")
	out, _ := cmd.Output()
	return strings.TrimSpace(string(out))
}

// cell is an answer as the table has it.
func cell(answer string) string {
	answer = strings.ReplaceAll(answer, "−", "-")
	if answer == "" || strings.HasPrefix(answer, "error: ") {
		return "error"
	}
	return "`" + short(answer) + "`"
}

var (
	longInteger  = regexp.MustCompile(`\d{30,}(\.\.\.|…)?`)
	longFraction = regexp.MustCompile(`(\.\d*?[1-9]\d{4})\d{3,}`)
)

// short cuts the digits that do not matter.
func short(answer string) string {
	answer = longFraction.ReplaceAllString(answer, "$1…")
	return longInteger.ReplaceAllStringFunc(answer, func(digits string) string { return digits[:6] + "…" })
}
