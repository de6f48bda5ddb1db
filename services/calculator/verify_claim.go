package calculator

import (
	"context"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/units"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/verify"
)

var verifyClaimTool = &mcp.Tool{
	Name:  "verify_claim",
	Title: "Verify a claim",
	Description: `Judge an equality, inequality or chain: true, false, undetermined, or rounded (equal in the digits written). Use it on numbers of your own draft.

Example: {"claim": "17% of 2350 = 399.5"}`,
	Annotations: server.ReadOnly(false),
}

type verifyInput struct {
	Claim     string  `json:"claim" jsonschema:"Sides joined by =, ≈, <, <=, !=, is"`
	Tolerance numeral `json:"tolerance,omitempty" jsonschema:"Allowed difference: 0.01 or 1%"`
	Rounding  string  `json:"rounding,omitempty" jsonschema:"half_up, half_even, down, ...; default: either half"`
}

type verifyOutput struct {
	Verdict        string   `json:"verdict" jsonschema:"true, false, rounded (equal after rounding to the digits written) or undetermined"`
	Left           *figure  `json:"left,omitempty" jsonschema:"the left side of the comparison that decides"`
	Right          *figure  `json:"right,omitempty" jsonschema:"the right side"`
	Difference     *figure  `json:"difference,omitempty" jsonschema:"left - right"`
	Unit           string   `json:"unit,omitempty" jsonschema:"of left, right and difference"`
	RelativeError  string   `json:"relative_error,omitempty" jsonschema:"the difference as a part of the left side, about"`
	Exact          bool     `json:"exact" jsonschema:"whether both sides are written exactly"`
	Explanation    string   `json:"explanation"`
	Links          []link   `json:"links,omitempty" jsonschema:"each comparison of a chain"`
	Interpretation string   `json:"interpretation" jsonschema:"how the claim was read, with all parentheses"`
	Notes          []string `json:"notes,omitempty"`
}

type link struct {
	Claim       string `json:"claim"`
	Verdict     string `json:"verdict"`
	Explanation string `json:"explanation"`
}

func (s *Service) verifyClaim(ctx context.Context, in verifyInput) (verifyOutput, error) {
	ev, err := s.evaluator(ctx, eval.Options{})
	if err != nil {
		return verifyOutput{}, shown(err)
	}
	var opt verify.Options
	if in.Tolerance != "" {
		x, err := ev.Number(string(in.Tolerance))
		if err != nil {
			return verifyOutput{}, shown(within(err, "tolerance"))
		}
		opt.Tolerance = &x
		opt.Relative = strings.HasSuffix(strings.TrimSpace(string(in.Tolerance)), "%")
	}
	if in.Rounding != "" {
		mode, err := number.ParseRounding(in.Rounding)
		if err != nil {
			return verifyOutput{}, shown(err)
		}
		opt.Rounding = &mode
	}
	r, err := verify.Claim(ev, in.Claim, opt)
	if err != nil {
		return verifyOutput{}, shown(err)
	}
	out := verifyOutput{
		Verdict: string(r.Verdict), Explanation: r.Explanation,
		Interpretation: r.Interpretation, Notes: r.Notes,
	}
	if len(r.Links) > 1 {
		for _, l := range r.Links {
			out.Links = append(out.Links, link{l.Left.Text + " " + l.Relation + " " + l.Right.Text, string(l.Verdict), l.Explanation})
		}
	}
	return out, shown(out.compare(ev.Arith(), decisive(r)))
}

// decisive returns the first link with the verdict of the whole, or the first.
func decisive(r *verify.Result) verify.Link {
	for _, l := range r.Links {
		if l.Verdict == r.Verdict {
			return l
		}
	}
	return r.Links[0]
}

// compare fills in what the sides of l are and by what they differ.
func (out *verifyOutput) compare(a *number.Arith, l verify.Link) error {
	if !l.Known {
		return nil
	}
	out.Exact, out.Unit = true, l.Unit
	for _, f := range []struct {
		to **figure
		x  number.Number
	}{{&out.Left, l.Left.Number}, {&out.Right, l.Right.Number}} {
		w, err := written(a, f.x)
		if err != nil {
			return err
		}
		*f.to = &w
		out.Exact = out.Exact && (w.Exact || w.Fraction != "" || w.Symbolic != "")
	}
	if l.Verdict == verify.Undetermined && !l.Difference.IsExact() {
		return nil // it may be 0
	}
	d, err := written(a, l.Difference)
	if err != nil {
		return err
	}
	out.Difference = &d
	if s, err := a.Sign(l.Left.Number); err != nil || s == 0 {
		return err
	}
	if u, err := units.Parse(l.Unit); l.Unit != "" && err == nil && u.IsAffine() {
		return nil // 0 degC is no size
	}
	q, err := a.Quo(l.Difference, l.Left.Number)
	if err == nil {
		q, err = a.Abs(q)
	}
	if err != nil {
		return err
	}
	if q.IsExact() {
		out.RelativeError, _, err = a.TextBetween(q.Rat(), q.Rat(), 3)
		if q.IsZero() {
			out.RelativeError = "0"
		}
		return err
	}
	t, err := a.Text(q, 3)
	out.RelativeError = t.Decimal
	return err
}
