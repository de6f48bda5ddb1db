// Package gate decides whether a statement that a caller wrote may be run. It
// reads the statement token by token as PostgreSQL would, knows the functions of
// the database, and refuses what could do more than it should, whoever the
// server takes the caller for.
//
// The guarantee: of what passes [Read], PostgreSQL makes one statement that is a
// query, SHOW or EXPLAIN without ANALYZE, and every function that it names is
// one that the rules or an operator allow. What is out of sight stays out of
// reach: functions that a view, an operator, a cast, a domain or a row security
// policy calls. Those are for the role's rights, a read-only
// transaction and timeouts.
//
// Start with [Read] and [Change].
package gate

// Function is what the gate needs to know of a function of the database: one
// overload.
type Function struct {
	Schema     string
	Name       string
	Volatility byte // 'i', 's' or 'v' as in pg_proc.provolatile; else: taken for 'v'
	Definer    bool // SECURITY DEFINER
	System     bool // it came with PostgreSQL (its OID is below 16384)
	RowType    bool // its first argument may be a row, so that t.name calls it
	Extension  string
	// Support are the functions that an aggregate calls, of which its own
	// volatility says nothing.
	Support []Function
	// Hidden is whether its schema is not on the search path, so that only a call
	// that names the schema is a call of it.
	Hidden bool
}

// Functions tells the functions of a database by name, whatever their schema.
type Functions interface {
	Named(name string) []Function
}

// Policy is what an operator allows beyond the rules.
type Policy struct {
	// AllowFunctions are names, with or without a schema, of functions that may
	// be called although the rules refuse them.
	AllowFunctions []string
	// AllowFullTable lets UPDATE and DELETE go without WHERE.
	AllowFullTable bool
}

// Kind says how a statement is run.
type Kind int

// The kinds.
const (
	Rows    Kind = iota // through a cursor: SELECT, WITH, VALUES, TABLE
	Show                // as it stands: SHOW
	Explain             // EXPLAIN of what is in Inner
	Write               // INSERT, UPDATE, DELETE, MERGE
)

// Statement is a statement that passed.
type Statement struct {
	Kind  Kind
	SQL   string // without the semicolons, space and comments around it
	Inner string // of Explain: what is explained, which would pass as Rows
	Verb  string // the first keyword, in upper case; of a Write the one that changes rows
	// Returning is whether a Write has RETURNING.
	Returning bool
}

// Refusal is why a statement may not be run.
type Refusal struct {
	// Rule names the rule, such as "one-statement".
	Rule    string
	Message string
	// Offset is the byte where it is in the statement, -1 for all of it.
	Offset int
}

// Error returns the message.
func (r *Refusal) Error() string { return r.Message }

// The rules, as a [Refusal] names them.
const (
	RuleInput      = "input"              // too long, not UTF-8, or with a NUL
	RuleEmpty      = "empty"              // no statement
	RuleSyntax     = "syntax"             // not a text of PostgreSQL tokens, or parentheses that do not match
	RuleComplexity = "complexity"         // nested too deeply, or too many operators
	RuleOne        = "one-statement"      // more than one statement
	RuleVerb       = "verb"               // no statement of the kinds that may be run
	RuleInto       = "into"               // SELECT INTO
	RuleLocking    = "locking"            // FOR UPDATE, FOR SHARE
	RuleModifying  = "data-modifying"     // INSERT, UPDATE, DELETE, MERGE inside a query
	RuleUnicode    = "unicode-identifier" // U&"name"
	RuleAnalyze    = "explain-analyze"    // EXPLAIN that executes
	RuleFunction   = "function"           // a function that may not be called
	RuleTreat      = "treat"              // TREAT, which calls a function that it does not look like calling
	RuleRelation   = "relation"           // a system table that may not be read
	RuleSetting    = "setting"            // a setting that may not be shown
	RuleFullTable  = "full-table"         // UPDATE or DELETE without WHERE
	RuleSystem     = "system-table"       // a change of a system table
)

// Read checks a statement that may only read. The error is a [*Refusal].
// Without functions no call passes.
func Read(sql string, f Functions, p Policy) (Statement, error) {
	tokens, err := scan(sql)
	if err != nil {
		return Statement{}, err
	}
	c := checker{sql: sql, tokens: tokens, functions: f, policy: &p}
	if err := c.nesting(); err != nil {
		return Statement{}, err
	}
	return c.read()
}

// Change checks a statement that changes rows. The error is a [*Refusal].
// Without functions no call passes.
func Change(sql string, f Functions, p Policy) (Statement, error) {
	tokens, err := scan(sql)
	if err != nil {
		return Statement{}, err
	}
	c := checker{sql: sql, tokens: tokens, functions: f, policy: &p, write: true}
	if err := c.nesting(); err != nil {
		return Statement{}, err
	}
	return c.change()
}
