// Package shop is the schema and the data of a small shop, for the demo and for
// tests: the same rows on every machine.
//
// Start with [Schema] and [Reader].
package shop

import _ "embed"

// Schema is SQL that makes the shop in an empty database, as its owner.
//
//go:embed schema.sql
var Schema string

// Reader is SQL that makes the role mcp_reader, which may read the shop and do
// nothing else. Run it as superuser in the database that has the shop.
//
//go:embed reader.sql
var Reader string
