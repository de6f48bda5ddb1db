// Package catalog keeps what a database says of itself: its schemas, its tables
// with their columns and keys, its types and its functions. It is read in a few
// queries on one snapshot of the server, and used until it is old or somebody
// says that it is.
//
// Every function of the database is in it, whatever its schema, its kind and who
// may call it: the gate decides by that. Names and comments are what somebody
// wrote into the database, and are kept as they are.
//
// Start with [New]; [Cache.Snapshot] is what is known, [Cache.Table] finds one
// table, [Describe] reads all there is to say of it.
package catalog

import (
	"time"

	"github.com/mcpfleet/mcpfleet/services/database/internal/gate"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
	"github.com/mcpfleet/mcpfleet/services/database/internal/value"
)

// The kinds of tables.
const (
	KindTable       = "table"
	KindView        = "view"
	KindMatview     = "matview"
	KindPartitioned = "partitioned"
	KindForeign     = "foreign"
)

// Snapshot is a catalog at a moment. It is immutable.
type Snapshot struct {
	Taken      time.Time
	Version    int // server_version_num, such as 150004
	Database   string
	SearchPath []string // the schemas in it that exist and may be used
	Schemas    []Schema // by name, system schemas left out
	Tables     []*Table // by schema and name, system schemas left out

	stamp     string // of the functions, views and operators
	views     map[string]bool
	operators map[string][]Hidden
	named     map[qualified]*Table
	byName    map[string][]*Table
	byOID     map[uint32]*Table
	parts     map[uint32][]*Table // of partitioned tables, directly below
	functions map[string][]gate.Function
	types     map[uint32]value.Type
}

// qualified is a name in a schema.
type qualified struct{ schema, name string }

// Schema is a schema that is not the system's.
type Schema struct {
	Name    string
	Comment string // cut at 500 characters
	Usable  bool   // the role may use what is in it, as far as it may use that
}

// Table is a table, view or another relation with rows.
type Table struct {
	OID     uint32
	Schema  string
	Name    string
	Kind    string // table, view, matview, partitioned, foreign
	Comment string // cut at 500 characters
	Rows    int64  // the planner's estimate, -1 for none
	Bytes   int64  // of the main fork as the planner last saw it, of all partitions
	Columns []Column
	Key     []string // columns of the primary key, in order

	// Readable is whether the role may select at least one column.
	Readable bool
	// Parent is the OID of what this is a partition of, 0 for none.
	Parent uint32
	// Partitions counts those directly below.
	Partitions int
}

// Column is a column of a table.
type Column struct {
	Name      string
	Number    int16
	Type      string // as format_type writes it
	OID       uint32
	NotNull   bool
	Comment   string // cut at 500 characters
	Identity  string // "always", "by default" or ""
	Generated bool
}

// Column returns the column of this name, nil if there is none.
func (t *Table) Column(name string) *Column {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	return nil
}

// Quoted returns the name of t for SQL.
func (t *Table) Quoted() string { return postgres.Identifier(t.Schema, t.Name) }

// TableByOID returns a table by its OID, nil if there is none.
func (s *Snapshot) TableByOID(oid uint32) *Table { return s.byOID[oid] }

// Named implements [gate.Functions]: all overloads in all schemas, of functions,
// procedures, aggregates and window functions.
func (s *Snapshot) Named(name string) []gate.Function { return s.functions[name] }

// Type implements [value.Types].
func (s *Snapshot) Type(oid uint32) (value.Type, bool) {
	t, ok := s.types[oid]
	return t, ok
}
