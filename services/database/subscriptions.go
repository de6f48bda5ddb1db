package database

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/database/internal/catalog"
	"github.com/mcpfleet/mcpfleet/services/database/internal/notify"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// quiet is the least time between two notifications of one resource.
const quiet = 100 * time.Millisecond

// Watch calls changed when the table or row at uri may have changed, until ctx
// ends. The row need not be there.
func (s *Service) Watch(ctx context.Context, uri string, changed func()) error {
	at, err := s.parseURI(uri)
	if err != nil {
		return err
	}
	channel, err := at.db.channel(ctx, at)
	if err != nil {
		return shown(err)
	}
	changed = calmly(ctx, quiet, changed)
	return shown(at.db.changes.Watch(ctx, channel, func(c notify.Change) {
		if at.id == "" || c.Row(at.id) {
			changed()
		}
	}))
}

// place is what the URI of a table or a row names.
type place struct {
	db                *database
	schema, table, id string // schema is "" for the search path, id for the table itself
}

// parseURI reads db://{database}/{schema}/{table}, the same with /{id}, and
// db://{table}/{id} of the default database.
func (s *Service) parseURI(uri string) (place, error) {
	parts, err := segments(uri)
	if !strings.HasPrefix(uri, scheme) || err != nil {
		return place{}, errURI
	}
	switch {
	case uri == databasesResource.URI, len(parts) == 2 && parts[1] == "schema" && s.serves(parts[0]), len(parts) == 3 && strings.HasSuffix(uri, "/stats/pool"):
		return place{}, toolerr.Invalid("uri", "uri: %s cannot be watched, tables and rows can", uri)
	case len(parts) == 2:
		d, err := s.database("")
		return place{db: d, table: parts[0], id: parts[1]}, err
	case len(parts) == 3:
		d, err := s.database(parts[0])
		return place{db: d, schema: parts[1], table: parts[2]}, err
	case len(parts) == 4:
		d, err := s.database(parts[0])
		return place{db: d, schema: parts[1], table: parts[2], id: parts[3]}, err
	}
	return place{}, errURI
}

var errURI = toolerr.Invalid("uri", "uri: write db://database/schema/table, db://database/schema/table/id or db://table/id, percent-encoded")

func (s *Service) serves(name string) bool {
	return slices.ContainsFunc(s.databases, func(d *database) bool { return d.set.Name == name })
}

// channel returns the channel that tells of changes of a table. The
// configuration names tables as callers do.
func (d *database) channel(ctx context.Context, at place) (string, error) {
	snap, table, err := d.catalog.Table(ctx, at.schema, at.table)
	if err != nil {
		return "", err
	}
	for name, channel := range d.set.Subscriptions {
		if t, err := snap.Table("", name); err == nil && t == table {
			return channel, nil
		}
	}
	return "", toolerr.New(toolerr.InvalidInput, "changes of %q cannot be watched: no channel is configured for it. "+
		"The operator adds it to the subscriptions of the database %s, such as {%s: a_channel}, and the trigger that mcp-database doctor prints", table.Name, d.set.Name, table.Name)
}

// calmly returns fn called at once, and then at most once each d: what is called
// more often is one call at the end of it.
func calmly(ctx context.Context, d time.Duration, fn func()) func() {
	var mu sync.Mutex
	var last time.Time
	var later *time.Timer
	run := func() {
		mu.Lock()
		last, later = time.Now(), nil
		mu.Unlock()
		if ctx.Err() == nil {
			fn()
		}
	}
	return func() {
		mu.Lock()
		defer mu.Unlock()
		if later != nil {
			return
		}
		wait := time.Until(last.Add(d))
		if wait <= 0 {
			last = time.Now()
			fn()
			return
		}
		later = time.AfterFunc(wait, run)
	}
}

// triggerScript returns SQL for the owner of a table: triggers that tell channel
// of each statement that changes rows, with the keys of up to 100 of them. It is
// "" for what has no such triggers.
func triggerScript(table *catalog.Table, channel string) string {
	if table.Kind != "table" && table.Kind != "partitioned" {
		return ""
	}
	name := "mcp_notify_" + table.Name
	if len(name) > 60 { // PostgreSQL cuts a name at 63 bytes, and two triggers need other names
		name = fmt.Sprintf("mcp_notify_%d", table.OID)
	}
	function := postgres.Identifier(table.Schema, name)
	send := "pg_catalog.pg_notify(" + postgres.Literal(channel) + ", "
	body := "\nBEGIN\n  PERFORM " + send + "'');\n  RETURN NULL;\nEND "
	if len(table.Key) > 0 {
		body = keysBody(table.Key, send)
	}
	quote := "$mcp$"
	for strings.Contains(body, quote) {
		quote = "$mcp_" + quote[1:]
	}
	var b strings.Builder
	fmt.Fprintf(&b, "BEGIN;\nCREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS %s%s%s;\n", function, quote, body, quote)
	for _, t := range []struct{ suffix, event, rows string }{
		{"_i", "INSERT", "REFERENCING NEW TABLE AS after "},
		{"_u", "UPDATE", "REFERENCING OLD TABLE AS before NEW TABLE AS after "},
		{"_d", "DELETE", "REFERENCING OLD TABLE AS before "},
		{"_t", "TRUNCATE", ""},
	} {
		if len(table.Key) == 0 {
			t.rows = ""
		}
		trigger := postgres.Identifier(name + t.suffix)
		fmt.Fprintf(&b, "DROP TRIGGER IF EXISTS %s ON %s;\nCREATE TRIGGER %s AFTER %s ON %s %sFOR EACH STATEMENT EXECUTE FUNCTION %s();\n",
			trigger, table.Quoted(), trigger, t.event, table.Quoted(), t.rows, function)
	}
	return b.String() + "COMMIT;\n"
}

// keysBody is a trigger's function that sends the keys of what has changed: the
// old ones and the new ones of an update.
func keysBody(key []string, send string) string {
	var columns, names []string
	for i, k := range key {
		names = append(names, fmt.Sprintf("r.k%d", i))
		columns = append(columns, fmt.Sprintf("t.%s::text AS k%d", postgres.Identifier(k), i))
	}
	id := "pg_catalog.to_json(" + names[0] + ")"
	if len(key) > 1 {
		id = "pg_catalog.json_build_array(" + strings.Join(names, ", ") + ")"
	}
	rows := func(from string) string {
		return "(SELECT " + strings.Join(columns, ", ") + " FROM " + from + " t LIMIT 101)"
	}
	ids := func(from string) string {
		return "ids := ARRAY(SELECT " + id + " FROM (" + from + ") r ORDER BY " + strings.Join(names, ", ") + ");"
	}
	return `
DECLARE
  ids json[];
  payload text := '';
BEGIN
  IF TG_OP = 'INSERT' THEN
    ` + ids(rows("after")) + `
  ELSIF TG_OP = 'UPDATE' THEN
    ` + ids(rows("before")+" UNION "+rows("after")) + `
  ELSIF TG_OP = 'DELETE' THEN
    ` + ids(rows("before")) + `
  END IF;
  IF pg_catalog.cardinality(ids) = 0 THEN
    RETURN NULL;
  ELSIF pg_catalog.cardinality(ids) <= 100 THEN
    payload := pg_catalog.json_build_object('ids', ids);
    IF pg_catalog.octet_length(payload) >= 8000 THEN
      payload := '';
    END IF;
  END IF;
  PERFORM ` + send + `payload);
  RETURN NULL;
END `
}
