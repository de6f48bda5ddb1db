package change

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// setTime sets the time of the last change of f's content.
func setTime(f *os.File, t time.Time) error {
	return control(f, func(fd int) error { return setTimes(fd, t) })
}

func setTimes(fd int, t time.Time) error {
	ts := unix.NsecToTimespec(t.UnixNano())
	err := unix.UtimesNanoAt(fd, "", []unix.Timespec{ts, ts}, unix.AT_EMPTY_PATH)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) { // a kernel before 5.8
		tv := unix.NsecToTimeval(t.UnixNano())
		err = unix.Futimes(fd, []unix.Timeval{tv, tv})
	}
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EOPNOTSUPP) {
		return nil // a file system without times of its own
	}
	return err
}

// clone makes dst share the content of src, where the file system can.
func clone(dst *os.File, src *tree.File) bool {
	from, ok := src.Fd()
	return ok && control(dst, func(to int) error { return unix.IoctlFileClone(to, from) }) == nil
}

// copyRange returns a function that copies the next most bytes at most within the
// kernel, and says how many they were.
func copyRange(dst *os.File, src *tree.File) (next func(most int64) (int64, error), ok bool) {
	from, ok := src.Fd()
	if !ok {
		return nil, false
	}
	var off int64
	return func(most int64) (n int64, err error) {
		err = control(dst, func(to int) error {
			m, err := unix.CopyFileRange(from, &off, to, nil, int(most), 0)
			n = max(0, int64(m)) // -1 with an error
			return err
		})
		return n, err
	}, true
}
