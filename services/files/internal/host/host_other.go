//go:build !linux && !darwin

package host

import "os"

// Below returns what is known of the file system that holds dir: nothing but
// that dir is there.
func Below(dir string) (Facts, error) {
	_, err := os.Stat(dir)
	return Facts{Writable: true}, err
}

// Confined reports whether the kernel resolves a path beneath a directory by
// itself, rather than one element at a time.
func Confined(string) bool { return false }

// Watches returns no limits: there are none, or they are unknown.
func Watches() WatchLimits { return WatchLimits{} }
