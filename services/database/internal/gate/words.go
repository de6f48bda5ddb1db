package gate

import "github.com/mcpfleet/mcpfleet/services/database/internal/lexer"

// word is what a keyword means to the gate.
type word uint8

const (
	none    word = iota
	grammar      // no function can have this name unquoted: reserved in every version
	wAnalyze
	wAs
	wCase
	wDelete
	wEnd
	wExplain
	wFor
	wInsert
	wInto
	wKey
	wMaterialized
	wMerge
	wNo
	wNot
	wOnly
	wOverlay
	wRecursive
	wReturning
	wSelect
	wShare
	wShow
	wSubstring
	wTable
	wTablesample
	wTreat
	wUpdate
	wValues
	wVerbose
	wWhere
	wWith
)

// longestWord is the length of the longest keyword that wordOf knows.
const longestWord = 17

// wordOf classifies an unquoted identifier.
func wordOf(text string) word {
	if len(text) < 2 || len(text) > longestWord {
		return none
	}
	var folded [longestWord]byte
	for i := range len(text) {
		c := text[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		folded[i] = c
	}
	switch string(folded[:len(text)]) {
	case "analyze", "analyse":
		return wAnalyze
	case "as":
		return wAs
	case "case":
		return wCase
	case "delete":
		return wDelete
	case "end":
		return wEnd
	case "explain":
		return wExplain
	case "for":
		return wFor
	case "insert":
		return wInsert
	case "into":
		return wInto
	case "key":
		return wKey
	case "materialized":
		return wMaterialized
	case "merge":
		return wMerge
	case "no":
		return wNo
	case "not":
		return wNot
	case "only":
		return wOnly
	case "overlay":
		return wOverlay
	case "recursive":
		return wRecursive
	case "returning":
		return wReturning
	case "select":
		return wSelect
	case "share":
		return wShare
	case "show":
		return wShow
	case "substring":
		return wSubstring
	case "table":
		return wTable
	case "tablesample":
		return wTablesample
	case "treat":
		return wTreat
	case "update":
		return wUpdate
	case "values":
		return wValues
	case "verbose":
		return wVerbose
	case "where":
		return wWhere
	case "with":
		return wWith
	case // reserved words
		"all", "and", "any", "array", "asc", "asymmetric", "both", "cast", "check", "collate", "column", "constraint",
		"create", "current_catalog", "current_date", "current_role", "current_time", "current_timestamp",
		"current_user", "default", "deferrable", "desc", "distinct", "do", "else", "except", "false", "fetch",
		"foreign", "from", "grant", "group", "having", "in", "initially", "intersect", "lateral", "leading", "limit",
		"localtime", "localtimestamp", "null", "offset", "on", "or", "order", "placing", "primary", "references",
		"session_user", "some", "symmetric", "then", "to", "trailing", "true", "union", "unique", "user", "using",
		"variadic", "when", "window",
		// words of types and of syntax that looks like a call and is none, or one
		// of a function of pg_catalog that does no harm
		"between", "bigint", "bit", "boolean", "char", "character", "coalesce", "dec", "decimal", "exists", "extract",
		"float", "greatest", "grouping", "inout", "int", "integer", "interval", "least", "national", "nchar", "none",
		"normalize", "nullif", "numeric", "out", "position", "precision", "real", "row", "setof", "smallint", "time",
		"timestamp", "trim", "varchar", "xmlattributes", "xmlconcat", "xmlelement", "xmlexists", "xmlforest",
		"xmlnamespaces", "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmltable":
		return grammar
	}
	return none
}

// callable reports whether w, unquoted and with a parenthesis behind it, may be
// a call: of substring and overlay a user's function may be meant.
func (w word) callable() bool {
	switch w {
	case none, wDelete, wExplain, wInsert, wKey, wMaterialized, wMerge, wNo, wOverlay, wRecursive, wShare, wShow,
		wSubstring, wTablesample, wUpdate, wVerbose:
		return true
	}
	return false
}

// changes reports whether w begins a statement that changes rows.
func (w word) changes() bool {
	return w == wInsert || w == wUpdate || w == wDelete || w == wMerge
}

// token is a token with what it means as a keyword.
type token struct {
	start, end int32
	kind       lexer.Kind
	word       word
}
