package corpus

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// decContext is the state that the directives of a decTest file set.
type decContext struct {
	precision      int
	maxExp, minExp int
	rounding       string
	extended       bool
}

// decCase is one case of a decTest file.
type decCase struct {
	decContext
	id, op     string
	args       []string
	want       string
	conditions []string
}

// has reports whether the case names a condition.
func (c decCase) has(condition string) bool {
	for _, s := range c.conditions {
		if strings.EqualFold(s, condition) {
			return true
		}
	}
	return false
}

// readDecTest reads the cases of a file in the format of the General Decimal
// Arithmetic Testcases. A line that it does not understand is an error.
func readDecTest(r io.Reader) ([]decCase, error) {
	ctx := decContext{extended: true}
	var cases []decCase
	s := bufio.NewScanner(r)
	for n := 1; s.Scan(); n++ {
		tokens, err := decTokens(s.Text())
		if err != nil {
			return nil, fmt.Errorf("line %d: %v", n, err)
		}
		if len(tokens) == 0 {
			continue
		}
		if name, ok := strings.CutSuffix(tokens[0], ":"); ok && len(tokens) == 2 {
			if err := ctx.set(strings.ToLower(name), tokens[1]); err != nil {
				return nil, fmt.Errorf("line %d: %v", n, err)
			}
			continue
		}
		arrow := 2
		for arrow < len(tokens) && tokens[arrow] != "->" {
			arrow++
		}
		if arrow < 3 || arrow+1 >= len(tokens) {
			return nil, fmt.Errorf("line %d is no case: %q", n, s.Text())
		}
		cases = append(cases, decCase{
			decContext: ctx, id: tokens[0], op: strings.ToLower(tokens[1]), args: tokens[2:arrow],
			want: tokens[arrow+1], conditions: tokens[arrow+2:],
		})
	}
	return cases, s.Err()
}

// set follows a directive.
func (c *decContext) set(name, value string) error {
	n, err := strconv.Atoi(value)
	switch name {
	case "version":
		return nil
	case "rounding":
		c.rounding = strings.ToLower(value)
		return nil
	case "precision":
		c.precision = n
	case "maxexponent":
		c.maxExp = n
	case "minexponent":
		c.minExp = n
	case "extended":
		c.extended = n == 1
	case "clamp":
	default:
		return fmt.Errorf("the directive %s is unknown", name)
	}
	return err
}

// decTokens splits a line at spaces; quotes keep them, and a doubled quote
// stands for itself. What follows -- is a comment.
func decTokens(line string) ([]string, error) {
	var tokens []string
	for {
		line = strings.TrimLeft(line, " \t\r")
		switch {
		case line == "" || strings.HasPrefix(line, "--"):
			return tokens, nil
		case line[0] == '\'' || line[0] == '"':
			var b strings.Builder
			quote := line[:1]
			for {
				text, rest, ok := strings.Cut(line[1:], quote)
				if !ok {
					return nil, fmt.Errorf("a quote is not closed: %q", line)
				}
				b.WriteString(text)
				line = rest
				if !strings.HasPrefix(rest, quote) {
					break
				}
				b.WriteString(quote)
			}
			tokens = append(tokens, b.String())
		default:
			i := strings.IndexAny(line, " \t\r")
			if i < 0 {
				i = len(line)
			}
			tokens = append(tokens, line[:i])
			line = line[i:]
		}
	}
}
