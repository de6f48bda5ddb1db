package database

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/database/internal/catalog"
	"github.com/mcpfleet/mcpfleet/services/database/internal/lexer"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// What the server says in English; in other languages there is no more advice
// than it gives.
var (
	saidEnum      = regexp.MustCompile(`^invalid input value for enum (.+?): "`)
	saidRelation  = regexp.MustCompile(`^relation "(.+)" does not exist$`)
	saidFrom      = regexp.MustCompile(`^missing FROM-clause entry for table "(.+)"$`)
	saidColumn    = regexp.MustCompile(`^column (?:"(.+)"|(?:.+\.)?(.+)) does not exist$`)
	saidFunction  = regexp.MustCompile(`^function (?:.+\.)?(\w+)\(`)
	saidParameter = regexp.MustCompile(`^could not determine data type of parameter (\$[0-9]+)$`)
	saidUndated   = regexp.MustCompile(`\b(timestamp|date)\b.* [<>=]+ .*integer|integer [<>=]+ .*\b(timestamp|date)\b`)
	topRows       = regexp.MustCompile(`(?i)^\s*select\s+(distinct\s+)?top\b`)
)

// ofOthers are functions of other databases and what does the same here.
var ofOthers = map[string]string{
	"ifnull": "coalesce(a, b)", "nvl": "coalesce(a, b)", "isnull": "coalesce(a, b), or a IS NULL", "iif": "CASE WHEN … THEN … ELSE … END", "if": "CASE WHEN … THEN … ELSE … END",
	"decode": "CASE WHEN … THEN … ELSE … END", "len": "length(text)", "charindex": "position(part IN text)", "instr": "strpos(text, part)", "locate": "strpos(text, part)",
	"group_concat": "string_agg(text, ', ')", "listagg": "string_agg(text, ', ')", "string_agg": "string_agg(text, ', '), with a cast to text if it is none",
	"median": "percentile_cont(0.5) WITHIN GROUP (ORDER BY value)", "getdate": "now()", "sysdate": "now()", "curdate": "current_date",
	"year": "extract(year FROM moment)", "month": "extract(month FROM moment)", "day": "extract(day FROM moment)", "hour": "extract(hour FROM moment)", "weekday": "extract(isodow FROM moment)",
	"datediff": "later - earlier: of dates a number of days, of timestamps an interval", "timestampdiff": "extract(epoch FROM later - earlier)",
	"dateadd": "moment + interval '1 day'", "date_add": "moment + interval '1 day'", "date_sub": "moment - interval '1 day'",
	"date_format": "to_char(moment, 'YYYY-MM-DD')", "strftime": "to_char(moment, 'YYYY-MM-DD')", "to_char": "to_char(moment, 'YYYY-MM-DD')", "str_to_date": "to_date(text, 'YYYY-MM-DD')",
	"json_extract": "document->'key', or document->>'key' for text", "json_value": "document->>'key'", "json_unquote": "document->>'key'",
	"round": "round(value::numeric, digits)", "count": "count(DISTINCT (a, b)) for several columns", "convert": "value::type", "try_cast": "value::type", "uuid": "gen_random_uuid()", "newid": "gen_random_uuid()",
}

// The bounds of advice.
const (
	maxRepairTables  = 3
	maxRepairColumns = 40
	maxRepairBytes   = 1000
	maxRepairTokens  = 20_000
)

// repair is what to change in a query that the server refused, "" if the
// server's own words are the best there are.
func (s *Service) repair(ctx context.Context, d *database, e *postgres.Error, query string) string {
	snap, err := d.catalog.Snapshot(ctx)
	if err != nil {
		return ""
	}
	r := repairing{snap: snap, e: e, query: query}
	r.read()
	var advice string
	switch e.SQLState {
	case "22P02":
		advice = enumLabels(ctx, d, e.Message)
	case "22012":
		advice = "NULLIF(divisor, 0) gives NULL instead."
	case "42P18":
		if m := saidParameter.FindStringSubmatch(e.Message); m != nil {
			advice = fmt.Sprintf("Say its type in the statement, such as %s::text.", m[1])
		}
	case "42P01":
		advice = r.relation()
	case "42702":
		advice = r.ambiguous()
	case "42703":
		advice = r.column()
	case "42883":
		advice = r.operator()
	case "42601":
		advice = r.syntax()
	case "42704":
		if len(r.words) > 0 && r.is(0, "show") {
			advice = "SHOW is for settings; list_tables and describe_table show what is in the database."
		}
	}
	if strings.Contains(e.Hint, `"datestyle"`) {
		advice = "Dates are year-month-day: '2026-01-31'."
	}
	return catalog.Cut(advice, maxRepairBytes)
}

