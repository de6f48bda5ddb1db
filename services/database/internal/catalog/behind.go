package catalog

import (
	"context"

	"github.com/mcpfleet/mcpfleet/services/database/internal/gate"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// Hidden is a call that a statement makes without naming the function.
type Hidden struct {
	By                       string // "view" or "operator"
	Schema, Name             string // of that
	FunctionSchema, Function string
}

// loadHiding notes the names of views and operators that hide calls.
func (l *loader) loadHiding() error {
	views, err := postgres.Column1[string](l.ctx, l.tx, `select relname::text from pg_class where relkind = 'v' and oid >= 16384`)
	if err != nil {
		return err
	}
	l.views = make(map[string]bool, len(views))
	for _, v := range views {
		l.views[v] = true
	}
	operators, err := postgres.Select[Hidden](l.ctx, l.tx, `
select 'operator' as by, n.nspname::text as schema, o.oprname::text as name, s.nspname::text as function_schema, p.proname::text as function
from pg_operator o join pg_namespace n on n.oid = o.oprnamespace join pg_proc p on p.oid = o.oprcode join pg_namespace s on s.oid = p.pronamespace
where o.oid >= 16384`)
	l.operators = make(map[string][]Hidden)
	for _, o := range operators {
		l.operators[o.Name] = append(l.operators[o.Name], o)
	}
	return err
}

// Behind returns what the views and operators of these names call, whatever
// their schemas, also through views of views. Those of the system are left out.
// The server is asked if there are such views.
func (s *Snapshot) Behind(ctx context.Context, q postgres.Querier, names, operators []string) ([]Hidden, error) {
	var calls []Hidden
	for _, o := range operators {
		calls = append(calls, s.operators[o]...)
	}
	var views []string
	for _, n := range names {
		if s.views[n] {
			views = append(views, n)
		}
	}
	if len(views) == 0 {
		return calls, nil
	}
	// A rule is kept as PostgreSQL has parsed it, with the OID of each function.
	found, err := postgres.Select[Hidden](ctx, q, `
with recursive named as (
  select c.oid, c.oid as root from pg_class c where c.relkind = 'v' and c.oid >= 16384 and c.relname = any($1)
  union
  select d.refobjid, n.root from named n join pg_rewrite r on r.ev_class = n.oid
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
    join pg_class c on c.oid = d.refobjid and c.relkind = 'v' and c.oid >= 16384
), found as (
  select distinct n.root, u.m[1]::oid as function from named n join pg_rewrite r on r.ev_class = n.oid,
    regexp_matches(r.ev_action::text, ':(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)', 'g') u(m)
)
select 'view' as by, n.nspname::text as schema, c.relname::text as name, s.nspname::text as function_schema, p.proname::text as function
from found f join pg_class c on c.oid = f.root join pg_namespace n on n.oid = c.relnamespace
  join pg_proc p on p.oid = f.function join pg_namespace s on s.oid = p.pronamespace
order by 2, 3, 4, 5`, views)
	return append(calls, found...), err
}

// May reports why a function behind a view or an operator may not be called, ""
// if it may: it is judged by all of its name in its schema.
func (s *Snapshot) May(h Hidden, p gate.Policy) (why string) {
	for _, f := range s.functions[h.Function] {
		if f.Schema == h.FunctionSchema && why == "" {
			why = p.Refused(f)
		}
	}
	return why
}
