package database

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

var topQueriesTool = &mcp.Tool{
	Name:        "top_queries",
	Title:       "Top queries",
	Description: `List the queries that cost the server most, from pg_stat_statements. Example: {"sort":"mean","limit":5}`,
	Annotations: server.ReadOnly(false),
}

type topInput struct {
	Database string `json:"database,omitempty" jsonschema:"default: the first"`
	Sort     string `json:"sort,omitempty" enum:"total,mean,rows,io,calls" default:"total" jsonschema:"total, mean: time; io: blocks read"`
	Limit    int    `json:"limit,omitempty" min:"1" max:"50" default:"10" jsonschema:"rows"`
	MinCalls int    `json:"min_calls,omitempty" min:"1" default:"1" jsonschema:"skip rarer"`
}

type topOutput struct {
	Queries []topQuery `json:"queries"`
	Since   string     `json:"since,omitempty" jsonschema:"when the counting began"`
	Setup   []string   `json:"setup,omitempty" jsonschema:"what an operator runs so that there is more to see"`
	Notes   []string   `json:"notes,omitempty"`
}

type topQuery struct {
	ID       string   `json:"id" jsonschema:"queryid"`
	Query    string   `json:"query" jsonschema:"constants are $1, $2…"`
	Calls    int64    `json:"calls"`
	TotalMS  float64  `json:"total_ms"`
	MeanMS   float64  `json:"mean_ms"`
	Share    float64  `json:"share" jsonschema:"of the time of all queries of the database, 0 to 1"`
	Rows     int64    `json:"rows"`
	HitRatio *float64 `json:"hit_ratio,omitempty" jsonschema:"blocks found in the server's cache, 0 to 1"`
	Read     int64    `json:"blocks_read"`
	Temp     int64    `json:"temp_blocks,omitempty"`
	IOMS     float64  `json:"io_ms,omitempty" jsonschema:"if track_io_timing is on"`
}

// maxQueryText bounds the text of one query in a list, in bytes.
const maxQueryText = 1 << 10

// topOrder is the column that a sort is by.
var topOrder = map[string]string{"total": "total", "mean": "mean", "rows": "rows", "io": "read", "calls": "calls"}

func (s *Service) topQueries(ctx context.Context, in topInput) (topOutput, error) {
	d, err := s.database(in.Database)
	if err != nil {
		return topOutput{}, err
	}
	st, err := d.statements(ctx)
	if err != nil {
		return topOutput{}, shown(err)
	}
	out := topOutput{Setup: st.setup, Since: st.since}
	if st.schema == "" {
		return out, nil
	}
	rows, err := st.top(ctx, d, topOrder[in.Sort], in.MinCalls, in.Limit)
	if err != nil {
		return topOutput{}, shown(err)
	}
	for _, r := range rows {
		out.Queries = append(out.Queries, r.shown())
	}
	if st.hidden > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("%d statements of other roles are hidden from this one", st.hidden))
	}
	return out, nil
}

// statements is what is known of pg_stat_statements in a database.
type statements struct {
	schema string // "" if it cannot be read
	timing string // the expression of the time spent on reading and writing
	since  string
	hidden int64
	setup  []string
}

