package oauth

import "time"

// SetNow sets the clock of a flow, before it is used.
func (f *Flow) SetNow(now func() time.Time) { f.now = now }
