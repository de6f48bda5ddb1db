package tree

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const (
	readFlags = unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NONBLOCK | unix.O_NOCTTY
	pathFlags = unix.O_PATH | unix.O_CLOEXEC
	dirFlags  = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_CLOEXEC
)

// openat2 gives EAGAIN while something is renamed anywhere on the machine and
// the path has ".." in it. After so many times the path is walked in user space,
// where there is no "..".
const openAttempts = 32

// openPlace opens the top of a root: by descriptor if the kernel has openat2 and
// the sandbox of the process, if it is in one, allows it.
func openPlace(host string, opt Options) (place, error) {
	if opt.Portable {
		return openRootPlace(host, opt.OneFilesystem)
	}
	fd, err := ignoreEINTR(func() (int, error) {
		return unix.Open(host, pathFlags|unix.O_DIRECTORY, 0)
	})
	if err != nil {
		return nil, err
	}
	d := &fdPlace{n: fd, pathOnly: true, oneFS: opt.OneFilesystem}
	probe, err := d.openat2(".", pathFlags|unix.O_DIRECTORY, followAll)
	if err != nil {
		_ = unix.Close(fd)
		return openRootPlace(host, opt.OneFilesystem)
	}
	_ = unix.Close(probe)
	return d, nil
}

// An fdPlace is a directory's descriptor.
type fdPlace struct {
	n        int
	pathOnly bool // opened by O_PATH, which cannot be listed
	oneFS    bool
	// listing says that n's offset is in use. A second listing at the same time
	// opens a descriptor of its own.
	listing atomic.Bool
	listed  bool // n's offset may not be 0; guarded by listing
}

func ignoreEINTR(fn func() (int, error)) (int, error) {
	for {
		n, err := fn()
		if err != unix.EINTR {
			return n, err
		}
	}
}

// openat2 opens rel below d: the kernel refuses every step that leaves d, also
// while directories and links are exchanged (openat2(2), RESOLVE_BENEATH).
func (d *fdPlace) openat2(rel string, flags uint64, l links) (int, error) {
	how := unix.OpenHow{Flags: flags, Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_MAGICLINKS}
	if l != followAll {
		how.Flags |= unix.O_NOFOLLOW
	}
	if l == followNone {
		how.Resolve |= unix.RESOLVE_NO_SYMLINKS
	}
	if d.oneFS {
		how.Resolve |= unix.RESOLVE_NO_XDEV
	}
	for attempt := 0; ; {
		fd, err := unix.Openat2(d.n, rel, &how)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN && attempt < openAttempts:
			attempt++
		default:
			return fd, err
		}
	}
}

func (d *fdPlace) file() (*os.File, error) {
	fd, err := unix.Openat(d.n, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "."), nil
}

func (d *fdPlace) fd() int { return d.n }

func (d *fdPlace) close() error {
	fd := d.n
	// What is used after it is closed must not find another file of this number.
	d.n = -1
	return unix.Close(fd)
}

func (d *fdPlace) openFile(rel string, l links) (handle, Info, error) {
	// Opening a device may do something: start a watchdog, rewind a tape. So first
	// comes a descriptor of the place alone, and the file is opened from that.
	at, err := d.openat2(rel, pathFlags, l)
	if err != nil {
		return nil, Info{}, err
	}
	defer unix.Close(at)
	info, err := fstat(at)
	if err == nil {
		err = regular(info.Type)
	}
	if err != nil {
		return nil, Info{}, err
	}
	fd, err := ignoreEINTR(func() (int, error) {
		return unix.Open("/proc/self/fd/"+strconv.Itoa(at), readFlags, 0)
	})
	if err != nil {
		// There may be no /proc, or it is closed to this process (PR_SET_DUMPABLE).
		if fd, err = d.openat2(rel, readFlags, l); err != nil {
			return nil, Info{}, err
		}
	}
	now, err := fstat(fd)
	if err == nil && (now.Dev != info.Dev || now.Ino != info.Ino) {
		err = unix.EAGAIN
	}
	if err != nil {
		_ = unix.Close(fd)
		return nil, Info{}, err
	}
	return &fdFile{fd}, now, nil
}