// statements finds the extension, and what is missing to read it.
func (d *database) statements(ctx context.Context) (statements, error) {
	type row struct {
		Schema, Version, Role, Database string
		All, Usage                      bool
	}
	rows, err := postgres.Select[row](ctx, d.DB, `select coalesce(n.nspname::text, '') as schema, coalesce(e.extversion, '') as version,
  current_user::text as role, current_database()::text as database,
  pg_has_role('pg_read_all_stats', 'usage') as all, coalesce(has_schema_privilege(n.oid, 'usage'), true) as usage
from (select) one left join pg_extension e on e.extname = 'pg_stat_statements' left join pg_namespace n on n.oid = e.extnamespace`)
	if err != nil {
		return statements{}, err
	}
	r := rows[0]
	load := "shared_preload_libraries = 'pg_stat_statements'  -- in postgresql.conf, beside what is there; then restart the server"
	create := "CREATE EXTENSION pg_stat_statements;  -- in the database " + postgres.Identifier(r.Database) + ", as its owner or a superuser"
	grant := "GRANT pg_read_all_stats TO " + postgres.Identifier(r.Role) + ";  -- or the statements of other roles stay hidden"
	var st statements
	if !r.All {
		st.setup = []string{grant}
	}
	var major, minor int
	_, _ = fmt.Sscanf(r.Version, "%d.%d", &major, &minor)
	switch {
	case r.Schema == "":
		st.setup = append([]string{load, create}, st.setup...)
		return st, nil
	case major == 1 && minor < 8:
		st.setup = append([]string{"ALTER EXTENSION pg_stat_statements UPDATE;  -- version " + r.Version + " has no planning times; 1.8 and later are read"}, st.setup...)
		return st, nil
	case !r.Usage:
		st.setup = append([]string{"GRANT USAGE ON SCHEMA " + postgres.Identifier(r.Schema) + " TO " + postgres.Identifier(r.Role) + ";"}, st.setup...)
		return st, nil
	}
	st.schema, st.timing = r.Schema, "blk_read_time + blk_write_time"
	if major > 1 || minor >= 11 {
		st.timing = "shared_blk_read_time + shared_blk_write_time"
	}
	hidden, err := postgres.Column1[int64](ctx, d.DB, `select count(*) from `+st.view()+` where queryid is null and dbid = (select oid from pg_database where datname = current_database())`)
	var e *postgres.Error
	if errors.As(err, &e) && e.SQLState == "55000" { // it is not among the preloaded libraries
		st.schema, st.setup = "", append([]string{load}, st.setup...)
		return st, nil
	}
	if err != nil {
		return statements{}, err
	}
	st.hidden = hidden[0]
	if major > 1 || minor >= 9 {
		since, err := postgres.Column1[string](ctx, d.DB, `select coalesce(to_char(stats_reset at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), '') from `+postgres.Identifier(st.schema, "pg_stat_statements_info"))
		if err == nil {
			st.since = since[0]
		}
	}
	return st, nil
}

func (st statements) view() string { return postgres.Identifier(st.schema, "pg_stat_statements") }

// statement is a row of pg_stat_statements.
type statement struct {
	ID, Query                    string
	Calls, Rows, Hit, Read, Temp int64
	Total, Mean, Share, IO       float64
}

// top returns the first statements of this database by a column. What the
// server itself runs for its tools is left out: transaction control, cursors,
// and its own role's questions to the catalog.
func (st statements) top(ctx context.Context, d *database, order string, calls, limit int) ([]statement, error) {
	return postgres.Select[statement](ctx, d.DB, `with s as (
  select coalesce(queryid::text, '') as id, query, userid, calls, rows, total_exec_time as total, mean_exec_time as mean,
    shared_blks_hit as hit, shared_blks_read as read, temp_blks_read + temp_blks_written as temp, `+st.timing+` as io,
    coalesce(total_exec_time / nullif(sum(total_exec_time) over (), 0), 0) as share
  from `+st.view()+` where dbid = (select oid from pg_database where datname = current_database()))
select id, query, calls, rows, total, mean, hit, read, temp, io, share from s
where calls >= $1 and id <> '' and query !~* '^\s*(begin|start|commit|end|rollback|abort|savepoint|release|set|reset|show|discard|deallocate|fetch|move|close|declare|prepare|explain)\M'
  and not (userid = (select oid from pg_roles where rolname = current_user) and query ~ '\m(pg_(catalog|class|proc|type|namespace|attribute|index|stat|database|extension|roles|settings|locks)|current_schemas|set_config)')
  and query !~ '\mhypopg_'
order by `+order+` desc, id limit $2`, calls, limit)
}

// dataStatement is what a statement begins with whose text is safe to show: constants in
// it were replaced when it was recorded.
var dataStatement = regexp.MustCompile(`(?is)^(\s|\(|--[^\n]*\n|/\*.*?\*/)*(select|with|values|table|insert|update|delete|merge)\b`)

// firstWords are those of a utility statement that say what it does.
var firstWords = regexp.MustCompile(`(?i)^\s*([a-z]+(\s+[a-z]+)?)`)

// shown is how a caller sees it. Of a utility statement the first words alone
// are shown: ALTER ROLE … PASSWORD, CREATE SUBSCRIPTION and DO keep their
// secrets in the text.
func (r statement) shown() topQuery {
	q := topQuery{ID: r.ID, Calls: r.Calls, TotalMS: round(r.Total), MeanMS: round(r.Mean), Share: round(r.Share), Rows: r.Rows, Read: r.Read, Temp: r.Temp, IOMS: round(r.IO)}
	if all := r.Hit + r.Read; all > 0 {
		ratio := round(float64(r.Hit) / float64(all))
		q.HitRatio = &ratio
	}
	if r.isData() {
		q.Query = shorter(r.Query, maxQueryText)
	} else {
		q.Query = strings.TrimSpace(firstWords.FindString(r.Query)) + " … (a utility statement: its text is left out)"
	}
	return q
}

func (r statement) isData() bool { return dataStatement.MatchString(r.Query) }
