//go:build !linux

package host

import (
	"errors"
	"time"
)

// CPUTime fails on this system.
func CPUTime(int) (time.Duration, error) {
	return 0, errors.New("CPU times of other processes are read on Linux only")
}