// openListed makes do with as few calls as can be: a search does it for each file.
func (d *fdPlace) openListed(name string) (handle, Info, error) {
	fd, err := d.openat2(name, readFlags, followNone)
	if err != nil {
		if err == unix.ENXIO { // a socket, or a FIFO that is not for reading
			err = errNotRegular
		}
		return nil, Info{}, err
	}
	info, err := fstat(fd)
	if err == nil {
		err = regular(info.Type)
	}
	if err != nil {
		_ = unix.Close(fd)
		return nil, Info{}, err
	}
	return &fdFile{fd}, info, nil
}

func (d *fdPlace) openDir(rel string, l links) (place, error) {
	fd, err := d.openat2(rel, dirFlags, l)
	pathOnly := err == unix.EACCES
	if pathOnly { // names in it may be usable though it cannot be listed
		fd, err = d.openat2(rel, pathFlags|unix.O_DIRECTORY, l)
	}
	if err == unix.ENOTDIR && l != followAll && d.isLink(rel) {
		err = unix.ELOOP
	}
	if err != nil {
		return nil, err
	}
	return &fdPlace{n: fd, pathOnly: pathOnly, oneFS: d.oneFS}, nil
}

// isLink tells a link at the end of rel from what is no directory, for which
// O_DIRECTORY with O_NOFOLLOW gives the same error.
func (d *fdPlace) isLink(rel string) bool {
	info, err := d.stat(rel, followNone)
	return err == nil && info.Type == Symlink
}

func (d *fdPlace) stat(rel string, l links) (Info, error) {
	if rel == "." {
		return fstat(d.n)
	}
	at, err := d.openat2(rel, pathFlags, l)
	if err != nil {
		return Info{}, err
	}
	defer unix.Close(at)
	return fstat(at)
}

func (d *fdPlace) peek(rel string) (Info, string, error) {
	at, err := d.openat2(rel, pathFlags, followNone)
	if err != nil {
		return Info{}, "", err
	}
	defer unix.Close(at)
	info, err := fstat(at)
	if err != nil || info.Type != Symlink {
		return info, "", err
	}
	for size := 256; ; size *= 4 {
		buf := make([]byte, size)
		n, err := unix.Readlinkat(at, "", buf)
		if err != nil || n < size {
			return info, string(buf[:max(n, 0)]), err
		}
	}
}

