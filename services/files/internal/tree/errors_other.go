//go:build !windows

package tree

// systemCauses are the errors that a system has numbers of its own for.
var systemCauses []cause
