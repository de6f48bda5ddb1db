package calculator

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/plot"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/curve"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/spelling"
)

// plotting is one call of plot_function.
type plotting struct {
	in       plotInput
	ev       *eval.Evaluator
	from, to number.Number // the range of functions
	x, y     extent        // of what is drawn
	figure   plot.Figure
	out      plotOutput
}

// extent is the least and the greatest of the numbers added, if there are any.
type extent struct {
	lo, hi float64
	any    bool
}

func (e *extent) add(v float64) {
	if !e.any {
		*e = extent{v, v, true}
	}
	e.lo, e.hi = min(e.lo, v), max(e.hi, v)
}

// value returns the number that n stands for, and the double nearest to it.
func (p *plotting) value(n numeral) (number.Number, float64, error) {
	a := p.ev.Arith()
	if err := a.Check(); err != nil {
		return number.Number{}, 0, err
	}
	x, err := p.ev.Number(string(n))
	if err != nil {
		return x, 0, err
	}
	f, err := a.Float64(x)
	if err == nil && math.Abs(f) > plot.Greatest {
		err = &number.Error{Kind: number.Limit, Message: "the value is beyond 1e300"}
	}
	return x, f, err
}

// data reads the series.
func (p *plotting) data() error {
	for i, s := range p.in.Series {
		if s.Name == "" {
			s.Name = "series " + strconv.Itoa(i+1)
		}
		s.Name = spelling.Excerpt(s.Name, mostName)
		if s.X != nil && len(s.X) != len(s.Y) {
			return &number.Error{Kind: number.Domain, Message: fmt.Sprintf("%s: %d values of x and %d of y", s.Name, len(s.X), len(s.Y)),
				Hint: "give one x for each y, or leave x out"}
		}
		if err := p.oneSeries(s); err != nil {
			return err
		}
	}
	return nil
}

func (p *plotting) oneSeries(s plotSeries) error {
	drawn := plot.Series{Name: s.Name, Style: plot.Line, Parts: [][]plot.Point{nil}}
	switch {
	case p.in.Kind == "scatter":
		drawn.Style = plot.Dots
	case p.in.Kind == "bar":
		drawn.Style = plot.Bars
	case len(s.Y) <= 60:
		drawn.Style = plot.Marked
	}
	least, most := 0, 0
	points := make([]plot.Point, len(s.Y))
	labels := make([]string, len(s.Y))
	for j, n := range s.Y {
		_, y, err := p.value(n)
		if err != nil {
			return within(err, fmt.Sprintf("%s, y[%d]", s.Name, j))
		}
		x, label, err := p.abscissa(s, j)
		if err != nil {
			return within(err, fmt.Sprintf("%s, x[%d]", s.Name, j))
		}
		points[j], labels[j] = plot.Point{X: x, Y: y}, label
		if y < points[least].Y {
			least = j
		}
		if y > points[most].Y {
			most = j
		}
		p.x.add(x)
		p.y.add(y)
	}
	drawn.Parts[0] = points
	p.figure.Series = append(p.figure.Series, drawn)
	p.out.Curves = append(p.out.Curves, plotCurve{
		Name: s.Name, Count: len(points),
		Min: &plotPoint{labels[least], digits(points[least].Y, 15)},
		Max: &plotPoint{labels[most], digits(points[most].Y, 15)},
	})
	return nil
}

// abscissa returns where the j-th point of s is, and what that is called. Bars
// stand at the place of their category.
func (p *plotting) abscissa(s plotSeries, j int) (float64, string, error) {
	label := strconv.Itoa(j + 1)
	if s.X != nil {
		label = spelling.Excerpt(string(s.X[j]), mostName)
	}
	if p.in.Kind == "bar" {
		i := slices.Index(p.figure.Categories, label)
		if i < 0 {
			i = len(p.figure.Categories)
			p.figure.Categories = append(p.figure.Categories, label)
		}
		return float64(i), label, nil
	}
	if s.X == nil {
		return float64(j + 1), label, nil
	}
	_, x, err := p.value(s.X[j])
	return x, digits(x, 15), err
}

