//go:build e2e

package corpus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A peer is another calculator, asked many expressions at once.
type peer struct {
	dialect dialect
	// version is its name with its version.
	version string
	// ask answers each expression with one line, computed with so many digits;
	// mathjs computes as it comes if that is 0.
	ask func(ctx context.Context, expressions []string, digits int) ([]string, error)
	// digits are what it is asked first, and again where it disagrees.
	digits [2]int
}

// peers are qalc and bc, which are Debian's, and mathjs from the npm registry,
// in the order of their dialects.
func peers(t *testing.T) []peer {
	t.Helper()
	for _, program := range []string{"qalc", "bc", "node"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%v: apt-get install qalc bc npm", err)
		}
	}
	dir := installMathjs(t)
	version := func(program, arg string) string {
		all := alone(t.Context(), "", program, arg)
		return program + " " + versionPattern.FindString(all)
	}
	node := func(ctx context.Context, list []string, digits int) ([]string, error) {
		lines, err := filter(ctx, dir, nil, strings.Join(list, "\n")+"\n", "node", "evaluate.mjs", fmt.Sprint(digits))
		for i := range lines {
			lines[i] = unquoted(t, lines[i])
		}
		return lines, err
	}
	return []peer{
		{qalc, version("qalc", "--version"), askQalc, [2]int{60, 400}},
		{bc, version("bc", "--version"), askBC, [2]int{120, 600}},
		{mathjs, mathjsVersion(t), node, [2]int{64, 400}},
	}
}

var versionPattern = regexp.MustCompile(`\d+(\.\d+)+`)

func mathjsVersion(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("testdata/mathjs/package.json")
	if err != nil {
		t.Fatal(err)
	}
	var p struct{ Dependencies struct{ Mathjs string } }
	if err := json.Unmarshal(data, &p); err != nil || p.Dependencies.Mathjs == "" {
		t.Fatalf("package.json has no mathjs: %v", err)
	}
	return "mathjs " + p.Dependencies.Mathjs
}

// unquoted reads an answer of the script that asks mathjs.
func unquoted(t *testing.T, line string) (answer string) {
	t.Helper()
	if err := json.Unmarshal([]byte(line), &answer); err != nil {
		t.Fatalf("mathjs: %q: %v", line, err)
	}
	return answer
}

// noAnswer is what mathjs is made to say instead of going on for ever.
const noAnswer = "none in time"

// answerLimit is how long a peer may take for the expressions of one run.
const answerLimit = 5 * time.Minute

// filter is what a program prints when it is given input, line by line.
func filter(ctx context.Context, dir string, env []string, input, program string, args ...string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Stdin, cmd.WaitDelay = dir, strings.NewReader(input), 5*time.Second
	cmd.Env = append(os.Environ(), append(env, "LC_ALL=C.UTF-8", "HOME="+dir)...)
	out, err := cmd.Output()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, fmt.Errorf("%s was not done in %v", program, answerLimit)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", program, err)
	}
	return strings.Split(strings.TrimRight(string(out), "\n"), "\n"), nil
}

func askQalc(ctx context.Context, list []string, digits int) ([]string, error) {
	dir, err := os.MkdirTemp("", "qalc")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "expressions")
	if err := os.WriteFile(file, []byte(strings.Join(list, "\n")+"\n"), 0o600); err != nil {
		return nil, err
	}
	args := []string{"-t", "-f", file}
	for _, s := range []string{
		fmt.Sprintf("precision %d", digits), "approximation approximate", "fractions 0", "exp mode 0", "color 0", "unicode off",
		"repdeci off", "decimal comma off", "digit grouping 0",
	} {
		args = append(args, "-s", s)
	}
	return filter(ctx, dir, nil, "", "qalc", args...)
}

// askBC numbers the answers: a line that fails prints none.
func askBC(ctx context.Context, list []string, digits int) ([]string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%sscale = %d\n", bcPrelude, digits)
	for i, x := range list {
		fmt.Fprintf(&b, "x = %s; print %d, \" \", x, \"\\n\"\n", x, i)
	}
	lines, err := filter(ctx, os.TempDir(), []string{"BC_LINE_LENGTH=0"}, b.String(), "bc", "-l")
	answers := make([]string, len(list))
	for _, line := range lines {
		var i int
		var s string
		if n, _ := fmt.Sscanf(line, "%d %s", &i, &s); n == 2 && i < len(list) {
			answers[i] = s
		}
	}
	return answers, err
}

var decimalPattern = regexp.MustCompile(`^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$`)

// value reads an answer that is a number.
func value(answer string) (*big.Rat, bool) {
	answer = strings.TrimSpace(answer)
	if !decimalPattern.MatchString(answer) {
		return nil, false
	}
	return new(big.Rat).SetString(answer)
}