// enumLabels lists what an enum takes, if that is what a message is about.
func enumLabels(ctx context.Context, d *database, message string) string {
	m := saidEnum.FindStringSubmatch(message)
	if m == nil {
		return ""
	}
	labels, err := postgres.Column1[string](ctx, d.DB, `
select pg_catalog.quote_literal(enumlabel) from pg_enum where enumtypid = pg_catalog.to_regtype($1) order by enumsortorder limit 50`, m[1])
	if err != nil || len(labels) == 0 {
		return ""
	}
	return catalog.Cut("Its values are "+strings.Join(labels, ", ")+".", maxRepairBytes)
}

// repairing is a query that was refused.
type repairing struct {
	snap  *catalog.Snapshot
	e     *postgres.Error
	query string
	words []lexer.Token
	at    int // the word that the server points to, -1 for none
	named []*catalog.Table
}

// read finds the words of the query, and the tables among them.
func (r *repairing) read() {
	r.at = -1
	begin := -1
	if r.e.Position > 0 {
		n := 1
		for i := range r.query {
			if n == r.e.Position {
				begin = i
				break
			}
			n++
		}
	}
	l := lexer.New(r.query)
	for len(r.words) < maxRepairTokens {
		t, err := l.Next()
		if err != nil || t.Kind == lexer.EOF {
			break
		}
		if t.Start <= begin && begin < t.End {
			r.at = len(r.words)
		}
		r.words = append(r.words, t)
	}
	for i, t := range r.words {
		if t.Kind != lexer.Ident && t.Kind != lexer.Quoted || i == 0 {
			continue
		}
		before := r.words[i-1]
		if before.Kind != lexer.Comma && before.Kind != lexer.Dot && !r.is(i-1, "from", "join", "only", "table") {
			continue
		}
		name := lexer.Name(r.text(i))
		if i > 1 && before.Kind == lexer.Dot {
			name = postgres.Identifier(lexer.Name(r.text(i-2)), name)
		} else {
			name = postgres.Identifier(name)
		}
		if t, err := r.snap.Table("", name); err == nil && t.Readable && len(r.named) < maxRepairTables && !slices.Contains(r.named, t) {
			r.named = append(r.named, t)
		}
	}
}

func (r *repairing) text(i int) string { return r.query[r.words[i].Start:r.words[i].End] }

// is reports whether a word is one of these keywords.
func (r *repairing) is(i int, keywords ...string) bool {
	return i >= 0 && i < len(r.words) && slices.Contains(keywords, strings.ToLower(r.text(i)))
}

func (r *repairing) relation() string {
	if m := saidFrom.FindStringSubmatch(r.e.Message); m != nil {
		for _, t := range r.named {
			if c := t.Column(m[1]); c != nil && strings.HasPrefix(c.Type, "json") {
				return fmt.Sprintf("%s is a column with documents: write %s->>'key' for a field of it.", written(c.Name), written(c.Name))
			}
		}
		return "Join the table in FROM, and call it by the alias that it has there."
	}
	m := saidRelation.FindStringSubmatch(r.e.Message)
	if m == nil {
		return ""
	}
	return r.near(m[1])
}

// near proposes tables with names like this one.
func (r *repairing) near(name string) string {
	near := r.snap.Near("", name)
	if len(near) == 0 {
		return "list_tables names the tables, search_schema finds them by what they are about."
	}
	var names []string
	for _, t := range near {
		names = append(names, written(t.Schema)+"."+written(t.Name))
	}
	return "Did you mean " + strings.Join(names, " or ") + "?"
}

func (r *repairing) column() string {
	if r.e.Hint != "" {
		return r.e.Hint + r.capitals()
	}
	var parts []string
	if r.at >= 0 && r.words[r.at].Kind == lexer.Quoted {
		text := lexer.Name(r.text(r.at))
		parts = append(parts, "Double quotes are for names; a text is written '"+strings.ReplaceAll(text, "'", "''")+"'.")
	}
	for _, t := range r.named {
		var names []string
		for _, c := range t.Columns {
			if len(names) == maxRepairColumns {
				names = append(names, fmt.Sprintf("%d more", len(t.Columns)-maxRepairColumns))
				break
			}
			names = append(names, written(c.Name))
		}
		parts = append(parts, written(t.Name)+" has "+strings.Join(names, ", ")+".")
	}
	return strings.Join(parts, " ")
}

