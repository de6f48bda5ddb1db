//go:build unix

package change

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// renamesOpen says that an open file can be renamed and removed.
const renamesOpen = true

// control calls fn with the file's descriptor.
func control(f syscall.Conn, fn func(fd int) error) error {
	c, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := c.Control(func(fd uintptr) { inner = fn(int(fd)) }); err != nil {
		return err
	}
	return inner
}

// lockTemp takes the lock that tells a sweep to keep its hands off. It reports
// whether the file is still there to be used. A file system without locks is
// left to the age of files.
func lockTemp(f *os.File) bool {
	if errors.Is(tryLock(f), unix.EWOULDBLOCK) {
		return false
	}
	fi, err := f.Stat()
	if err != nil {
		return false
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	return !ok || st.Nlink > 0
}

func tryLock(f *os.File) error {
	return control(f, func(fd int) error { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) })
}

// abandoned reports whether the writer of a temporary file is gone. known is
// false where locks do not work.
func abandoned(f *os.File) (gone, known bool) {
	switch err := tryLock(f); {
	case err == nil:
		return true, true
	case errors.Is(err, unix.EWOULDBLOCK):
		return false, true
	}
	return false, false
}

// setMode sets exactly this mode.
func setMode(f *os.File, mode fs.FileMode) error { return f.Chmod(mode) }

// likeDir gives d a mode and the time of its last change.
func likeDir(d *tree.Dir, mode fs.FileMode, t time.Time) error {
	fd, ok := d.Fd()
	if !ok {
		return nil
	}
	if err := unix.Fchmod(fd, uint32(mode.Perm())); err != nil && !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EOPNOTSUPP) {
		return tree.Fail(d.Path(), err)
	}
	return tree.Fail(d.Path(), setTimes(fd, t))
}

// keepOwner gives f the owner of the file of s. Only root can, and only root
// would change it by writing another file.
func keepOwner(f *os.File, s *site) {
	if os.Geteuid() != 0 {
		return
	}
	old, _, err := s.dir.OpenWrite(s.name)
	if err != nil {
		return
	}
	defer old.Close()
	fi, err := old.Stat()
	if err != nil {
		return
	}
	if st, ok := fi.Sys().(*syscall.Stat_t); ok && (st.Uid != 0 || st.Gid != 0) {
		_ = f.Chown(int(st.Uid), int(st.Gid)) // not every file system has owners
	}
}

// flush has a network file system report what it has not written: it does when
// a descriptor is closed, and this one must stay open for its lock.
func flush(f *os.File) error {
	return control(f, func(fd int) error {
		again, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			return err
		}
		return unix.Close(again)
	})
}

// appendOnly makes every write go to the end, wherever that is by then.
func appendOnly(f *os.File) error {
	return control(f, func(fd int) error {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
		if err == nil {
			_, err = unix.FcntlInt(uintptr(fd), unix.F_SETFL, flags|unix.O_APPEND)
		}
		return err
	})
}
