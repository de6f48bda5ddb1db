package tree

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"
)

// openRootPlace opens the top of a root by os.Root.
func openRootPlace(host string, oneFS bool) (place, error) {
	dir, err := os.OpenRoot(host)
	if err != nil {
		return nil, err
	}
	d := &rootPlace{dir: dir, top: dir, rel: "."}
	info, err := d.stat(".", followAll)
	if err == nil && oneFS && info.Dev == 0 {
		err = errors.New("this system does not tell file systems apart, so that it cannot be held to one")
	}
	if err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	d.oneFS, d.dev = oneFS, info.Dev
	return d, nil
}

// A rootPlace is a directory as an os.Root. It differs from an fdPlace in four
// ways. A change of name between two directories looks both up again below the
// top: should they be exchanged meanwhile, it happens in those that are there
// then, and never outside. A directory that is renamed without replacing may
// replace an empty one that comes at the same moment. What is mounted is told by its device, so that a part
// of the same file system mounted once more is not noticed. And where links must
// not be followed, a link that comes between two steps is noticed after it was
// followed, to a place that is inside.
type rootPlace struct {
	dir, top *os.Root
	rel      string // where dir was found below top
	oneFS    bool
	dev      uint64 // of the top
}

func (d *rootPlace) fd() int { return -1 }

func (d *rootPlace) file() (*os.File, error) { return d.dir.Open(".") }

func (d *rootPlace) close() error { return d.dir.Close() }

// mounted refuses what is on another file system.
func (d *rootPlace) mounted(i Info) error {
	if d.oneFS && i.Dev != d.dev {
		return syscall.EXDEV
	}
	return nil
}

func (d *rootPlace) openFile(rel string, l links) (handle, Info, error) {
	f, info, err := d.open(rel, os.O_RDONLY, l)
	if err != nil {
		return nil, Info{}, err
	}
	return osFile{f}, info, nil
}

func (d *rootPlace) openListed(name string) (handle, Info, error) {
	return d.openFile(name, followNone)
}

// open looks before it opens, since opening a device may do something, and
// again at what it has opened.
func (d *rootPlace) open(rel string, flag int, l links) (*os.File, Info, error) {
	before, err := d.lookup(rel, l)
	if err == nil {
		err = regular(typeOf(before.Mode()))
	}
	if err != nil {
		return nil, Info{}, err
	}
	f, err := d.dir.OpenFile(rel, flag|nonblock, 0)
	if err != nil {
		return nil, Info{}, err
	}
	fi, err := f.Stat()
	if err == nil && !os.SameFile(before, fi) {
		err = syscall.EAGAIN
	}
	var info Info
	if err == nil {
		info = infoOf(fi)
		err = d.mounted(info)
	}
	if err != nil {
		f.Close()
		return nil, Info{}, err
	}
	return f, info, nil
}

func (d *rootPlace) lookup(rel string, l links) (fs.FileInfo, error) {
	if l == followAll {
		return d.dir.Stat(rel)
	}
	return d.dir.Lstat(rel)
}

func (d *rootPlace) openDir(rel string, l links) (place, error) {
	before, err := d.lookup(rel, l)
	if err != nil {
		return nil, err
	}
	switch typeOf(before.Mode()) {
	case Directory:
	case Symlink:
		return nil, syscall.ELOOP
	default:
		return nil, syscall.ENOTDIR
	}
	dir, err := d.dir.OpenRoot(rel)
	if err != nil {
		return nil, err
	}
	sub := &rootPlace{dir: dir, top: d.top, rel: path.Join(d.rel, rel), oneFS: d.oneFS, dev: d.dev}
	now, err := dir.Stat(".")
	if err == nil && !os.SameFile(before, now) {
		err = syscall.EAGAIN
	}
	if err == nil {
		err = d.mounted(infoOf(now))
	}
	if err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return sub, nil
}

func (d *rootPlace) stat(rel string, l links) (Info, error) {
	fi, err := d.lookup(rel, l)
	if err != nil {
		return Info{}, err
	}
	info := infoOf(fi)
	return info, d.mounted(info)
}

func (d *rootPlace) peek(rel string) (Info, string, error) {
	info, err := d.stat(rel, followNone)
	if err != nil || info.Type != Symlink {
		return info, "", err
	}
	target, err := d.dir.Readlink(rel)
	return info, target, err
}

