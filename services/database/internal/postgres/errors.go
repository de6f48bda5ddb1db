package postgres

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// Kind classifies failures by what a caller can do about them.
type Kind string

// The kinds.
const (
	Invalid     Kind = "invalid"     // the statement is wrong: syntax, types, values
	Denied      Kind = "denied"      // the role may not
	Refused     Kind = "refused"     // it would write, or is not for this tool
	Timeout     Kind = "timeout"     // the statement took too long
	Locked      Kind = "locked"      // a lock was not to be had, or a deadlock
	Conflict    Kind = "conflict"    // a constraint, or a concurrent change
	TooLarge    Kind = "too_large"   // a value or message over the limit
	Busy        Kind = "busy"        // no connection was free, or the server has too many
	Unavailable Kind = "unavailable" // the server is not there, starts or stops
	Unknown     Kind = "unknown"     // whether a commit happened is not known
	Missing     Kind = "missing"     // no such table, column, function, database
	Resources   Kind = "resources"   // the server is out of memory, disk or temporary space
)

// Error is a failure that the caller may read: it names no host and no user of a
// connection. Message, Detail and Hint are cut to a few kilobytes. Detail of a
// constraint's error shows values of the row, which is for those who may write
// it.
type Error struct {
	Kind       Kind
	Message    string
	SQLState   string // "" if the server did not say
	Detail     string
	Hint       string
	Position   int           // in the caller's statement, in characters from 1; 0 if not known
	Parameter  int           // the one whose value could not be read, 1 for $1; 0 if not known
	Retryable  bool          // the same call may succeed a little later
	RetryAfter time.Duration // how much later, if that is known
	Err        error         // the cause; of it [Error.Cause] is for the log
}

// Error returns the message alone.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause, of which the text is for nobody.
func (e *Error) Unwrap() error { return e.Err }

// What is kept of texts that the server wrote, in bytes.
const (
	maxMessage = 2000
	maxDetail  = 1000
)

