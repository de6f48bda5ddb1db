package calculator

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/stats"
)

var statisticsTool = &mcp.Tool{
	Name:        "statistics",
	Title:       "Statistics",
	Description: `Exact statistics of a list, weighted or paired. Example: {"values":["0.1","1/3"]}`,
	Annotations: server.ReadOnly(false),
}

type statisticsInput struct {
	Values         numerals `json:"values" jsonschema:"Up to 100,000"`
	Y              numerals `json:"y,omitempty" jsonschema:"Partners"`
	Weights        numerals `json:"weights,omitempty" jsonschema:"Counts"`
	Relative       bool     `json:"relative,omitempty" jsonschema:"Weights are not counts"`
	Measures       []string `json:"measures,omitempty" enum:"n,sum,mean,median,modes,min,max,range,variance,stdev,standard_error,quartiles,iqr,mad,geometric_mean,harmonic_mean,rms,skewness,kurtosis,covariance,correlation,spearman,regression" jsonschema:"Default: usual"`
	Quantiles      numerals `json:"quantiles,omitempty" jsonschema:"0 to 1"`
	QuantileMethod int      `json:"quantile_method,omitempty" jsonschema:"Hyndman-Fan; default 7"`
	Precision      int      `json:"precision,omitempty" jsonschema:"Digits"`
}

type statisticsOutput struct {
	Measures       map[string]figure `json:"measures" jsonschema:"the statistics by name; _sample divides by n-1, _population by n; with relative weights w n is V1 = sum(w), and _sample divides by V1 - V2/V1, V2 = sum(w^2)"`
	Modes          []figure          `json:"modes,omitempty" jsonschema:"the most frequent values"`
	Quantiles      []quantile        `json:"quantiles,omitempty" jsonschema:"the quantiles asked for, in that order"`
	Exact          bool              `json:"exact" jsonschema:"whether every value is the number itself"`
	Interpretation string            `json:"interpretation" jsonschema:"what was understood, and the conventions"`
	Notes          []string          `json:"notes,omitempty" jsonschema:"what is not defined for these values, and why"`
}

type quantile struct {
	At string `json:"at" jsonschema:"the part of the values below"`
	figure
}

// usualMeasures are computed when a call names none, and pairedMeasures as well
// when it has pairs.
var (
	usualMeasures  = []string{"n", "sum", "mean", "median", "modes", "min", "max", "variance", "stdev", "quartiles"}
	pairedMeasures = []string{"covariance", "correlation", "regression"}
)

// statisticsOf are the statistics of the measures that are several.
var statisticsOf = map[string][]string{
	"variance":   {"variance_sample", "variance_population"},
	"stdev":      {"stdev_sample", "stdev_population"},
	"quartiles":  {"q1", "median", "q3"},
	"skewness":   {"skewness_sample", "skewness_population"},
	"kurtosis":   {"kurtosis_sample", "kurtosis_population"},
	"covariance": {"covariance_sample", "covariance_population"},
	"regression": {"slope", "intercept", "r_squared", "slope_standard_error", "intercept_standard_error", "residual_standard_error"},
}

// conventions are the choices behind some measures, for the interpretation.
var conventions = map[string]string{
	"mad":        "mad is the median distance from the median, unscaled",
	"skewness":   "skewness_sample is G1, skewness_population g1",
	"kurtosis":   "kurtosis is the excess over a normal distribution (sample G2, population g2)",
	"regression": "the regression is of y (dependent) on values",
}

// relativeConventions are those with relative weights, named V1 and V2 in
// described.
var relativeConventions = map[string]string{
	"variance":       "variance_sample = sum(w*(x-mean)^2)/(V1 - V2/V1), variance_population = sum(w*(x-mean)^2)/V1",
	"stdev":          "stdev_sample = sqrt(sum(w*(x-mean)^2)/(V1 - V2/V1)), stdev_population = sqrt(sum(w*(x-mean)^2)/V1)",
	"covariance":     "covariance_sample = sum(w*(x-mean_x)*(y-mean_y))/(V1 - V2/V1), covariance_population = that sum/V1",
	"standard_error": "standard_error = stdev_sample/sqrt(V1^2/V2)",
}

// maxQuantiles bounds the quantiles of one call.
const maxQuantiles = 100

func (s *Service) statistics(ctx context.Context, in statisticsInput) (statisticsOutput, error) {
	ev, err := s.evaluator(ctx, eval.Options{Precision: in.Precision})
	if err != nil {
		return statisticsOutput{}, shown(err)
	}
	out, err := statisticsFor(ev, in)
	return out, shown(err)
}

func statisticsFor(ev *eval.Evaluator, in statisticsInput) (statisticsOutput, error) {
	sample, err := sampleOf(ev, in)
	if err != nil {
		return statisticsOutput{}, err
	}
	measures := unique(in.Measures)
	if len(measures) == 0 && len(in.Quantiles) == 0 {
		measures = usualMeasures
		if in.Y != nil {
			measures = append(measures[:len(measures):len(measures)], pairedMeasures...)
		}
	}
	r := report{a: ev.Arith(), sample: sample, relative: in.Relative && in.Weights != nil}
	r.out.Measures, r.out.Exact = map[string]figure{}, true
	r.out.Interpretation = described(in)
	for i, m := range measures {
		if err := r.measure(m); err != nil {
			return statisticsOutput{}, within(err, m)
		}
		r.a.Progress(float64(i+1), float64(len(measures)), m)
	}
	if err := r.quantiles(ev, in, measures); err != nil {
		return statisticsOutput{}, err
	}
	if len(r.out.Measures)+len(r.out.Quantiles)+len(r.out.Modes) == 0 && r.first != nil {
		return statisticsOutput{}, r.first
	}
	return r.out, nil
}

