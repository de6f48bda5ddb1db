package calculator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/services/calculator"
)

// plotted is the record of a plot.
type plotted struct {
	Curves []struct {
		Name, Drawn string
		Count       int
		Points      [][2]string
		Min, Max    *struct{ X, Y string }
		Zeros       []string
		Gaps        []struct{ From, To, Kind, Reason string }
	}
	XRange         []string `json:"x_range"`
	YRange         []string `json:"y_range"`
	Exact          bool
	Interpretation string
	Notes          []string
	Truncated      bool
}

// call plots, and returns the record as text, or the error, and the picture.
func call(t *testing.T, s *mcp.ClientSession, arguments string) (text string, failed bool, picture []byte) {
	t.Helper()
	res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "plot_function", Arguments: json.RawMessage(arguments)})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range res.Content {
		switch c := c.(type) {
		case *mcp.TextContent:
			text = c.Text
		case *mcp.ImageContent:
			if c.MIMEType != "image/png" {
				t.Errorf("the picture is %s", c.MIMEType)
			}
			picture = c.Data
		}
	}
	return text, res.IsError, picture
}

func plotOf(t *testing.T, s *mcp.ClientSession, arguments string) (plotted, image.Image) {
	t.Helper()
	text, failed, picture := call(t, s, arguments)
	if failed {
		t.Fatalf("%s: %s", arguments, text)
	}
	if len(text) > 8192 {
		t.Errorf("%s: the record has %d bytes", arguments, len(text))
	}
	var p plotted
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	return p, img
}

// hued counts the pixels of the first series' blue in the columns from x0 to x1.
func hued(img image.Image, x0, x1 int) int {
	n := 0
	for y := range img.Bounds().Dy() {
		for x := x0; x < x1; x++ {
			if r, g, b, _ := img.At(x, y).RGBA(); r>>8 < 0x40 && g>>8 > 0x50 && b>>8 > 0x90 {
				n++
			}
		}
	}
	return n
}

func TestPlotFunction(t *testing.T) {
	s := connect(t, calculator.Config{})
	p, img := plotOf(t, s, `{"functions": ["y = sin(x)", "x^2/4 - 1"], "x_from": "-2pi", "x_to": "2pi", "width": 640, "height": 360}`)
	if img.Bounds() != image.Rect(0, 0, 640, 360) {
		t.Errorf("the picture is %v", img.Bounds())
	}
	for x := 100; x < 600; x += 100 {
		if hued(img, x, x+20) < 20 {
			t.Errorf("no curve in the columns from %d", x)
		}
	}
	if p.Exact || p.Interpretation != "sin(x), ((x ^ 2) / 4) - 1; x from -6.28318530717959 to 6.28318530717959" {
		t.Errorf("exact %v, interpretation %q", p.Exact, p.Interpretation)
	}
	sine, parabola := p.Curves[0], p.Curves[1]
	if sine.Name != "sin(x)" || sine.Drawn != "blue solid line" || parabola.Drawn != "vermilion dashed line" {
		t.Errorf("%s: %s, %s: %s", sine.Name, sine.Drawn, parabola.Name, parabola.Drawn)
	}
	if got := strings.Join(sine.Zeros, " "); got != "-6.28318530718 -3.14159265359 0 3.14159265359 6.28318530718" {
		t.Errorf("the zeros of the sine are %s", got)
	}
	if got := strings.Join(parabola.Zeros, " "); got != "-2 2" || parabola.Min.X != "0" || parabola.Min.Y != "-1" {
		t.Errorf("the parabola has zeros %s and the minimum %v", got, parabola.Min)
	}
	for _, c := range p.Curves {
		if len(c.Points) < 20 || len(c.Points) > 200 {
			t.Errorf("%s has %d points", c.Name, len(c.Points))
		}
	}
	for _, q := range sine.Points {
		x, y := parsed(t, q[0]), parsed(t, q[1])
		if math.Abs(y-math.Sin(x)) > 1e-8 {
			t.Errorf("sin(%s) is not %s", q[0], q[1])
		}
	}
}

