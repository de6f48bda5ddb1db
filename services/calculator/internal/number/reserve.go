package number

// Reserve sets aside half of the work that is left of the budget and returns a
// function that gives it back: so that one of several calculations cannot use
// up what the others need.
func (a *Arith) Reserve() (release func()) {
	kept := a.work / 2
	a.work -= kept
	return func() { a.work = max(a.work, 0) + kept }
}