func (d *rootPlace) list(yield func(Entry) bool) error {
	f, err := d.dir.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	for {
		list, err := f.ReadDir(256)
		for _, e := range list {
			if !yield(Entry{e.Name(), typeOf(e.Type())}) {
				return nil
			}
		}
		if err == io.EOF || errors.Is(err, fs.ErrNotExist) { // it was removed meanwhile
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (d *rootPlace) create(name string, perm fs.FileMode) (*os.File, error) {
	return d.dir.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, perm.Perm())
}

func (d *rootPlace) openWrite(name string) (*os.File, Info, error) {
	return d.open(name, os.O_RDWR, followNone)
}

func (d *rootPlace) mkdir(name string, perm fs.FileMode) error {
	return d.dir.Mkdir(name, perm.Perm())
}

func (d *rootPlace) remove(name string) error { return d.dir.Remove(name) }

func (d *rootPlace) rename(name string, to place, newName string, replace bool) error {
	t, ok := to.(*rootPlace)
	if !ok {
		return syscall.EXDEV
	}
	in := d.dir
	same, err := d.sameAs(t)
	if err != nil {
		return err
	}
	if !same {
		if d.top != t.top {
			return syscall.EXDEV
		}
		if err := errors.Join(d.unmoved(), t.unmoved()); err != nil {
			return err
		}
		in, name, newName = d.top, path.Join(d.rel, name), path.Join(t.rel, newName)
	}
	if replace {
		err := in.Rename(name, newName)
		if errors.Is(err, fs.ErrExist) { // which os.Root says of a directory
			err = syscall.EISDIR
		}
		return err
	}
	return renameByLink(in, name, newName)
}

func (d *rootPlace) sameAs(t *rootPlace) (bool, error) {
	if d == t {
		return true, nil
	}
	a, err := d.dir.Stat(".")
	if err != nil {
		return false, err
	}
	b, err := t.dir.Stat(".")
	return err == nil && os.SameFile(a, b), err
}

// unmoved refuses a directory that is no longer where it was found.
func (d *rootPlace) unmoved() error {
	there, err := d.top.Stat(d.rel)
	if err != nil {
		return err
	}
	here, err := d.dir.Stat(".")
	if err == nil && !os.SameFile(here, there) {
		err = syscall.EAGAIN
	}
	return err
}

// renameByLink renames without replacing, by a second name that must be free. A
// directory can have only one: it is moved if there is nothing, and never over
// what is more than an empty directory.
func renameByLink(in *os.Root, name, newName string) error {
	before, err := in.Lstat(name)
	if err != nil {
		return err
	}
	if before.IsDir() {
		if _, err := in.Lstat(newName); err == nil {
			return syscall.EEXIST
		}
		err := in.Rename(name, newName)
		if errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, syscall.ENOTDIR) {
			err = syscall.EEXIST
		}
		return err
	}
	if err := in.Link(name, newName); err != nil {
		if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EMLINK) {
			err = errors.Join(errNoRename, err)
		}
		return err
	}
	now, err := in.Lstat(name)
	if err != nil || !os.SameFile(before, now) {
		return err // the old name is another file's by now
	}
	return in.Remove(name)
}

func (d *rootPlace) sync() error {
	f, err := d.dir.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && syncsDirs && !errors.Is(err, syscall.EINVAL) {
		return err
	}
	return nil
}

// writable says what the permissions of the directory say of its owner: to know
// more, something would have to be written.
func (d *rootPlace) writable() error {
	fi, err := d.dir.Stat(".")
	if err == nil && fi.Mode().Perm()&0o200 == 0 {
		err = fs.ErrPermission
	}
	return err
}

// An osFile is a handle of the standard library.
type osFile struct{ *os.File }

func (f osFile) stat() (Info, error) {
	fi, err := f.Stat()
	if err != nil {
		return Info{}, err
	}
	return infoOf(fi), nil
}

func typeOf(m fs.FileMode) Type {
	switch m.Type() {
	case 0:
		return Regular
	case fs.ModeDir:
		return Directory
	case fs.ModeSymlink:
		return Symlink
	}
	return Other
}

func infoOf(fi fs.FileInfo) Info {
	i := Info{Type: typeOf(fi.Mode()), Size: fi.Size(), Mode: fi.Mode() &^ fs.ModeType, ModTime: fi.ModTime(), Links: 1}
	addSystem(&i, fi)
	return i
}
