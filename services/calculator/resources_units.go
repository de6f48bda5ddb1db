package calculator

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/constants"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/units"
)

var unitsResource = &mcp.Resource{
	Name:        "units",
	Title:       "Units",
	URI:         "calc://units",
	Description: "The units that convert_units knows, by what they measure, with the prefixes and the names that are refused.",
	MIMEType:    "application/json",
}

var dimensionTemplate = &mcp.ResourceTemplate{
	Name:        "units of a dimension",
	Title:       "Units of a dimension",
	URITemplate: "calc://units/{dimension}",
	Description: "The units of one dimension, such as length or fuel_economy: names, exact factors to the SI, notes.",
	MIMEType:    "application/json",
}

var constantsResource = &mcp.Resource{
	Name:        "constants",
	Title:       "Constants",
	URI:         "calc://constants",
	Description: "The constants of physics and chemistry (CODATA 2022): symbols, names, values, units.",
	MIMEType:    "application/json",
}

var constantTemplate = &mcp.ResourceTemplate{
	Name:        "constant",
	Title:       "Constant",
	URITemplate: "calc://constants/{name}",
	Description: "One constant of physics or chemistry, such as hbar or electron_mass: value, standard uncertainty, unit.",
	MIMEType:    "application/json",
}

type unitDimension struct {
	Dimension string   `json:"dimension"`
	URI       string   `json:"uri"`
	Units     []string `json:"units"`
}

type unitPrefix struct {
	Symbol string `json:"symbol"`
	Name   string `json:"name"`
	Factor string `json:"factor"`
}

type unitRefusal struct {
	Names        []string `json:"names"`
	Alternatives []string `json:"write,omitempty"`
	Reason       string   `json:"reason,omitempty"`
	Hint         string   `json:"hint,omitempty"`
}

type unitList struct {
	Dimensions []unitDimension `json:"dimensions"`
	Prefixes   []unitPrefix    `json:"prefixes"`
	Refused    []unitRefusal   `json:"refused"`
}

type unitRow struct {
	Symbol   string   `json:"symbol"`
	Name     string   `json:"name,omitempty"`
	Aliases  []string `json:"aliases,omitempty"`
	Factor   string   `json:"factor"`
	Zero     string   `json:"zero,omitempty"`
	Base     string   `json:"base"`
	Exact    bool     `json:"exact"`
	Prefixes string   `json:"prefixes,omitempty"`
	Note     string   `json:"note,omitempty"`
}

type unitRows struct {
	Dimension string    `json:"dimension"`
	Units     []unitRow `json:"units"`
}

// slug is the name of a dimension in a URI: length_time_per_mass for
// length*time/mass, without the characters that a template would not match.
func slug(dimension string) string {
	return strings.NewReplacer(" ", "_", "*", "_", "/", "_per_", "^", "", "(", "", ")", "").Replace(dimension)
}

// contents is a resource of one JSON value.
func contents(v any) ([]*mcp.ResourceContents, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false) // a model reads "<", not an escape
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return []*mcp.ResourceContents{{Text: strings.TrimSuffix(text.String(), "\n")}}, nil
}

func (s *Service) units(context.Context, string, map[string]string) ([]*mcp.ResourceContents, error) {
	var list unitList
	symbols := make(map[string][]string)
	for _, u := range units.All() {
		symbols[u.Dimension] = append(symbols[u.Dimension], u.Symbol)
	}
	for _, d := range units.Dimensions() {
		list.Dimensions = append(list.Dimensions, unitDimension{d, "calc://units/" + slug(d), symbols[d]})
	}
	for _, p := range units.Prefixes() {
		list.Prefixes = append(list.Prefixes, unitPrefix{p.Symbol, p.Name, p.Factor})
	}
	for _, r := range units.Refusals() {
		list.Refused = append(list.Refused, unitRefusal(r))
	}
	return contents(list)
}

