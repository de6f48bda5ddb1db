//go:build unix

package watch

import "golang.org/x/sys/unix"

// mostDirectories leaves half of the files that may be open to others.
func mostDirectories() int {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return 512
	}
	return int(min(l.Cur/2, 16_384))
}