// ambiguous names the tables that have the column.
func (r *repairing) ambiguous() string {
	if r.at < 0 {
		return ""
	}
	var names []string
	for _, t := range r.named {
		if name := lexer.Name(r.text(r.at)); t.Column(name) != nil {
			names = append(names, written(t.Name)+"."+written(name))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "Put the table or its alias before it: " + strings.Join(names, " or ") + "."
}

// capitals says what a name with capitals needs.
func (r *repairing) capitals() string {
	m := saidColumn.FindStringSubmatch(r.e.Message)
	if m == nil {
		return ""
	}
	for _, t := range r.named {
		for _, c := range t.Columns {
			if c.Name != m[1]+m[2] && strings.EqualFold(c.Name, m[1]+m[2]) {
				return " Write it as " + written(c.Name) + ": without quotes a name is in small letters."
			}
		}
	}
	return ""
}

func (r *repairing) operator() string {
	switch m := r.e.Message; {
	case strings.HasPrefix(m, "operator"):
		switch {
		case strings.Contains(m, " == "):
			return "Equality is written =."
		case strings.Contains(m, "~~"):
			return "LIKE is for text: cast what is left of it, as in status::text LIKE 'a%'."
		case saidUndated.MatchString(m):
			return "A date is in quotes, as in '2026-01-31', or a parameter."
		}
	default:
		if f := saidFunction.FindStringSubmatch(m); f != nil && ofOthers[f[1]] != "" {
			return "Write " + ofOthers[f[1]] + "."
		}
	}
	return ""
}

// reserved are words that stand for something else where a name is meant most
// often.
var reserved = []string{
	"all", "analyse", "analyze", "array", "as", "asc", "case", "cast", "check", "column", "constraint", "current_date", "default", "desc", "distinct", "do", "else", "end",
	"fetch", "for", "foreign", "from", "grant", "group", "having", "in", "into", "lateral", "limit", "offset", "on", "only", "or", "order", "primary", "references",
	"select", "table", "then", "to", "union", "unique", "user", "using", "when", "where", "window", "with",
}

func (r *repairing) syntax() string {
	if topRows.MatchString(r.query) {
		return "Write LIMIT 10 at the end instead of TOP 10."
	}
	placeholders := false
	for i, t := range r.words {
		switch {
		case t.Kind == lexer.Operator && strings.Contains(r.text(i), "`"):
			return `A name is in double quotes where it needs any: "name".`
		case t.Kind == lexer.Param:
			placeholders = true
		}
	}
	if r.at < 0 {
		r.at = len(r.words) // the end
	}
	for i := r.at; i >= 0 && i >= r.at-1; i-- {
		if !r.is(i, reserved...) {
			continue
		}
		if name := lexer.Fold(r.text(i)); r.known(name) {
			return fmt.Sprintf("%s is a reserved word: as a name it is written %s.", name, strconv.Quote(name))
		}
		if r.is(i-1, "from", "join") {
			return r.text(i) + " is a reserved word. " + r.near(r.text(i))
		}
	}
	switch {
	case r.at < len(r.words) && r.words[r.at].Kind == lexer.LeftBracket:
		return `A name is in double quotes where it needs any: "name".`
	case r.is(r.at-1, "interval"):
		return "An interval is written interval '1 day', of a parameter $1::interval."
	case !placeholders && strings.ContainsAny(r.query, "?:%"):
		return "Parameters are written $1, $2 and so on, in the order of params."
	}
	return ""
}

// known reports whether a table that may be read, or a column of one in the
// query, has this name.
func (r *repairing) known(name string) bool {
	if t, err := r.snap.Table("", postgres.Identifier(name)); err == nil && t.Readable {
		return true
	}
	return slices.ContainsFunc(r.named, func(t *catalog.Table) bool { return t.Column(name) != nil })
}

// plainName is a name that needs no quotes unless it is reserved.
var plainName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// written is a name as it is in SQL, in quotes only if it needs them.
func written(name string) string {
	if plainName.MatchString(name) && !slices.Contains(reserved, name) {
		return name
	}
	return postgres.Identifier(name)
}