func (s *Service) unitsOf(_ context.Context, _ string, vars map[string]string) ([]*mcp.ResourceContents, error) {
	var rows unitRows
	for _, u := range units.All() {
		if slug(u.Dimension) == slug(vars["dimension"]) {
			rows.Dimension = u.Dimension
			rows.Units = append(rows.Units, unitRow{u.Symbol, u.Name, u.Aliases, u.Factor, u.Offset, u.Base, u.Exact, u.Prefixes, u.Note})
		}
	}
	if len(rows.Units) == 0 {
		return nil, nil
	}
	return contents(rows)
}

func (s *Service) completeDimension(_ context.Context, prefix string, _ map[string]string) ([]string, error) {
	var values []string
	for _, d := range units.Dimensions() {
		if d = slug(d); strings.HasPrefix(d, prefix) {
			values = append(values, d)
		}
	}
	return values, nil
}

type constantItem struct {
	Symbol string `json:"symbol"`
	Name   string `json:"name"`
	Value  string `json:"value"`
	// Rounded says that value is not all of an exact constant.
	Rounded bool   `json:"rounded,omitempty"`
	Unit    string `json:"unit,omitempty"`
	Exact   bool   `json:"exact"`
}

type constantRecord struct {
	Symbol      string   `json:"symbol"`
	Name        string   `json:"name"`
	Aliases     []string `json:"aliases,omitempty"`
	Value       string   `json:"value"`
	Rounded     bool     `json:"rounded,omitempty"`
	Unit        string   `json:"unit,omitempty"`
	Exact       bool     `json:"exact"`
	Uncertainty string   `json:"standard_uncertainty"`
	Definition  string   `json:"definition,omitempty"`
	Year        int      `json:"codata"`
	Note        string   `json:"note,omitempty"`
}

func (s *Service) constants(ctx context.Context, _ string, _ map[string]string) ([]*mcp.ResourceContents, error) {
	var list []constantItem
	a := number.New(ctx, number.Limits{}, s.cfg.Precision)
	for _, c := range constants.All() {
		r, err := record(a, c)
		if err != nil {
			return nil, shown(err)
		}
		list = append(list, constantItem{r.Symbol, r.Name, r.Value, r.Rounded, r.Unit, r.Exact})
	}
	return contents(map[string]any{"codata": constants.Year, "constants": list})
}

func (s *Service) constant(ctx context.Context, _ string, vars map[string]string) ([]*mcp.ResourceContents, error) {
	c, err := constants.Lookup(vars["name"])
	if err != nil {
		return nil, shown(err)
	}
	r, err := record(number.New(ctx, number.Limits{}, s.cfg.Precision), c)
	if err != nil {
		return nil, shown(err)
	}
	return contents(r)
}

// record is what is known of c. The digits of a measured value are the ones
// that CODATA gives, zeros at the end too.
func record(a *number.Arith, c constants.Constant) (constantRecord, error) {
	r := constantRecord{Symbol: c.Symbol, Name: c.Name, Aliases: c.Aliases, Value: c.Definition, Unit: c.Unit, Exact: c.Uncertainty == "",
		Uncertainty: c.Uncertainty, Year: constants.Year, Note: c.Note}
	if c.Uncertainty != "" {
		return r, nil
	}
	r.Uncertainty = "exact"
	v, err := c.Value(a)
	if err != nil {
		return r, err
	}
	t, err := a.Text(v, 0)
	if err != nil {
		return r, err
	}
	r.Value, r.Rounded = t.Decimal, !t.DecimalExact
	if strings.ContainsAny(c.Definition, "*/^_") {
		r.Definition = c.Definition
	}
	return r, nil
}

func (s *Service) completeConstant(_ context.Context, prefix string, _ map[string]string) ([]string, error) {
	var symbols, aliases []string
	for _, c := range constants.All() {
		if strings.HasPrefix(c.Symbol, prefix) {
			symbols = append(symbols, c.Symbol)
		}
		for _, n := range c.Aliases {
			if prefix != "" && strings.HasPrefix(n, prefix) {
				aliases = append(aliases, n)
			}
		}
	}
	return append(symbols, aliases...), nil
}
