package calculator

import (
	"context"
	"errors"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
)

var functionsResource = &mcp.Resource{
	Name:        "functions",
	Title:       "Functions",
	URI:         "calc://functions",
	Description: "The functions of expressions: signature and one sentence each.",
	MIMEType:    "application/json",
}

var functionTemplate = &mcp.ResourceTemplate{
	Name:        "function",
	Title:       "Function",
	URITemplate: "calc://functions/{name}",
	Description: "One function of expressions, such as sqrt: signature, domain, exactness, an example with its value.",
	MIMEType:    "application/json",
}

var syntaxResource = &mcp.Resource{
	Name:        "syntax",
	Title:       "Syntax of expressions",
	URI:         "calc://syntax",
	Description: "The language of expressions: operators by precedence, literals, and the conventions in which calculators differ, each with what this one does.",
	MIMEType:    "application/json",
}

var limitsResource = &mcp.Resource{
	Name:        "limits",
	Title:       "Limits",
	URI:         "calc://limits",
	Description: "What one calculation may cost: sizes, digits, work and time, as this server is configured.",
	MIMEType:    "application/json",
}

type functionItem struct {
	Name      string   `json:"name"`
	Signature string   `json:"signature"`
	Doc       string   `json:"doc"`
	Also      []string `json:"also,omitempty"`
}

type functionRecord struct {
	functionItem
	Domain    string `json:"domain"`
	Exactness string `json:"exactness"`
	Example   string `json:"example"`
}

func (s *Service) functions(context.Context, string, map[string]string) ([]*mcp.ResourceContents, error) {
	var list []functionItem
	for _, f := range eval.Functions() {
		list = append(list, functionItem{f.Name, f.Signature, f.Doc, f.Also})
	}
	return contents(map[string]any{"functions": list})
}

func (s *Service) function(_ context.Context, _ string, vars map[string]string) ([]*mcp.ResourceContents, error) {
	f, ok := eval.Lookup(vars["name"])
	if !ok {
		return nil, nil
	}
	return contents(functionRecord{functionItem{f.Name, f.Signature, f.Doc, f.Also}, f.Domain, f.Exactness, f.Example})
}

func (s *Service) completeFunction(_ context.Context, prefix string, _ map[string]string) ([]string, error) {
	var names []string
	for _, f := range eval.Functions() {
		if strings.HasPrefix(f.Name, prefix) {
			names = append(names, f.Name)
		}
	}
	return names, nil
}

type operatorItem struct {
	Symbols []string `json:"symbols"`
	Level   int      `json:"level"`
	Fixity  string   `json:"fixity"`
	Doc     string   `json:"doc"`
	Example string   `json:"example,omitempty"`
}

type literalItem struct {
	Example string `json:"example"`
	Doc     string `json:"doc"`
}

// A conventionItem is an expression that calculators read or compute
// differently, and what becomes of it here.
type conventionItem struct {
	Expression string `json:"expression"`
	Reading    string `json:"reading,omitempty"`
	Result     string `json:"result,omitempty"`
	Refused    string `json:"refused,omitempty"`
	Note       string `json:"note,omitempty"`
}

type syntaxRecord struct {
	Operators   []operatorItem   `json:"operators"`
	Literals    []literalItem    `json:"literals"`
	Conventions []conventionItem `json:"conventions"`
}

var literals = []literalItem{
	{"1234.5", "a decimal number, exactly as written"},
	{"1.5e-30", "scientific notation, exact too"},
	{"1,234.5 or 1_234.5", "digits in groups; a comma groups three digits outside calls and lists only"},
	{"0xff 0b101 0o17", "integers in base 16, 2 and 8"},
	{"50%", "a percentage, one hundredth of the number"},
	{"3i", "an imaginary number"},
	{"30°", "an angle in degrees"},
	{"5 ft", "a quantity: a number and a unit; calc://units lists them"},
	{"[1, 2, 3]", "a list; a list of lists of one length is a matrix"},
	{"true false", "truth values"},
	{"pi e tau phi i", "constants; calc://constants lists those of physics"},
}

// disputed are the expressions that calc://syntax evaluates.
var disputed = []string{
	"-2^2", "2^3^2", "2**3", "-7 % 3", "rem(-7, 3)", "7%-3", "100 + 10%", "100 + 10% + 10%", "50% + 10%", "20% of 50", "5!!", "6/2(1+2)", "1/2pi",
	"log(100)", "round(2.5)", "0^0", "1/0", "sqrt(-1)", "(-8)^(1/3)", "cbrt(-8)", "sin(pi)", "tan(pi/2)", "sin(30)", "sin(30°)", "1,234.5",
	"1.234,5", "2 3", "6 m / 2 s", "1/2 m", "1 ton to kg", "100 F to C", "100 degF to degC", "1e400 == 10^400", "1 < 2 < 3", "x = 3",
}

func (s *Service) syntax(ctx context.Context, _ string, _ map[string]string) ([]*mcp.ResourceContents, error) {
	r := syntaxRecord{Literals: literals}
	for _, o := range parse.Operators() {
		r.Operators = append(r.Operators, operatorItem{o.Symbols, o.Level, string(o.Fixity), o.Doc, o.Example})
	}
	for _, x := range disputed {
		c := conventionItem{Expression: x}
		v, err := eval.Evaluate(ctx, x, eval.Options{Precision: 20})
		var e *eval.Error
		switch {
		case errors.As(err, &e):
			c.Refused, c.Note = e.Message, e.Hint
		case err != nil:
			return nil, err
		default:
			c.Reading, c.Result, c.Note = v.Interpretation, v.Text, strings.Join(v.Notes, "; ")
		}
		r.Conventions = append(r.Conventions, c)
	}
	return contents(r)
}

type limitItem struct {
	Name  string `json:"name"`
	Value int64  `json:"value"`
	Unit  string `json:"unit"`
	Doc   string `json:"doc"`
}

func (s *Service) limits(ctx context.Context, _ string, _ map[string]string) ([]*mcp.ResourceContents, error) {
	lim := s.cfg.limits()
	n, p := number.New(ctx, lim.Numbers, 0).Limits(), parse.DefaultLimits()
	return contents(map[string]any{"limits": []limitItem{
		{"expression", int64(s.cfg.MaxExpression), "bytes", "the text of one expression"},
		{"depth", int64(p.Depth), "levels", "nesting of parentheses, calls, lists, signs and powers"},
		{"parts", int64(p.Nodes), "parts", "numbers, names and operators in one expression"},
		{"literal_digits", int64(p.Digits), "digits", "one number in an expression"},
		{"literal_exponent", int64(p.Exponent), "", "the exponent of a number in an expression"},
		{"integer", int64(s.cfg.MaxIntegerDigits), "digits", "an integer"},
		{"fraction", int64(n.RationalBits), "bits", "numerator and denominator together; what is longer is computed as a rounded real"},
		{"precision", int64(n.Digits), "digits", "significant digits of a rounded result"},
		{"constant_precision", int64(n.ConstantDigits), "digits", "the same of multiples of pi, e and square roots of integers"},
		{"default_precision", int64(s.cfg.Precision), "digits", "the same where a call does not say"},
		{"magnitude", int64(n.Exponent), "", "the power of ten that a rounded result may reach"},
		{"printed_digits", int64(n.PrintedDigits), "digits", "a longer integer is shown by its first and last digits"},
		{"work", n.Work, "steps", "units of 0.5 to 1 ns, estimated before each operation; the same input always takes the same"},
		{"time", s.cfg.Timeout.Milliseconds(), "ms", "one call"},
		{"rows", 100, "expressions", "one call of calculate_many"},
	}})
}
