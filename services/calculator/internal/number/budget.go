package number

import "time"

// Remaining returns the work that is left of the budget, for a search that
// would rather end with what it has found than with an error.
func (a *Arith) Remaining() int64 { return a.work }

// Deadline returns when the context ends; ok is false if it has no deadline.
func (a *Arith) Deadline() (t time.Time, ok bool) { return a.ctx.Deadline() }

// TooLong returns the refusal of a result, called what, of about so many
// decimal digits, if that is more than an integer may have; else it is nil.
func (a *Arith) TooLong(what string, digits float64) error {
	if digits <= float64(a.lim.IntegerBits)*0.3010299956639812 {
		return nil
	}
	return a.tooLong(what, digits)
}

// Brief writes x for a message, approximately if it is long.
func Brief(x Number) string { return brief(x) }

// Quadratic returns the parts of a real that is known to be c + q*sqrt(n), with
// exact c and q and an integer n; ok is false for any other number.
func (n Number) Quadratic() (c, q, radicand Number, ok bool) { return n.quadratic() }