// domain settles the range of the X axis.
func (p *plotting) domain() error {
	lo, hi := number.Int(-10), number.Int(10)
	if p.in.Kind == "bar" {
		p.figure.X = plot.Range{Lo: -0.5, Hi: float64(len(p.figure.Categories)) - 0.5}
		return nil
	}
	if p.x.any {
		p.figure.X = plot.Around(p.x.lo, p.x.hi)
		lo, _ = number.FromFloat64(p.figure.X.Lo)
		hi, _ = number.FromFloat64(p.figure.X.Hi)
	}
	p.from, p.to = lo, hi
	for _, end := range []struct {
		name   string
		given  numeral
		number *number.Number
	}{{"x_from", p.in.XFrom, &p.from}, {"x_to", p.in.XTo, &p.to}} {
		if end.given == "" {
			continue
		}
		x, _, err := p.value(end.given)
		if err != nil {
			return within(err, end.name)
		}
		*end.number = x
	}
	from, to, err := p.ends()
	if err != nil {
		return err
	}
	p.figure.X = plot.Range{Lo: from, Hi: to}
	p.out.XRange = []string{digits(from, 15), digits(to, 15)}
	return nil
}

// ends returns the ends of the range as doubles, after a look at whether it is
// one.
func (p *plotting) ends() (from, to float64, err error) {
	a := p.ev.Arith()
	if from, err = a.Float64(p.from); err == nil {
		to, err = a.Float64(p.to)
	}
	if err == nil && !(to-from > 1e-9*max(math.Abs(from), math.Abs(to))) {
		err = &number.Error{Kind: number.Domain,
			Message: fmt.Sprintf("the range of x from %s to %s is empty or too narrow", digits(from, 15), digits(to, 15)),
			Hint:    "x_from has to be less than x_to"}
	}
	return from, to, err
}

// formula returns what is to be plotted of "y = ..." or "f(x) = ...".
func formula(source string) string {
	left, right, ok := strings.Cut(source, "=")
	switch strings.ReplaceAll(left, " ", "") {
	case "y", "y(x)", "f(x)", "g(x)", "h(x)":
		if ok && !strings.HasPrefix(right, "=") {
			return strings.TrimSpace(right)
		}
	}
	return source
}

// evaluations is how many evaluations a function of so many bytes may take if
// all functions have bytes in sum, which is less than a second for all.
func evaluations(sum int) int { return max(120, min(8000, 900_000/sum)) }

// functions samples the functions.
func (p *plotting) functions() error {
	sum := 1
	for _, f := range p.in.Functions {
		sum += len(f)
	}
	var readings []string
	for i, source := range p.in.Functions {
		p.ev.Arith().Progress(float64(i), float64(len(p.in.Functions)), "sampling "+spelling.Excerpt(source, 40))
		x, err := parse.Parse(formula(source), parse.Limits{Bytes: mostFormula})
		if err != nil {
			return within(unread(err), "function "+strconv.Itoa(i+1))
		}
		c, err := curve.Sample(p.ev.Arith(), func(v number.Number) (number.Number, error) {
			p.ev.Set("x", v)
			return p.ev.NumberOf(x.Root)
		}, p.from, p.to, evaluations(sum))
		if err != nil {
			return within(onlyReal(onlyX(err)), "function "+strconv.Itoa(i+1))
		}
		p.oneFunction(spelling.Excerpt(formula(source), mostName), c)
		readings = append(readings, spelling.Excerpt(parse.Format(x.Root), 2000/len(p.in.Functions)))
		for _, n := range x.Notes {
			p.note(n)
		}
	}
	if len(readings) > 0 {
		p.out.Interpretation = fmt.Sprintf("%s; x from %s to %s", strings.Join(readings, ", "), p.out.XRange[0], p.out.XRange[1])
		if slices.ContainsFunc([]string{"sin(", "cos(", "tan("}, func(f string) bool { return strings.Contains(p.out.Interpretation, f) }) {
			p.note("angles are in radians")
		}
		p.note("zeros are where a function is 0 at a sample or changes its sign; where it touches 0 without crossing, or crosses it twice between samples, they may be missing")
	}
	return nil
}

