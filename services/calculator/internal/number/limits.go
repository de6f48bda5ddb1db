package number

import (
	"context"
	"math/big"
)

// Limits bound what one evaluation may cost. A zero field means its default.
type Limits struct {
	IntegerBits     int   // size of an integer; 2^21, which is 631,000 digits
	RationalBits    int   // numerator and denominator together; 2^17
	Digits          int   // significant digits of a real; 1,000
	ConstantDigits  int   // the same of fractions and of multiples of pi, e and square roots of integers; 10,000
	Exponent        int   // a real is 0 or between 10^-Exponent and 10^Exponent; 10^6
	PrintedDigits   int   // digits in a text before it is shortened; 1,000
	LiteralDigits   int   // digits of a number in the input; 10,000
	LiteralExponent int   // exponent of a number in the input; 100,000
	Work            int64 // units of 0.5 to 1 ns, predicted before each operation; 2*10^9
}

// DefaultPrecision is the number of significant digits of a real when New is
// given none.
const DefaultPrecision = 34

// ErrorKind is the reason of an [Error].
type ErrorKind string

// The kinds of errors.
const (
	Domain         ErrorKind = "domain"           // the operation has no value there
	DivisionByZero ErrorKind = "division_by_zero" // also a pole, as of tan
	Limit          ErrorKind = "limit"            // it would cost too much
	Cancelled      ErrorKind = "cancelled"        // the context ended
	Undecided      ErrorKind = "undecided"        // no precision within the limits settles it
	Syntax         ErrorKind = "syntax"           // the input is not written as it should be
	UnknownName    ErrorKind = "unknown_name"     // a word that means nothing here
	UnknownUnit    ErrorKind = "unknown_unit"     // the same of a unit
	UnitMismatch   ErrorKind = "unit_mismatch"    // the quantities have different dimensions
	Ambiguous      ErrorKind = "ambiguous"        // it can be read in two ways
)

// Error is what every operation of an [Arith] fails with, and every package
// that computes with one.
type Error struct {
	Kind        ErrorKind
	Message     string   // what is wrong, with the estimate when a limit refused
	Hint        string   // what to do instead; may be empty
	Suggestions []string // names or whole inputs that may have been meant
	cause       error
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// notReal is the refusal of a result that only complex numbers have.
func notReal(what string) *Error {
	return &Error{Kind: Domain, Message: what + " is not real", Hint: "only real numbers are known here"}
}

// Unwrap returns the error of the context when the kind is Cancelled.
func (e *Error) Unwrap() error { return e.cause }

// Arith does the arithmetic of one evaluation under its limits. It is not safe
// for concurrent use; the numbers that it returns are. Each error is an
// [*Error].
type Arith struct {
	ctx    context.Context
	lim    *Limits // not to be changed
	digits int
	work   int64 // what is left of the budget
	poll   int64 // work left until the context is looked at

	progress func(done, total float64, message string)
	gate     func() error // called once when more work than light was spent
	light    int64        // the budget that is left when it is

	known *known // nil while nothing is
}

// known is what one evaluation has computed and needs again.
type known struct {
	pi, ln2, euler constant
	tangent        []*big.Int
}

// memory returns what is known, to be looked up and added to.
func (a *Arith) memory() *known {
	if a.known == nil {
		a.known = new(known)
	}
	return a.known
}

// New returns the arithmetic of one evaluation, which ends with ctx. Precision
// is the number of significant digits of reals in texts; 0 means
// DefaultPrecision, and more than the limits allow is a mistake that Text
// reports.
func New(ctx context.Context, lim Limits, precision int) *Arith {
	a := new(Arith)
	a.Reset(ctx, lim, precision)
	return a
}

// Reset makes a the arithmetic of another evaluation, as New does: for an Arith
// that is part of something else.
func (a *Arith) Reset(ctx context.Context, lim Limits, precision int) {
	if precision == 0 {
		precision = DefaultPrecision
	}
	*a = Arith{ctx: ctx, lim: &defaultLimits, digits: precision, poll: pollWork}
	if lim != (Limits{}) {
		own := lim
		own.fill()
		a.lim = &own
	}
	a.work = a.lim.Work
}

// Limits returns the limits in force, defaults filled in.
func (a *Arith) Limits() Limits { return *a.lim }

// Precision returns the number of significant digits of reals.
func (a *Arith) Precision() int { return a.digits }

// Check returns an error if the context has ended. Operations look by
// themselves; it is for loops around them.
func (a *Arith) Check() error {
	if err := a.ctx.Err(); err != nil {
		return &Error{Kind: Cancelled, Message: "the calculation was cancelled", cause: err}
	}
	return nil
}

const pollWork = 1 << 20

// OnProgress makes f hear of the steps of long work; total is 0 where it is not
// known. f is called on the goroutine that computes.
func (a *Arith) OnProgress(f func(done, total float64, message string)) { a.progress = f }

// Progress tells who listens how far long work has come.
func (a *Arith) Progress(done, total float64, message string) {
	if a.progress != nil {
		a.progress(done, total, message)
	}
}

// OnHeavy makes f be called once, as soon as more than so many units of work
// have been spent. f may wait, for its turn to do the rest; its error ends the
// calculation.
func (a *Arith) OnHeavy(units int64, f func() error) { a.gate, a.light = f, a.work-units }

// Spend takes units of work from the budget, each 0.5 to 1 ns, as [MulCost] and
// its like estimate them. Code that computes with math/big itself
// calls it before each operation, which also ends the work when the context
// has ended.
func (a *Arith) Spend(units int64) error { return a.spend(units) }

// spend takes units of work from the budget, and looks at the context about
// once a millisecond.
func (a *Arith) spend(units int64) error {
	a.work -= units
	a.poll -= units
	if a.work < 0 {
		return &Error{Kind: Limit,
			Message: "the calculation takes more than " + group(a.lim.Work) + " steps of work",
			Hint:    "split it, or ask for fewer digits"}
	}
	if a.poll < 0 {
		a.poll = pollWork
		return a.pause()
	}
	return nil
}

// pause looks whether the context has ended, and whether it is time to wait
// for one's turn.
func (a *Arith) pause() error {
	if a.gate != nil && a.work < a.light {
		gate := a.gate
		a.gate = nil
		if err := gate(); err != nil {
			return &Error{Kind: Cancelled, Message: "the calculation was cancelled", cause: err}
		}
	}
	return a.Check()
}

// defaultLimits are those of an evaluation that is given none.
var defaultLimits = func() (l Limits) {
	l.fill()
	return l
}()

func (l *Limits) fill() {
	set := func(p *int, v int) {
		if *p <= 0 {
			*p = v
		}
	}
	set(&l.IntegerBits, 1<<21)
	set(&l.RationalBits, 1<<17)
	set(&l.Digits, 1000)
	set(&l.ConstantDigits, 10_000)
	set(&l.Exponent, 1_000_000)
	set(&l.PrintedDigits, 1000)
	set(&l.LiteralDigits, 10_000)
	set(&l.LiteralExponent, 100_000)
	if l.Work <= 0 {
		l.Work = 2_000_000_000
	}
}