// unique returns the measures, each once.
func unique(list []string) []string {
	var once []string
	for _, m := range list {
		if !slices.Contains(once, m) {
			once = append(once, m)
		}
	}
	return once
}

// described says what data a call has.
func described(in statisticsInput) string {
	noun := "value"
	if in.Y != nil {
		noun = "pair"
	}
	d := fmt.Sprintf("%d %s", len(in.Values), noun)
	if len(in.Values) != 1 {
		d += "s"
	}
	switch {
	case in.Weights == nil:
	case in.Relative:
		d += " with relative weights w, V1 = sum(w), V2 = sum(w^2)"
	default:
		d += ", each as often as its weight says"
	}
	return d
}

// sampleOf reads the data of a call.
func sampleOf(ev *eval.Evaluator, in statisticsInput) (*stats.Sample, error) {
	var d stats.Data
	if in.Relative {
		d.Kind = stats.Reliability
	}
	for _, list := range []struct {
		name string
		from numerals
		to   *[]number.Number
	}{{"values", in.Values, &d.X}, {"y", in.Y, &d.Y}, {"weights", in.Weights, &d.Weights}} {
		if list.from == nil {
			continue
		}
		if len(list.from) > stats.MaxValues {
			return nil, &number.Error{Kind: number.Limit,
				Message: fmt.Sprintf("%s has %d numbers; the limit is %d", list.name, len(list.from), stats.MaxValues)}
		}
		var err error
		if *list.to, err = numbers(ev, list.name, list.from); err != nil {
			return nil, err
		}
	}
	return stats.New(ev.Arith(), d)
}

// report collects the statistics of a sample.
type report struct {
	a      *number.Arith
	sample *stats.Sample
	out    statisticsOutput
	// relative says that the values have relative weights.
	relative bool
	first    error // why the first statistic that is not defined is not
}

// measure adds the statistics of a measure.
func (r *report) measure(name string) error {
	if c := conventions[name]; c != "" {
		r.out.Interpretation += "; " + c
	}
	if c := relativeConventions[name]; c != "" && r.relative {
		r.out.Interpretation += "; " + c
	}
	if name == "modes" {
		return r.modes()
	}
	names := statisticsOf[name]
	if names == nil {
		names = []string{name}
	}
	for _, n := range names {
		x, err := r.sample.Measure(n)
		var f figure
		if err == nil {
			f, err = written(r.a, x)
		}
		if err != nil {
			if err := r.undefined(n, err); err != nil {
				return err
			}
			continue
		}
		r.out.Measures[n] = f
		r.out.Exact = r.out.Exact && f.Exact
	}
	return nil
}

// undefined notes that the sample has no such statistic; other errors come back.
func (r *report) undefined(name string, err error) error {
	var e *number.Error
	if !errors.As(err, &e) || e.Kind != number.Domain && e.Kind != number.Undecided {
		return err
	}
	if r.first == nil {
		r.first = within(err, name)
	}
	r.out.Notes = append(r.out.Notes, name+": "+e.Message)
	return nil
}

func (r *report) modes() error {
	modes, err := r.sample.Modes()
	if err != nil {
		return r.undefined("modes", err)
	}
	if len(modes) == 0 {
		r.out.Notes = append(r.out.Notes, "modes: all values are equally frequent")
	}
	for _, x := range modes {
		f, err := written(r.a, x)
		if err != nil {
			return err
		}
		r.out.Modes = append(r.out.Modes, f)
		r.out.Exact = r.out.Exact && f.Exact
	}
	return nil
}

// quantiles adds the quantiles asked for, and says which method was used.
func (r *report) quantiles(ev *eval.Evaluator, in statisticsInput, measures []string) error {
	method := in.QuantileMethod
	weighted := in.Weights != nil && in.Relative
	switch {
	case method != 0:
	case weighted:
		method = 2
	default:
		method = stats.DefaultMethod
	}
	if len(in.Quantiles) > 0 {
		r.out.Interpretation += fmt.Sprintf("; quantiles by method %d of Hyndman and Fan", method)
	}
	if slices.Contains(measures, "quartiles") || slices.Contains(measures, "iqr") {
		usual := stats.DefaultMethod
		if weighted {
			usual = 2
		}
		r.out.Interpretation += fmt.Sprintf("; quartiles by method %d of Hyndman and Fan", usual)
	}
	if len(in.Quantiles) > maxQuantiles {
		return &number.Error{Kind: number.Limit, Message: fmt.Sprintf("%d quantiles; the limit is %d", len(in.Quantiles), maxQuantiles)}
	}
	at, err := numbers(ev, "quantiles", in.Quantiles)
	if err != nil {
		return err
	}
	for i, p := range at {
		x, err := r.sample.Quantile(p, method)
		if err != nil {
			return within(err, fmt.Sprintf("quantiles[%d]", i))
		}
		f, err := written(r.a, x)
		if err != nil {
			return within(err, fmt.Sprintf("quantiles[%d]", i))
		}
		r.out.Quantiles = append(r.out.Quantiles, quantile{string(in.Quantiles[i]), f})
		r.out.Exact = r.out.Exact && f.Exact
	}
	return nil
}
