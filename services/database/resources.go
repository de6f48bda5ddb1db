package database

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/database/internal/catalog"
)

var databasesResource = &mcp.Resource{
	URI: "db://databases", Name: "databases", Title: "Databases", MIMEType: "application/json",
	Description: "The databases that are served, the default first.",
}

// Where two templates match a URI, the SDK takes the one that sorts first, and
// so a word before a variable: db://{database}/schema before db://{table}/{id}.
// Of names that look alike this follows:
//
//   - db://x/schema is the schema of the database x. Only if no database is
//     called x it is the row "schema" of the table x.
//   - db://x/stats/pool is never a table; one of that name is listed with a
//     letter of it percent-encoded, which tells it from the word.
var (
	schemaTemplate = &mcp.ResourceTemplate{
		URITemplate: "db://{database}/schema", Name: "schema", Title: "Schema of a database", MIMEType: "text/markdown",
		Description: "All tables of a database with their columns, up to 256 KiB.",
	}
	tableTemplate = &mcp.ResourceTemplate{
		URITemplate: "db://{database}/{schema}/{table}", Name: "table", Title: "Table", MIMEType: "text/markdown",
		Description: "A table as SQL that would make it, with comments, keys and indexes.",
	}
	rowTemplate = &mcp.ResourceTemplate{
		URITemplate: "db://{database}/{schema}/{table}/{id}", Name: "row", Title: "Row", MIMEType: "application/json",
		Description: "A row by its primary key. The columns of a composite key are separated by commas; a comma in a value is %2C.",
	}
	shortRowTemplate = &mcp.ResourceTemplate{
		URITemplate: "db://{table}/{id}", Name: "row of the default database", Title: "Row of the default database", MIMEType: "application/json",
		Description: "A row by its primary key, of a table in the search path of the default database.",
	}
)

const (
	scheme = "db://"
	// maxSchemaText bounds a schema as text.
	maxSchemaText = 256 << 10
	// resourcePage bounds the resources in a page of a list.
	resourcePage = 200
	// schemaTTL is how long a client may keep what the catalog says.
	schemaTTL = time.Minute
)

func (s *Service) registerResources(r *server.Registry) {
	catalogOptions := []server.Option{server.Scope(readScope), server.Private(), server.TTL(schemaTTL)}
	r.AddResource(databasesResource, s.readDatabases, catalogOptions...)
	r.AddTemplate(schemaTemplate, s.readSchema, catalogOptions...)
	r.AddTemplate(tableTemplate, s.readTable, catalogOptions...)
	r.AddTemplate(rowTemplate, s.readRow, server.Scope(readScope), server.Private())
	r.AddTemplate(shortRowTemplate, s.readRow, server.Scope(readScope), server.Private())
	r.AddTemplate(poolTemplate, s.readPool, server.Scope(readScope))
	r.ListResources(s.listResources, catalogOptions...)

	for _, t := range []*mcp.ResourceTemplate{schemaTemplate, tableTemplate, rowTemplate, poolTemplate} {
		r.CompleteTemplate(t.URITemplate, "database", s.completeDatabase)
	}
	for _, t := range []*mcp.ResourceTemplate{tableTemplate, rowTemplate} {
		r.CompleteTemplate(t.URITemplate, "schema", s.completeSchema)
		r.CompleteTemplate(t.URITemplate, "table", s.completeTable)
	}
	r.CompleteTemplate(shortRowTemplate.URITemplate, "table", s.completeTable)
}

// segments splits the URI of a resource and decodes its parts. The variables
// that the SDK offers have lost the commas of lists.
func segments(uri string) ([]string, error) {
	parts := strings.Split(strings.TrimPrefix(uri, scheme), "/")
	for i, p := range parts {
		plain, err := url.PathUnescape(p)
		if err != nil || plain == "" {
			return nil, toolerr.New(toolerr.ResourceNotFound, "there is no such resource")
		}
		parts[i] = plain
	}
	return parts, nil
}

// resourceURI returns the URI of a database, a table or a row.
func resourceURI(parts ...string) string {
	var b strings.Builder
	b.WriteString(scheme)
	for i, p := range parts {
		if i > 0 {
			b.WriteByte('/')
		}
		word := len(parts) == 3 && i == 2 && parts[1] == "stats" && p == "pool"
		writeSegment(&b, p, word || p == "." || p == "..")
	}
	return b.String()
}

