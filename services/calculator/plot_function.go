package calculator

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plot"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
)

var plotTool = &mcp.Tool{
	Name:  "plot_function",
	Title: "Plot functions and data",
	Description: `Draw functions of x, or data, as a PNG; list points, extremes, zeros and gaps. At most 10 curves.
Example: {"functions": ["sin(x)", "x^2/4"], "x_from": "-pi", "x_to": "pi"}`,
	Annotations: server.ReadOnly(false),
}

type plotInput struct {
	Functions []string     `json:"functions,omitempty" jsonschema:"of x"`
	Series    []plotSeries `json:"series,omitempty" jsonschema:"data; without x 1, 2, 3; for bars x are labels"`
	Kind      string       `json:"kind" enum:"line,scatter,bar" default:"line" jsonschema:"of series"`
	XFrom     numeral      `json:"x_from,omitempty" jsonschema:"default -10"`
	XTo       numeral      `json:"x_to,omitempty" jsonschema:"default 10"`
	XLabel    string       `json:"x_label,omitempty" jsonschema:"text"`
	YLabel    string       `json:"y_label,omitempty" jsonschema:"text"`
	Title     string       `json:"title,omitempty" jsonschema:"text"`
	Width     int          `json:"width" default:"800" jsonschema:"pixels"`
	Height    int          `json:"height" default:"500" jsonschema:"pixels"`
}

type plotSeries struct {
	Name string    `json:"name,omitempty"`
	X    []numeral `json:"x,omitempty"`
	Y    []numeral `json:"y"`
}

type plotOutput struct {
	Curves         []plotCurve `json:"curves"`
	XRange         []string    `json:"x_range,omitempty" jsonschema:"both ends of the X axis"`
	YRange         []string    `json:"y_range" jsonschema:"both ends of the Y axis"`
	Exact          bool        `json:"exact" jsonschema:"false: values are rounded"`
	Interpretation string      `json:"interpretation" jsonschema:"how the functions were read, with all parentheses, and where"`
	Notes          []string    `json:"notes,omitempty"`
	Truncated      bool        `json:"truncated,omitempty" jsonschema:"whether points, zeros or gaps were left out here; the picture has them"`

	image []byte
}

type plotCurve struct {
	Name   string     `json:"name"`
	Drawn  string     `json:"drawn" jsonschema:"how it looks in the picture"`
	Count  int        `json:"count" jsonschema:"number of evenly spaced samples of a function, or of data"`
	Points [][]string `json:"points,omitempty" jsonschema:"some of the samples as [x, y], y rounded to 8 digits"`
	Min    *plotPoint `json:"min,omitempty" jsonschema:"the least value; absent if there is none"`
	Max    *plotPoint `json:"max,omitempty"`
	Zeros  []string   `json:"zeros,omitempty" jsonschema:"where a function is 0 or changes its sign"`
	Gaps   []plotGap  `json:"gaps,omitempty"`
}

type plotPoint struct {
	X string `json:"x"`
	Y string `json:"y"`
}

type plotGap struct {
	From   string `json:"from"`
	To     string `json:"to,omitempty" jsonschema:"absent if the gap is one point"`
	Kind   string `json:"kind" enum:"undefined,pole,jump"`
	Reason string `json:"reason,omitempty"`
}

// Attachments is the picture.
func (o plotOutput) Attachments() []mcp.Content {
	return []mcp.Content{&mcp.ImageContent{Data: o.image, MIMEType: "image/png"}}
}

// The most that one plot draws.
const (
	mostCurves = 10
	mostData   = 2000
)

// check refuses what does not fit one picture. The limits are here and not in
// the schema, which every conversation pays for.
func (in *plotInput) check() error {
	switch n := len(in.Functions) + len(in.Series); {
	case n == 0:
		return toolerr.Invalid("functions", "nothing to plot: give functions or series")
	case n > mostCurves:
		return toolerr.Invalid("series", "%d curves; at most %d fit one picture", n, mostCurves)
	case in.Kind == "bar" && len(in.Functions) > 0:
		return toolerr.Invalid("kind", "bars show series only; plot functions as lines in a picture of their own")
	case in.Width < 200 || in.Width > 2000:
		return toolerr.Invalid("width", "the width is %d pixels; it can be 200 to 2000", in.Width)
	case in.Height < 150 || in.Height > 1500:
		return toolerr.Invalid("height", "the height is %d pixels; it can be 150 to 1500", in.Height)
	}
	for i, s := range in.Series {
		if n := len(s.Y); n == 0 || n > mostData {
			return toolerr.Invalid("series", "series %d has %d values of y; it can have 1 to %d", i+1, n, mostData)
		}
	}
	return nil
}

// plotPrecision is the number of digits of everything in a plot.
const plotPrecision = 17

func (s *Service) plot(ctx context.Context, in plotInput) (plotOutput, error) {
	if err := in.check(); err != nil {
		return plotOutput{}, err
	}
	ev, err := s.evaluator(ctx, eval.Options{Precision: plotPrecision, RealOnly: true})
	if err != nil {
		return plotOutput{}, shown(err)
	}
	p := &plotting{in: in, ev: ev}
	for _, step := range []func() error{p.data, p.domain, p.functions} {
		if err := step(); err != nil {
			return plotOutput{}, shown(err)
		}
	}
	p.finish()
	if p.out.image, err = plot.PNG(ctx, p.figure); err != nil {
		if ended := ev.Arith().Check(); ended != nil {
			err = ended
		}
		return plotOutput{}, shown(err)
	}
	return p.out, nil
}