// mostFormula bounds a function in bytes.
const mostFormula = 1000

// unread makes an error of the parser one of the evaluation, without values of
// the readings of an ambiguous formula: they depend on x.
func unread(err error) error {
	var e *parse.Error
	if !errors.As(err, &e) {
		return err
	}
	message := e.Message
	if e.Reason == parse.Ambiguous && len(e.Suggestions) > 0 {
		message += ": " + strings.Join(e.Suggestions, " or ")
	}
	return &eval.Error{Reason: eval.Reason(e.Reason), Position: e.Position, Message: message, Hint: e.Hint, Suggestions: e.Suggestions}
}

// onlyX says in an error about an unknown name which variable there is.
func onlyX(err error) error {
	var e *eval.Error
	if !errors.As(err, &e) || e.Reason != eval.UnknownName {
		return err
	}
	c := *e
	c.Hint = "x is the only variable; put numbers in the place of others"
	if e.Hint != "" {
		c.Hint += ", or " + e.Hint
	}
	return &c
}

// onlyReal takes the advice to choose another domain out of an error: there is
// none to choose.
func onlyReal(err error) error {
	var e *eval.Error
	if !errors.As(err, &e) || !strings.Contains(e.Hint, `"complex"`) {
		return err
	}
	c := *e
	c.Hint = "only real values can be drawn"
	return &c
}

func (p *plotting) note(text string) {
	if !slices.Contains(p.out.Notes, text) {
		p.out.Notes = append(p.out.Notes, text)
	}
}

// oneFunction takes over a sampled function.
func (p *plotting) oneFunction(name string, c *curve.Curve) {
	s := plot.Series{Name: name, Style: plot.Line}
	for _, part := range c.Parts {
		points := make([]plot.Point, len(part))
		for i, q := range part {
			points[i] = plot.Point(q)
		}
		s.Parts = append(s.Parts, points)
	}
	p.figure.Series = append(p.figure.Series, s)
	lo, hi, cut := c.View()
	p.y.add(lo)
	p.y.add(hi)
	if cut {
		p.note(name + " grows out of the picture, which shows the range of y where most of it is")
	}
	if c.Steep {
		p.note(name + " spans many orders of magnitude; its logarithm, or a shorter range of x, shows more")
	}
	if c.Restless {
		p.note(name + " changes faster than it was sampled; the picture and the lists are incomplete: choose a shorter range of x")
	}
	out := plotCurve{Name: name, Count: len(c.Even), Min: p.point(c.Min, 15), Max: p.point(c.Max, 15)}
	for _, q := range c.Even {
		out.Points = append(out.Points, []string{p.place(q.X), ordinate(q.Y, hi-lo, 8)})
	}
	for _, z := range c.Zeros {
		text := p.place(z.From)
		if to := p.place(z.To); to != text {
			text += " to " + to
		}
		out.Zeros = append(out.Zeros, text)
	}
	for _, g := range c.Gaps {
		gap := plotGap{From: p.place(g.From), To: p.place(g.To), Kind: string(g.Kind)}
		if gap.To == gap.From {
			gap.To = ""
		}
		if g.Kind == curve.Undefined {
			gap.Reason = spelling.Excerpt(g.Reason, 80)
		}
		out.Gaps = append(out.Gaps, gap)
	}
	p.out.Truncated = p.out.Truncated || c.MoreZeros || c.MoreGaps
	p.out.Curves = append(p.out.Curves, out)
}

func (p *plotting) point(q *curve.Point, n int) *plotPoint {
	if q == nil {
		return nil
	}
	return &plotPoint{p.place(q.X), digits(q.Y, n)}
}

// place writes an x as precisely as the range of x has meaning.
func (p *plotting) place(x float64) string {
	exp := int(math.Floor(math.Log10(p.figure.X.Hi-p.figure.X.Lo))) - 13
	if k := math.Round(x / math.Pow10(exp)); math.Abs(k) < 1<<53 && exp > -290 {
		x, _ = strconv.ParseFloat(strconv.FormatFloat(k, 'f', 0, 64)+"e"+strconv.Itoa(exp), 64)
	}
	return digits(x, 15)
}

