package database

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/database/internal/catalog"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
	"github.com/mcpfleet/mcpfleet/services/database/internal/value"
)

const (
	// maxKeyText bounds a primary key in a URI.
	maxKeyText = 8 << 10
	// rowValue bounds a value of a row, and rowRead what the server sends for it.
	rowValue = 64 << 10
	rowRead  = 8 << 20
)

// readRow reads a row by its primary key: db://{table}/{id} or
// db://{database}/{schema}/{table}/{id}.
func (s *Service) readRow(ctx context.Context, uri string, _ map[string]string) ([]*mcp.ResourceContents, error) {
	parts, err := segments(uri)
	if err != nil {
		return nil, err
	}
	name, schema, table := "", "", parts[0]
	if len(parts) == 4 {
		name, schema, table = parts[0], parts[1], parts[2]
	}
	d, err := s.database(name)
	if err != nil {
		return nil, gone(err)
	}
	snap, t, err := d.catalog.Table(ctx, schema, table)
	if err != nil {
		return nil, shown(err)
	}
	key, err := rowKey(t, uri[strings.LastIndexByte(uri, '/')+1:])
	if err != nil {
		return nil, err
	}
	row, err := d.row(ctx, snap, t, key)
	if err != nil {
		d.catalog.Stale(err)
		return nil, shown(err)
	}
	if row == nil {
		return nil, toolerr.New(toolerr.ResourceNotFound, "there is no such row")
	}
	return contents(rowTemplate.MIMEType, string(row)), nil
}

// rowKey returns the values of the primary key of t in the last part of a URI
// as it is written there. A key of one column may have commas as they are; a
// client that has encoded the commas between several columns is understood too.
func rowKey(t *catalog.Table, id string) ([][]byte, error) {
	n := len(t.Key)
	if n == 0 {
		return nil, toolerr.Invalid("uri", "the table %q has no primary key, so that its rows have no URI; use sample_rows or execute_query", t.Name)
	}
	if len(id) > maxKeyText {
		return nil, toolerr.Invalid("uri", "the key is longer than %d bytes", maxKeyText)
	}
	list := strings.Split(id, ",")
	if n == 1 {
		list = []string{id}
	}
	values := make([][]byte, len(list))
	for i, part := range list {
		plain, err := url.PathUnescape(part)
		if err != nil {
			return nil, toolerr.Invalid("uri", "the key is not well encoded")
		}
		values[i] = []byte(plain)
	}
	if len(list) == 1 && n > 1 {
		values = values[:0]
		plain, _ := url.PathUnescape(id)
		for part := range strings.SplitSeq(plain, ",") {
			values = append(values, []byte(part))
		}
	}
	if len(values) != n {
		return nil, toolerr.Invalid("uri", "the primary key of %q has %d columns (%s): write their values in this order with commas between them, and a comma in a value as %%2C",
			t.Name, n, strings.Join(t.Key, ", "))
	}
	return values, nil
}

// row returns a row as a JSON object, nil if there is none. Values are sent as
// parameters of the columns' types.
func (d *database) row(ctx context.Context, snap *catalog.Snapshot, t *catalog.Table, key [][]byte) ([]byte, error) {
	var where []string
	oids := make([]uint32, len(key))
	for i, name := range t.Key {
		c := t.Column(name)
		if c == nil {
			return nil, fmt.Errorf("the key column %q is not in the catalog", name)
		}
		oids[i] = c.OID
		where = append(where, postgres.Identifier(name)+" = $"+strconv.Itoa(i+1))
	}
	var object []byte
	sql := "SELECT * FROM " + t.Quoted() + " WHERE " + strings.Join(where, " AND ")
	_, err := d.Read(ctx, postgres.Query{SQL: sql, Args: key, ArgOIDs: oids, Limit: 1, MaxBytes: rowRead}, func(columns []postgres.Column, row [][]byte) error {
		enc := value.NewEncoder(columns, snap, value.Limits{Value: rowValue})
		object = append(object, '{')
		for i, c := range columns {
			if i > 0 {
				object = append(object, ',')
			}
			name, err := json.Marshal(c.Name)
			if err != nil {
				return err
			}
			object = append(append(object, name...), ':')
			object = enc.AppendJSON(object, i, row[i])
		}
		object = append(object, '}')
		return nil
	})
	return object, err
}