// cut returns s within n bytes, ended at a character.
func cut(s string, n int) string {
	if len(s) > n {
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// kinds are those of classes of SQLSTATE, by the two characters they begin with.
var kinds = map[string]Kind{
	"08": Unavailable, "0A": Invalid, "0B": Invalid, "20": Invalid, "21": Invalid, "22": Invalid, "23": Conflict,
	"24": Invalid, "25": Refused, "26": Invalid, "28": Denied, "34": Invalid, "38": Invalid, "39": Invalid, "3B": Invalid,
	"3D": Missing, "3F": Missing, "40": Conflict, "42": Invalid, "44": Conflict, "53": Resources, "54": Invalid,
	"55": Conflict, "57": Unavailable, "58": Resources, "F0": Resources, "HV": Resources, "P0": Invalid, "XX": Resources,
}

// kindsOf are the SQLSTATEs whose kind is not that of their class.
var kindsOf = map[string]Kind{
	"25P02": Invalid, // in_failed_sql_transaction
	"25P03": Timeout, // idle_in_transaction_session_timeout
	"25P04": Timeout, // transaction_timeout
	"40P01": Locked,  // deadlock_detected
	"42501": Denied,  // insufficient_privilege
	"42P01": Missing, // undefined_table
	"42703": Missing, // undefined_column
	"42704": Missing, // undefined_object
	"42883": Missing, // undefined_function
	"42P11": Refused, // invalid_cursor_definition
	"53300": Busy,    // too_many_connections
	"53400": Resources,
	"54000": TooLarge, // program_limit_exceeded
	"54001": Invalid,  // statement_too_complex
	"55P03": Locked,   // lock_not_available
	"55006": Locked,   // object_in_use
	"55000": Invalid,  // object_not_in_prerequisite_state
	"57014": Timeout,  // query_canceled
	"57P05": Timeout,  // idle_session_timeout
}

// advice is what to change, where the server's own words do not say it.
var advice = map[string]string{
	"25006": "Only what changes nothing runs here.",
	"40001": "A concurrent change came between: run it again.",
	"40P01": "Two transactions waited for each other: run it again.",
	"42501": "The server's role lacks the privilege; its owner grants it.",
	"53100": "The server's disk is full.",
	"53200": "The server is out of memory: ask for less, or for fewer rows at a time.",
	"53400": "The query needs more temporary space than the role may use: filter earlier, or sort and join fewer rows.",
	"54001": "Simplify the statement: it nests or lists too much.",
	"55P03": "Another transaction holds the lock: try again later.",
}

func kind(state string) Kind {
	if k, ok := kindsOf[state]; ok {
		return k
	}
	if len(state) == 5 {
		if k, ok := kinds[state[:2]]; ok {
			return k
		}
	}
	return Invalid
}

// portalParameter is how PostgreSQL 14 and later say which parameter they could
// not read, on a line of its own.
var portalParameter = regexp.MustCompile(`(?m)^(?:unnamed portal|portal "[^"]*") parameter \$([0-9]{1,5})`)

// reported makes an Error of what the server reported. before counts the
// characters that were put before the caller's statement.
func reported(pg *pgconn.PgError, before int) *Error {
	e := &Error{SQLState: pg.Code, Message: cut(pg.Message, maxMessage), Detail: cut(pg.Detail, maxDetail), Hint: cut(pg.Hint, maxDetail), Err: pg}
	if p := int(pg.Position) - before; p > 0 {
		e.Position = p
	}
	if m := portalParameter.FindStringSubmatch(pg.Where); m != nil {
		e.Parameter, _ = strconv.Atoi(m[1])
	}
	e.Kind = kind(pg.Code)
	if e.Hint == "" {
		e.Hint = advice[pg.Code]
	}
	switch {
	case before > 0 && e.Position == 1 && pg.Code == "42601":
		e.Hint = "Only SELECT, VALUES, TABLE and WITH … SELECT run here."
	case pg.Code == "0A000" && before > 0 && strings.Contains(pg.Message, "data-modifying"):
		e.Kind, e.Hint = Refused, advice["25006"]
	case e.Kind == Unavailable:
		// A server that stops says who stopped it, and whose connections.
		e.Message, e.Detail, e.Hint = "the database does not answer: it starts, stops or ended the connection", "", "Try again in a few seconds."
	}
	if pg.Code == "57014" {
		if e.Hint = "Filter earlier, look at its plan, or allow more time."; strings.Contains(pg.Message, "user request") {
			e.Message, e.Hint = "the statement was cancelled by the server's administrator", ""
		}
	}
	switch e.Kind {
	case Busy, Unavailable, Locked:
		e.Retryable, e.RetryAfter = true, time.Second
	case Conflict:
		e.Retryable = pg.Code[:2] == "40"
	}
	return e
}

// lost is a connection that broke or was never made.
func (db *DB) lost(err error) error {
	return &Error{Kind: Unavailable, Message: "the database " + db.cfg.Name + " does not answer", Hint: "Try again in a few seconds.",
		Retryable: true, RetryAfter: time.Second, Err: err}
}

// tooLarge is a message over MaxMessage.
func (db *DB) tooLarge(err error) error {
	return &Error{Kind: TooLarge, Message: "a row is larger than the limit of one row", Err: err,
		Hint: "Select fewer columns, or parts of the value: substr(), left(), a path into the JSON."}
}

// received makes an error of reading from the connection one of ours.
func (db *DB) received(err error) error {
	var large *pgproto3.ExceededMaxBodyLenErr
	if errors.As(err, &large) {
		return db.tooLarge(err)
	}
	return db.lost(err)
}

// connecting makes an error of getting a connection one of ours. What the server
// says at that time names its users and hosts: callers read our words for it.
func (db *DB) connecting(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var ours *Error
	if errors.As(err, &ours) {
		return ours
	}
	var pg *pgconn.PgError
	name := "the database " + db.cfg.Name
	switch {
	case !errors.As(err, &pg):
	case pg.Code == "53300":
		return &Error{Kind: Busy, Message: name + " has no connection left", SQLState: pg.Code, Hint: "Try again in a few seconds.",
			Retryable: true, RetryAfter: time.Second, Err: err}
	case pg.Code == "3D000":
		return &Error{Kind: Missing, Message: name + " does not exist on its server", SQLState: pg.Code, Hint: "Its connection string is for the operator to correct.", Err: err}
	case strings.HasPrefix(pg.Code, "28"), pg.Code == "42501":
		return &Error{Kind: Denied, Message: name + " does not let this server in", SQLState: pg.Code, Hint: "Its connection string is for the operator to correct.", Err: err}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		if s := db.pool.Stat(); s.AcquiredConns() >= s.MaxConns() {
			return &Error{Kind: Busy, Message: "all connections to " + name + " are in use", Retryable: true, RetryAfter: time.Second, Err: err,
				Hint: "Try again in a few seconds, with fewer calls at a time."}
		}
	}
	return db.lost(err)
}
