package catalog

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/services/database/internal/gate"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
	"github.com/mcpfleet/mcpfleet/services/database/internal/value"
)

// firstUserOID is the first OID that PostgreSQL gives to what is made after
// initdb (FirstNormalObjectId).
const firstUserOID = 16384

// maxComments bounds the comments of a snapshot. Those that come behind it are
// left out: they are for looking around, and [Describe] reads its own.
const maxComments = 32 << 20

// loader makes one snapshot. The rows of its queries are of one moment, but what
// functions such as has_schema_privilege say is of now, and NULL of what has been
// dropped since.
type loader struct {
	*Snapshot
	ctx     context.Context
	tx      *postgres.Tx
	strings map[string]string // equal strings are kept once
	schemas map[uint32]string // all of them, by OID
}

func load(ctx context.Context, db *postgres.DB) (*Snapshot, error) {
	s := &Snapshot{Taken: time.Now()}
	err := db.Transaction(ctx, func(tx *postgres.Tx) error {
		l := &loader{s, ctx, tx, map[string]string{}, map[uint32]string{}}
		for _, step := range []func() error{l.loadSettings, l.loadStamp, l.loadSchemas, l.loadTables, l.loadColumns, l.loadComments, l.loadTypes, l.loadFunctions, l.loadHiding} {
			if err := step(); err != nil {
				return err
			}
		}
		l.finish()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (l *loader) shared(s string) string {
	if kept, ok := l.strings[s]; ok {
		return kept
	}
	l.strings[s] = s
	return s
}

func (l *loader) loadSettings() error {
	type row struct {
		Version  int
		Database string
		Path     []string
	}
	rows, err := postgres.Select[row](l.ctx, l.tx, `
select current_setting('server_version_num')::int as version, current_database()::text as database, current_schemas(false)::text[] as path`)
	if err != nil {
		return err
	}
	l.Version, l.Database, l.SearchPath = rows[0].Version, rows[0].Database, rows[0].Path
	return nil
}

// stamp is another text after each change of a function, of the schemas that
// functions are in, of the casts that make rows their arguments, and of what
// calls functions out of sight.
var stamp = func() string {
	var counts []string
	for _, catalog := range []string{"pg_proc", "pg_namespace", "pg_cast", "pg_rewrite", "pg_operator"} {
		counts = append(counts, "(select concat_ws(' ', count(*), sum(oid::bigint), sum(xmin::text::bigint)) from "+catalog+")")
	}
	return "select concat_ws(' ', " + strings.Join(counts, ", ") + ") as stamp"
}()

func stampOf(ctx context.Context, q postgres.Querier) (string, error) {
	list, err := postgres.Column1[string](ctx, q, stamp)
	return strings.Join(list, ""), err
}

func (l *loader) loadStamp() (err error) {
	l.stamp, err = stampOf(l.ctx, l.tx)
	return err
}

func (l *loader) loadSchemas() error {
	type row struct {
		OID           uint32
		Name, Comment string
		Usable        bool
	}
	rows, err := postgres.Select[row](l.ctx, l.tx, `
select n.oid, n.nspname::text as name, coalesce(has_schema_privilege(n.oid, 'usage'), false) as usable,
  coalesce(left(d.description, 500), '') as comment
from pg_namespace n left join pg_description d on d.objoid = n.oid and d.classoid = 'pg_namespace'::regclass and d.objsubid = 0
order by n.nspname::text collate "C"`)
	for _, r := range rows {
		l.schemas[r.OID] = r.Name
		if !system(r.Name) {
			l.Schemas = append(l.Schemas, Schema{Name: r.Name, Comment: r.Comment, Usable: r.Usable})
		}
	}
	return err
}

// system reports whether a schema is the system's. Nobody else may make one
// whose name begins with pg_.
func system(schema string) bool {
	return schema == "information_schema" || strings.HasPrefix(schema, "pg_")
}

// ours selects the relations that are listed, c of pg_class and n of pg_namespace.
const ours = ` c.relkind in ('r','v','m','p','f') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'`

var kinds = map[string]string{"r": KindTable, "v": KindView, "m": KindMatview, "p": KindPartitioned, "f": KindForeign}

func (l *loader) loadTables() error {
	type row struct {
		OID, Schema, Parent uint32
		Name, Kind, Key     string
		Rows                float64
		Bytes               int64
		KeyColumns          int
		Analyzed, Readable  bool
	}
	rows, err := postgres.Select[row](l.ctx, l.tx, `
select c.oid, n.oid as schema, c.relname::text as name, c.relkind::text as kind,
  c.reltuples::float8 as rows, c.relpages::bigint * current_setting('block_size')::bigint as bytes,
  c.reltuples > 0 or c.relpages > 0 or c.reltuples = 0 and current_setting('server_version_num')::int >= 140000 as analyzed,
  coalesce(h.inhparent, 0::oid) as parent, coalesce(i.indkey::text, '') as key, coalesce(i.indnkeyatts, 0) as key_columns,
  coalesce(has_schema_privilege(n.oid, 'usage') and has_any_column_privilege(c.oid, 'select'), false) as readable
from pg_class c join pg_namespace n on n.oid = c.relnamespace
left join pg_inherits h on c.relispartition and h.inhrelid = c.oid
left join pg_index i on i.indrelid = c.oid and i.indisprimary
where`+ours)
	if err != nil {
		return err
	}
	tables := make([]Table, len(rows))
	l.Tables = make([]*Table, len(rows))
	l.byOID = make(map[uint32]*Table, len(rows))
	for i, r := range rows {
		t := &tables[i]
		*t = Table{OID: r.OID, Schema: l.shared(l.schemas[r.Schema]), Name: l.shared(r.Name), Kind: kinds[r.Kind], Rows: -1, Bytes: r.Bytes, Parent: r.Parent, Readable: r.Readable}
		if r.Analyzed && t.Kind != KindView && r.Rows >= 0 {
			t.Rows = int64(r.Rows)
		}
		if r.Key != "" {
			// Numbers until the columns are there, without those that are included.
			t.Key = strings.Fields(r.Key)[:r.KeyColumns]
		}
		l.Tables[i], l.byOID[t.OID] = t, t
	}
	slices.SortFunc(l.Tables, func(a, b *Table) int {
		return cmp.Or(strings.Compare(a.Schema, b.Schema), strings.Compare(a.Name, b.Name))
	})
	return nil
}

func (l *loader) loadColumns() error {
	type kind struct {
		OID      uint32
		Modifier int32
	}
	type typeRow struct {
		kind
		Name string
	}
	rows, err := postgres.Select[typeRow](l.ctx, l.tx, `
select oid, modifier, format_type(oid, modifier) as name from (
  select distinct a.atttypid as oid, a.atttypmod as modifier
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  where a.attnum > 0 and not a.attisdropped and`+ours+`) a`)
	if err != nil {
		return err
	}
	types := make(map[kind]string, len(rows))
	for _, r := range rows {
		types[r.kind] = r.Name
	}
	type column struct {
		kind
		Relation  uint32
		Number    int16
		Name      string
		Identity  string
		NotNull   bool
		Generated bool
	}
	list, err := postgres.Select[column](l.ctx, l.tx, `
select a.attrelid as relation, a.attnum as number, a.attname::text as name, a.atttypid as oid, a.atttypmod as modifier,
  a.attnotnull as not_null, a.attidentity::text as identity, a.attgenerated <> '' as generated
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
where a.attnum > 0 and not a.attisdropped and`+ours+`
order by a.attrelid, a.attnum`)
	if err != nil {
		return err
	}
	all := make([]Column, len(list))
	for from := 0; from < len(list); {
		to := from
		for ; to < len(list) && list[to].Relation == list[from].Relation; to++ {
			c := &list[to]
			identity := ""
			switch c.Identity {
			case "a":
				identity = "always"
			case "d":
				identity = "by default"
			}
			all[to] = Column{Name: l.shared(c.Name), Number: c.Number, Type: types[c.kind], OID: c.OID, NotNull: c.NotNull, Identity: identity, Generated: c.Generated}
		}
		if t := l.byOID[list[from].Relation]; t != nil {
			t.Columns = all[from:to:to]
			for i, number := range t.Key {
				n, _ := strconv.Atoi(number)
				if c := t.numbered(n); c != nil {
					t.Key[i] = c.Name
				}
			}
		}
		from = to
	}
	return nil
}

// numbered returns the column of this number, nil if there is none.
func (t *Table) numbered(n int) *Column {
	i, ok := slices.BinarySearchFunc(t.Columns, n, func(c Column, n int) int { return int(c.Number) - n })
	if !ok {
		return nil
	}
	return &t.Columns[i]
}

func (l *loader) loadComments() error {
	type row struct {
		Relation uint32
		Column   int32
		Comment  string
	}
	rows, err := postgres.Select[row](l.ctx, l.tx, `
select objoid as relation, objsubid as column, left(description, 500) as comment
from pg_description where classoid = 'pg_class'::regclass and objoid >= 16384 order by objsubid`)
	total := 0
	for _, r := range rows {
		if total += len(r.Comment); total > maxComments {
			break
		}
		t := l.byOID[r.Relation]
		if t == nil {
			continue
		}
		if r.Column == 0 {
			t.Comment = r.Comment
		} else if c := t.numbered(int(r.Column)); c != nil {
			c.Comment = l.shared(r.Comment)
		}
	}
	return err
}

func (l *loader) loadTypes() error {
	type row struct {
		OID           uint32
		Name          string
		Kind, Delim   string
		Element, Base uint32
	}
	rows, err := postgres.Select[row](l.ctx, l.tx, `
select t.oid, format_type(t.oid, null) as name, t.typtype::text as kind, t.typdelim::text as delim, t.typbasetype as base,
  coalesce(e.oid, 0::oid) as element
from pg_type t left join pg_type e on e.oid = t.typelem and e.typarray = t.oid`)
	l.types = make(map[uint32]value.Type, len(rows))
	for _, r := range rows {
		l.types[r.OID] = value.Type{OID: r.OID, Name: r.Name, Kind: r.Kind[0], Element: r.Element, Base: r.Base, Delim: r.Delim[0]}
	}
	return err
}

func (l *loader) loadFunctions() error {
	type row struct {
		OID, Schema, First          uint32
		Name, Volatility, Extension string
		Definer                     bool
	}
	rows, err := postgres.Select[row](l.ctx, l.tx, `
select p.oid, p.pronamespace as schema, p.proname::text as name,
  case when a.volatile then 'v' else p.provolatile::text end as volatility, p.prosecdef or coalesce(a.definer, false) as definer,
  case when p.pronargs = 0 then 0::oid when p.pronargs = 1 and p.provariadic <> 0 then p.provariadic else p.proargtypes[0] end as first,
  coalesce(e.extname::text, '') as extension
from pg_proc p
-- An aggregate says nothing of the functions that it is made of.
left join (
  select g.aggfnoid::oid as oid, bool_or(f.provolatile = 'v') as volatile, bool_or(f.prosecdef) as definer
  from pg_aggregate g, unnest(array[aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn, aggmtransfn, aggminvtransfn, aggmfinalfn]::oid[]) c
  join pg_proc f on f.oid = c
  group by 1
) a on a.oid = p.oid
left join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e' and d.refclassid = 'pg_extension'::regclass
left join pg_extension e on e.oid = d.refobjid`)
	if err != nil {
		return err
	}
	casts, err := l.rowCasts()
	if err != nil {
		return err
	}
	support, err := l.support()
	if err != nil {
		return err
	}
	called := make(map[uint32]gate.Function)
	for _, list := range support {
		for _, oid := range list {
			called[oid] = gate.Function{}
		}
	}
	all := make([]gate.Function, len(rows))
	for i, r := range rows {
		name := l.shared(r.Name)
		schema := l.shared(l.schemas[r.Schema])
		all[i] = gate.Function{Schema: schema, Name: name, Volatility: r.Volatility[0],
			Definer: r.Definer, System: r.OID < firstUserOID, RowType: casts[r.First] || l.takesRow(r.First), Extension: l.shared(r.Extension),
			Hidden: schema != "pg_catalog" && !slices.Contains(l.SearchPath, schema)}
		if _, ok := called[r.OID]; ok {
			called[r.OID] = all[i]
		}
	}
	l.functions = make(map[string][]gate.Function, len(rows))
	for i, r := range rows {
		for _, oid := range support[r.OID] {
			all[i].Support = append(all[i].Support, called[oid])
		}
		l.functions[all[i].Name] = append(l.functions[all[i].Name], all[i])
	}
	return nil
}

// support returns the functions that the aggregates call which somebody made.
func (l *loader) support() (map[uint32][]uint32, error) {
	type row struct{ Aggregate, Function uint32 }
	rows, err := postgres.Select[row](l.ctx, l.tx, `
select a.aggfnoid::oid as aggregate, f as function
from pg_aggregate a, unnest(array[aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn, aggmtransfn, aggminvtransfn, aggmfinalfn]::oid[]) f
where a.aggfnoid::oid >= 16384 and f <> 0`)
	support := make(map[uint32][]uint32)
	for _, r := range rows {
		support[r.Aggregate] = append(support[r.Aggregate], r.Function)
	}
	return support, err
}

// rowCasts returns the types that a row becomes without being asked to, by an
// implicit cast that somebody made.
func (l *loader) rowCasts() (map[uint32]bool, error) {
	type row struct{ Source, Target uint32 }
	rows, err := postgres.Select[row](l.ctx, l.tx, `select castsource as source, casttarget as target from pg_cast where castcontext = 'i' and oid >= 16384`)
	targets := make(map[uint32]bool)
	for _, r := range rows {
		if l.takesRow(r.Source) {
			targets[r.Target] = true
		}
	}
	return targets, err
}

// takesRow reports whether a parameter of this type takes a row: it is composite,
// a domain over one, record, or takes anything.
func (l *loader) takesRow(oid uint32) bool {
	switch oid {
	case 2249, // record
		2276, // any
		2283, // anyelement
		2776, // anynonarray
		5077, // anycompatible
		5079: // anycompatiblenonarray
		return true
	}
	// A domain is made over a type that was there before, so the chain ends.
	for t, ok := l.types[oid]; ok; t, ok = l.types[t.Base] {
		if t.Kind != 'd' {
			return t.Kind == 'c'
		}
	}
	return false
}

// finish makes what is found by name and adds partitions up.
func (l *loader) finish() {
	l.named = make(map[qualified]*Table, len(l.Tables))
	l.byName = make(map[string][]*Table, len(l.Tables))
	for _, t := range l.Tables {
		l.named[qualified{t.Schema, t.Name}] = t
		l.byName[t.Name] = append(l.byName[t.Name], t)
	}
	own := make(map[*Table]bool) // partitioned tables with an estimate of their own
	for _, t := range l.Tables {
		own[t] = t.Kind == KindPartitioned && t.Rows > 0
	}
	l.parts = make(map[uint32][]*Table)
	for _, t := range l.Tables {
		if p := l.byOID[t.Parent]; p != nil {
			p.Partitions++
			l.parts[p.OID] = append(l.parts[p.OID], t)
		}
		if t.Kind == KindPartitioned {
			continue
		}
		// All that is above a leaf has its rows and bytes; the depth is bounded
		// lest a damaged catalog makes a ring of it.
		for p, depth := l.byOID[t.Parent], 0; p != nil && depth < 64; p, depth = l.byOID[p.Parent], depth+1 {
			p.Bytes += t.Bytes
			if !own[p] && t.Rows > 0 {
				p.Rows = max(p.Rows, 0) + t.Rows
			}
		}
	}
}
