package tree

// Link gives a file in d a second name in d: a hard link. Where the file system
// has none it is an error.
func (d *Dir) Link(name, newName string) error {
	for _, n := range []string{name, newName} {
		if err := d.checkWrite(n); err != nil {
			return err
		}
	}
	return d.fail(newName, Exists, d.place.link(name, newName))
}

// Symlink creates a symbolic link in d. Where it leads to is not checked here,
// but whenever it is followed.
func (d *Dir) Symlink(target, name string) error {
	if err := d.checkWrite(name); err != nil {
		return err
	}
	return d.fail(name, Exists, d.place.symlink(target, name))
}

// Fd returns the file's descriptor, for what takes one, and false where there is
// none. It is valid until Close.
func (f *File) Fd() (int, bool) {
	if h, ok := f.h.(interface{ descriptor() int }); ok {
		return h.descriptor(), true
	}
	return -1, false
}

func (d *rootPlace) link(name, newName string) error { return d.dir.Link(name, newName) }

func (d *rootPlace) symlink(target, name string) error { return d.dir.Symlink(target, name) }