// digits writes x with at most n significant digits.
func digits(x float64, n int) string {
	x, _ = strconv.ParseFloat(strconv.FormatFloat(x, 'e', n-1, 64), 64)
	if size := math.Abs(x); x == 0 || 1e-6 <= size && size < 1e21 {
		return strconv.FormatFloat(x+0, 'f', -1, 64)
	}
	mantissa, exp, _ := strings.Cut(strconv.FormatFloat(x, 'e', -1, 64), "e")
	e, _ := strconv.Atoi(exp)
	return mantissa + "e" + strconv.Itoa(e)
}

// ordinate writes a y with n significant digits, and as many more as tell apart
// values that differ by spread.
func ordinate(y, spread float64, n int) string {
	if more := math.Log10(math.Abs(y) / spread); more > 0 && !math.IsInf(more, 0) {
		n += int(math.Ceil(more))
	}
	return digits(y, min(n, 17))
}

// finish settles what the picture shows around the data, and makes the record
// short.
func (p *plotting) finish() {
	if p.in.Kind == "bar" {
		p.y.add(0)
	}
	f := &p.figure
	f.Y = plot.Around(p.y.lo, p.y.hi)
	if p.in.Kind == "bar" {
		// Bars stand on the axis.
		if p.y.lo == 0 && p.y.hi > 0 {
			f.Y.Lo = 0
		} else if p.y.hi == 0 && p.y.lo < 0 {
			f.Y.Hi = 0
		}
	}
	f.Title, f.XLabel, f.YLabel, f.Width, f.Height = p.in.Title, p.in.XLabel, p.in.YLabel, p.in.Width, p.in.Height
	if f.Title == "" && len(f.Series) == 1 {
		f.Title = f.Series[0].Name
	}
	if f.XLabel == "" && p.in.Kind != "bar" {
		f.XLabel = "x"
	}
	if f.YLabel == "" && p.in.Kind != "bar" {
		f.YLabel = "y"
	}
	p.out.YRange = []string{ordinate(f.Y.Lo, f.Y.Hi-f.Y.Lo, 4), ordinate(f.Y.Hi, f.Y.Hi-f.Y.Lo, 4)}
	for i := range p.out.Curves {
		p.out.Curves[i].Drawn = plot.Describe(i, f.Series[i].Style)
	}
	if p.out.Interpretation == "" {
		p.out.Interpretation = "data as they were sent, rounded to double precision"
	}
	p.out.shorten()
}

const (
	// mostRecord bounds the record of a plot in bytes: the picture shows the
	// rest.
	mostRecord = 8000
	// mostPoints bounds the points of one curve in the record.
	mostPoints = 200
	// mostName bounds a name in it, in characters.
	mostName = 80
)

// shorten thins the points, and then the other lists, until the record is
// small.
func (o *plotOutput) shorten() {
	for points, others := mostPoints, curve.MaxZeros; ; {
		for i := range o.Curves {
			c := &o.Curves[i]
			if len(c.Points) > points {
				c.Points, o.Truncated = thinned(c.Points, points), true
			}
			if len(c.Zeros) > others || len(c.Gaps) > others {
				c.Zeros, c.Gaps = c.Zeros[:min(len(c.Zeros), others)], c.Gaps[:min(len(c.Gaps), others)]
				o.Truncated = true
			}
		}
		size, err := json.Marshal(o)
		switch {
		case err != nil || len(size) <= mostRecord || points == 2:
			return
		case points > 10:
			points = points * 3 / 4
		case others > 1:
			others /= 2
		default:
			points = 2
		}
	}
}

// thinned returns at most n of the points, at even distances.
func thinned(points [][]string, n int) [][]string {
	step := (len(points) + n - 1) / n
	var out [][]string
	for i := 0; i < len(points); i += step {
		out = append(out, points[i])
	}
	return out
}
