package tree

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// Type is the type of a directory entry.
type Type uint8

// The types of entries.
const (
	Other Type = iota // a device, FIFO or socket
	Regular
	Directory
	Symlink
)

// An Entry is a name in a directory.
type Entry struct {
	// Name is valid UTF-8 or not, as it is on the disk. The names of a listing may
	// share memory: clone the few that are kept of many.
	Name string
	Type Type
}

// Info is what the file system says of a file.
type Info struct {
	Type       Type
	Size       int64
	Mode       fs.FileMode // permissions, set-id and sticky bits
	ModTime    time.Time
	ChangeTime time.Time // zero where the system has none
	Dev, Ino   uint64    // zero where the system has none
	Links      uint64    // hard links; 1 where the system has none
}

// A Dir is an open directory. Its methods take single names and follow no link.
// They are safe for concurrent use, apart from Close, which must be called once
// and last.
type Dir struct {
	place place
	path  Path
}

// Path returns where the directory was found.
func (d *Dir) Path() Path { return d.path }

// Close closes the directory.
func (d *Dir) Close() error { return Fail(d.path, d.place.close()) }

// Fd returns the directory's descriptor, for what takes one, and false where
// there is none. It is valid until Close, and not for reading entries.
func (d *Dir) Fd() (int, bool) {
	fd := d.place.fd()
	return fd, fd >= 0
}

// File opens the directory once more, for a lock on it.
func (d *Dir) File() (*os.File, error) {
	f, err := d.place.file()
	return f, Fail(d.path, err)
}

// Entries calls fn for each entry, in no order, until fn returns an error, which
// is then returned as it is.
func (d *Dir) Entries(fn func(Entry) error) error {
	var stop error
	err := d.place.list(func(e Entry) bool {
		stop = fn(e)
		return stop == nil
	})
	if stop != nil {
		return stop
	}
	return Fail(d.path, err)
}

// OpenDir opens a directory in d.
func (d *Dir) OpenDir(name string) (*Dir, error) {
	if err := d.check(name); err != nil {
		return nil, err
	}
	sub, err := d.place.openDir(name, followNone)
	if err != nil {
		return nil, d.fail(name, NotDirectory, err)
	}
	return &Dir{sub, d.path.child(name)}, nil
}

// Open opens a regular file in d for reading. It never waits, as for the other
// end of a FIFO. It is for names that a listing says are regular files: a device
// is opened before it is refused, unlike by [Path.Open].
func (d *Dir) Open(name string) (*File, error) {
	if err := d.check(name); err != nil {
		return nil, err
	}
	h, info, err := d.place.openListed(name)
	if err != nil {
		return nil, d.fail(name, NotRegular, err)
	}
	return &File{h, info, d.path, name}, nil
}

// Lstat returns what name is, a link itself.
func (d *Dir) Lstat(name string) (Info, error) {
	if err := d.check(name); err != nil {
		return Info{}, err
	}
	info, err := d.place.stat(name, followNone)
	if err != nil {
		return Info{}, d.fail(name, Busy, err)
	}
	return info, nil
}

// Readlink returns the target of a link as it is written.
func (d *Dir) Readlink(name string) (string, error) {
	if err := d.check(name); err != nil {
		return "", err
	}
	info, target, err := d.place.peek(name)
	if err != nil {
		return "", d.fail(name, Busy, err)
	}
	if info.Type != Symlink {
		return "", Errorf(Invalid, d.path.child(name), "it is not a symbolic link")
	}
	return target, nil
}

// Create creates a file that must not exist, and opens it for reading and
// writing. The process's umask applies to perm.
func (d *Dir) Create(name string, perm fs.FileMode) (*os.File, error) {
	if err := d.checkWrite(name); err != nil {
		return nil, err
	}
	f, err := d.place.create(name, perm)
	if err != nil {
		return nil, d.fail(name, Exists, err)
	}
	return f, nil
}

// OpenWrite opens a regular file for reading and writing as it is, in place, and
// says what it is.
func (d *Dir) OpenWrite(name string) (*os.File, Info, error) {
	if err := d.checkWrite(name); err != nil {
		return nil, Info{}, err
	}
	f, info, err := d.place.openWrite(name)
	if err != nil {
		return nil, Info{}, d.fail(name, NotRegular, err)
	}
	return f, info, nil
}

// Mkdir creates a directory. The process's umask applies to perm.
func (d *Dir) Mkdir(name string, perm fs.FileMode) error {
	if err := d.checkWrite(name); err != nil {
		return err
	}
	return d.fail(name, Exists, d.place.mkdir(name, perm))
}

// Remove removes a file, a link itself, or an empty directory.
func (d *Dir) Remove(name string) error {
	if err := d.checkWrite(name); err != nil {
		return err
	}
	return d.fail(name, Busy, d.place.remove(name))
}

// Rename moves name to another name, in another directory of the same root or
// in d itself. With replace, a file that is there is replaced in one step;
// without, one that is there is an [Exists] error, however it came there. Two
// names of one file (hard links) both stay, as POSIX says. Directories on two
// file systems, or of two roots where the system has no descriptors, are an
// [Unsupported] error.
func (d *Dir) Rename(name string, to *Dir, newName string, replace bool) error {
	if err := errors.Join(d.checkWrite(name), to.checkWrite(newName)); err != nil {
		return err
	}
	err := d.place.rename(name, to.place, newName, replace)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist) || errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.ENOTDIR):
		return to.fail(newName, Exists, err)
	case errors.Is(err, syscall.EXDEV):
		e := Errorf(Unsupported, d.path.child(name), "it cannot be renamed to another file system")
		e.Err = err
		return e
	}
	return d.fail(name, Busy, err)
}

// Sync makes the directory's entries durable, where the system can.
func (d *Dir) Sync() error { return Fail(d.path, d.place.sync()) }

// check refuses what is not the name of an entry: it would lead elsewhere.
func (d *Dir) check(name string) error {
	if message := badName(name); message != "" {
		return Errorf(Invalid, d.path, "%q %s", name, message)
	}
	return nil
}

func (d *Dir) checkWrite(name string) error {
	if d.path.Root.ReadOnly {
		return Errorf(ReadOnly, d.path, "the root is served read-only")
	}
	return d.check(name)
}

// fail makes err one about name in d. A link where none is followed is of the
// kind given.
func (d *Dir) fail(name string, link Kind, err error) error {
	if err == nil {
		return nil
	}
	p := d.path.child(name)
	if !errors.Is(err, syscall.ELOOP) {
		return Fail(p, err)
	}
	e := Errorf(link, p, "it is a symbolic link, which is not followed here")
	e.Err = err
	return e
}