func parsed(t *testing.T, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestPlotPoles(t *testing.T) {
	p, _ := plotOf(t, connect(t, calculator.Config{}), `{"functions": ["tan(x)"], "x_from": "-2", "x_to": "2"}`)
	c := p.Curves[0]
	if len(c.Gaps) != 2 || c.Gaps[0].Kind != "pole" || c.Gaps[0].From != "-1.5707963267949" || c.Min != nil || c.Max != nil {
		t.Errorf("tan has the gaps %+v, and from %v to %v", c.Gaps, c.Min, c.Max)
	}
	if hi := parsed(t, p.YRange[1]); hi < 3 || hi > 100 {
		t.Errorf("the Y axis goes to %g", hi)
	}
	if !slices.ContainsFunc(p.Notes, func(n string) bool { return strings.Contains(n, "out of the picture") }) {
		t.Errorf("the notes are %q", p.Notes)
	}
}

func TestPlotData(t *testing.T) {
	s := connect(t, calculator.Config{})
	p, img := plotOf(t, s, `{"kind": "bar", "series": [{"name": "profit", "x": ["Q1", "Q2", "Q3"], "y": [5, "-5/2", 1e1]}]}`)
	c := p.Curves[0]
	if c.Drawn != "blue plain bars" || c.Count != 3 || c.Min.X != "Q2" || c.Min.Y != "-2.5" || c.Max.X != "Q3" || c.Max.Y != "10" {
		t.Errorf("%+v, from %v to %v", c, c.Min, c.Max)
	}
	if n := hued(img, 0, 800); n < 20_000 {
		t.Errorf("bars of %d pixels", n)
	}
	p, img = plotOf(t, s, `{"kind": "scatter", "series": [{"x": ["1", "2", "4"], "y": ["sqrt(2)", 0.1, "1/3"]}], "functions": ["x/3"]}`)
	if c := p.Curves[0]; c.Max.Y != "1.4142135623731" || c.Min.Y != "0.1" || p.Curves[1].Name != "x/3" {
		t.Errorf("%+v, from %v to %v", c, c.Min, c.Max)
	}
	if p.XRange[0] != "0.85" || p.XRange[1] != "4.15" {
		t.Errorf("the X axis is %v", p.XRange)
	}
	if n := hued(img, 0, 800); n < 60 {
		t.Errorf("markers of %d pixels", n)
	}
}

// TestPlotBounds holds that what is large stays within the record and the time,
// and that a picture is the same each time.
func TestPlotBounds(t *testing.T) {
	s := connect(t, calculator.Config{Timeout: 10 * time.Second})
	var functions []string
	for i := range 10 {
		functions = append(functions, fmt.Sprintf("sin(%dx)*exp(-x/5)", i+1))
	}
	list, err := json.Marshal(functions)
	if err != nil {
		t.Fatal(err)
	}
	arguments := fmt.Sprintf(`{"functions": %s, "x_from": 0, "x_to": 20}`, list)
	p, _ := plotOf(t, s, arguments)
	if len(p.Curves) != 10 || !p.Truncated {
		t.Errorf("%d curves, truncated %v", len(p.Curves), p.Truncated)
	}
	_, _, first := call(t, s, arguments)
	if _, _, again := call(t, s, arguments); !bytes.Equal(first, again) {
		t.Error("two pictures of the same differ")
	}
	long := strings.Repeat("x+", 200) + "tan(9x)"
	if list, err = json.Marshal([]string{long, long + "+1", long + "+2", long + "+3", long + "+4", long + "+5", long + "+6", long + "+7", long + "+8"}); err != nil {
		t.Fatal(err)
	}
	plotOf(t, s, fmt.Sprintf(`{"functions": %s, "series": [{"name": %q, "y": [1]}]}`, list, strings.Repeat("long ", 1000)))
	plotOf(t, s, `{"functions": ["tan(50x)", "sin(1/x)", "factorial(x)", "1/sin(30x)"], "x_from": 0, "x_to": 20, "width": 2000, "height": 1500}`)
}

func TestPlotRefusals(t *testing.T) {
	s := connect(t, calculator.Config{})
	for arguments, want := range map[string]string{
		`{}`:                                                    "nothing to plot",
		`{"functions": ["a*x"]}`:                                "x is the only variable",
		`{"functions": ["x", "sin(x"]}`:                         "function 2: ",
		`{"functions": ["6/2(1+x)"]}`:                           "(6 / 2) * (1 + x) or 6 / (2 * (1 + x))",
		`{"functions": ["sqrt(-1-x^2)"]}`:                       "is not real",
		`{"functions": ["x"], "x_from": 3, "x_to": 1}`:          "x_from has to be less than x_to",
		`{"functions": ["x"], "x_to": "foo"}`:                   "x_to: ",
		`{"functions": ["x"], "kind": "bar"}`:                   "bars show series only",
		`{"series": [{"y": []}]}`:                               "has 0 values of y",
		`{"series": [{"y": [1, "a"]}]}`:                         "series 1, y[1]: ",
		`{"series": [{"x": [1], "y": [1, 2]}]}`:                 "1 values of x and 2 of y",
		`{"series": [{"y": ["1e400"]}]}`:                        "beyond",
		`{"functions": ["x"], "width": 5000}`:                   "width",
		`{"functions": ["` + strings.Repeat("x+", 600) + `x"]}`: "the limit is 1000",
		`{"functions": ["1","2","3","4","5","6"], "series": [{"y":[1]},{"y":[1]},{"y":[1]},{"y":[1]},{"y":[1]}]}`: "at most 10",
	} {
		text, failed, picture := call(t, s, arguments)
		if !failed || picture != nil || !strings.Contains(text, want) {
			t.Errorf("%.80s: failed %v: %.300s; want %q", arguments, failed, text, want)
		}
	}
}