func (d *fdPlace) create(name string, perm fs.FileMode) (*os.File, error) {
	fd, err := ignoreEINTR(func() (int, error) {
		return unix.Openat(d.n, name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, uint32(perm.Perm()))
	})
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

func (d *fdPlace) openWrite(name string) (*os.File, Info, error) {
	info, err := d.stat(name, followNone)
	if err == nil {
		err = regular(info.Type)
	}
	if err != nil {
		return nil, Info{}, err
	}
	fd, err := d.openat2(name, unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOCTTY, followNone)
	if err != nil {
		return nil, Info{}, err
	}
	now, err := fstat(fd)
	if err == nil {
		err = regular(now.Type)
	}
	if err != nil {
		_ = unix.Close(fd)
		return nil, Info{}, err
	}
	return os.NewFile(uintptr(fd), name), now, nil
}

func (d *fdPlace) mkdir(name string, perm fs.FileMode) error {
	return unix.Mkdirat(d.n, name, uint32(perm.Perm()))
}

func (d *fdPlace) remove(name string) error {
	err := unix.Unlinkat(d.n, name, 0)
	if err == unix.EISDIR || err == unix.EPERM {
		if rmdir := unix.Unlinkat(d.n, name, unix.AT_REMOVEDIR); rmdir != unix.ENOTDIR {
			return rmdir
		}
	}
	return err
}

func (d *fdPlace) rename(name string, to place, newName string, replace bool) error {
	t, ok := to.(*fdPlace)
	if !ok {
		return unix.EXDEV
	}
	if replace {
		return unix.Renameat(d.n, name, t.n, newName)
	}
	err := unix.Renameat2(d.n, name, t.n, newName, unix.RENAME_NOREPLACE)
	if err == unix.EINVAL || err == unix.ENOSYS {
		return d.renameByLink(name, t, newName)
	}
	return err
}

// renameByLink renames without replacing where the file system does not offer
// it: by a second name that must be free, or for a directory, which can have
// only one name, over a new one that is empty.
func (d *fdPlace) renameByLink(name string, to *fdPlace, newName string) error {
	before, err := d.stat(name, followNone)
	if err != nil {
		return err
	}
	if before.Type == Directory {
		if err := unix.Mkdirat(to.n, newName, 0o700); err != nil {
			return err
		}
		err := unix.Renameat(d.n, name, to.n, newName)
		if err != nil {
			_ = unix.Unlinkat(to.n, newName, unix.AT_REMOVEDIR)
		}
		if err == unix.ENOTEMPTY {
			err = unix.EEXIST
		}
		return err
	}
	switch err := unix.Linkat(d.n, name, to.n, newName, 0); err {
	case nil:
	case unix.EPERM, unix.EOPNOTSUPP, unix.EMLINK:
		return errors.Join(errNoRename, err)
	default:
		return err
	}
	now, err := d.stat(name, followNone)
	if err != nil || now.Dev != before.Dev || now.Ino != before.Ino {
		return err // the old name is another file's by now
	}
	return unix.Unlinkat(d.n, name, 0)
}

func (d *fdPlace) sync() error {
	fd := d.n
	if d.pathOnly {
		var err error
		if fd, err = d.openat2(".", dirFlags, followNone); err != nil {
			return err
		}
		defer unix.Close(fd)
	}
	err := unix.Fsync(fd)
	if err == unix.EINVAL || err == unix.EROFS { // a file system whose directories need none
		err = nil
	}
	return err
}

func (d *fdPlace) writable() error {
	return unix.Faccessat(d.n, ".", unix.W_OK|unix.X_OK, unix.AT_EACCESS)
}

// An fdFile is a descriptor without what os.File adds for pipes and forgetful
// callers, which costs more than opening the file.
type fdFile struct{ fd int }

// The most that one read(2) takes.
const maxRead = 1 << 30

func (f *fdFile) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	n, err := ignoreEINTR(func() (int, error) { return unix.Read(f.fd, b[:min(len(b), maxRead)]) })
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (f *fdFile) ReadAt(b []byte, off int64) (int, error) {
	if off < 0 {
		return 0, unix.EINVAL
	}
	done := 0
	for done < len(b) {
		n, err := ignoreEINTR(func() (int, error) {
			return unix.Pread(f.fd, b[done:min(len(b), done+maxRead)], off+int64(done))
		})
		if err != nil {
			return done, err
		}
		if n == 0 {
			return done, io.EOF
		}
		done += n
	}
	return done, nil
}

func (f *fdFile) stat() (Info, error) { return fstat(f.fd) }

func (f *fdFile) Close() error {
	fd := f.fd
	f.fd = -1
	return unix.Close(fd)
}

func fstat(fd int) (Info, error) {
	var st unix.Stat_t
	for {
		err := unix.Fstat(fd, &st)
		if err == nil {
			break
		}
		if err != unix.EINTR {
			return Info{}, err
		}
	}
	return Info{
		Type: typeOfMode(st.Mode), Size: st.Size, Mode: permissions(st.Mode),
		ModTime: time.Unix(st.Mtim.Unix()), ChangeTime: time.Unix(st.Ctim.Unix()),
		Dev: st.Dev, Ino: st.Ino, Links: uint64(st.Nlink), //nolint:unconvert // it has 32 bits on arm64
	}, nil
}

func typeOfMode(mode uint32) Type {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return Regular
	case unix.S_IFDIR:
		return Directory
	case unix.S_IFLNK:
		return Symlink
	}
	return Other
}

func permissions(mode uint32) fs.FileMode {
	m := fs.FileMode(mode & 0o777)
	if mode&unix.S_ISUID != 0 {
		m |= fs.ModeSetuid
	}
	if mode&unix.S_ISGID != 0 {
		m |= fs.ModeSetgid
	}
	if mode&unix.S_ISVTX != 0 {
		m |= fs.ModeSticky
	}
	return m
}