// writeSegment writes a name so that the templates take it: all but what RFC 3986
// calls unreserved is percent-encoded, and of a name that would be taken for
// something else the first letter is too.
func writeSegment(b *strings.Builder, name string, disguise bool) {
	const hex = "0123456789ABCDEF"
	for i := range len(name) {
		c := name[i]
		plain := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
		if plain && (i > 0 || !disguise) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
}

// contents is a resource of one text; the rest is filled in from the template.
func contents(mime, text string) []*mcp.ResourceContents {
	return []*mcp.ResourceContents{{MIMEType: mime, Text: text}}
}

// gone makes a resource of what is missing one that is not there.
func gone(err error) error {
	if e := toolerr.From(err); e != nil && e.Code == toolerr.InvalidInput && e.Details["argument"] == "database" {
		return toolerr.Wrap(err, toolerr.ResourceNotFound, "%s", e.Message)
	}
	return err
}

func (s *Service) readDatabases(ctx context.Context, _ string, _ map[string]string) ([]*mcp.ResourceContents, error) {
	out, err := s.listDatabases(ctx, listDatabasesInput{})
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(out)
	return contents(databasesResource.MIMEType, string(text)), err
}

func (s *Service) readSchema(ctx context.Context, uri string, _ map[string]string) ([]*mcp.ResourceContents, error) {
	parts, err := segments(uri)
	if err != nil {
		return nil, err
	}
	d, err := s.database(parts[0])
	if err != nil {
		if len(s.databases) > 0 {
			return s.readRow(ctx, uri, nil)
		}
		return nil, err
	}
	snap, err := d.catalog.Snapshot(ctx)
	if err != nil {
		return nil, shown(err)
	}
	return contents(schemaTemplate.MIMEType, schemaText(d.set.Name, snap)), nil
}

func (s *Service) readTable(ctx context.Context, uri string, _ map[string]string) ([]*mcp.ResourceContents, error) {
	parts, err := segments(uri)
	if err != nil {
		return nil, err
	}
	d, err := s.database(parts[0])
	if err != nil {
		return nil, gone(err)
	}
	t, x, err := d.describe(ctx, parts[1], parts[2], usualSections)
	if err != nil {
		return nil, err
	}
	return contents(tableTemplate.MIMEType, tableText(t, x)), nil
}

// listResources lists the schema of each database and then its tables. A place is
// a database, a schema and a table as JSON. A database that does not answer has
// its schema alone.
func (s *Service) listResources(ctx context.Context, after string) (page []*mcp.Resource, next string, err error) {
	var from [3]string
	if after != "" {
		if err := json.Unmarshal([]byte(after), &from); err != nil {
			return nil, "", err
		}
	}
	at := 0
	if after != "" {
		if at = slices.IndexFunc(s.databases, func(d *database) bool { return d.set.Name == from[0] }); at < 0 {
			return nil, "", toolerr.Invalid("cursor", "the database at which the list goes on is no longer served; begin again without a cursor")
		}
	}
	for i, d := range s.databases[at:] {
		place := tablePlace{}
		if i == 0 && after != "" {
			place = tablePlace{from[1], from[2]}
		} else {
			from = [3]string{d.set.Name}
			page = append(page, &mcp.Resource{
				URI: resourceURI(d.set.Name) + "/schema", Name: d.set.Name, Title: "Schema of " + d.set.Name, MIMEType: schemaTemplate.MIMEType,
			})
		}
		snap, err := d.catalog.Snapshot(ctx)
		if ctx.Err() != nil {
			return nil, "", ctx.Err()
		}
		if err != nil {
			continue
		}
		for _, t := range behind(snap.Tables, place) {
			if t.Parent != 0 || !t.Readable {
				continue
			}
			if len(page) >= resourcePage {
				next, err := json.Marshal(from)
				return page, string(next), err
			}
			from = [3]string{d.set.Name, t.Schema, t.Name}
			page = append(page, &mcp.Resource{
				URI: resourceURI(d.set.Name, t.Schema, t.Name), Name: t.Schema + "." + t.Name, MIMEType: tableTemplate.MIMEType,
				Description: catalog.Cut(t.Comment, maxComment),
			})
		}
	}
	return page, "", nil
}
