package tree

import "golang.org/x/sys/unix"

func (d *fdPlace) link(name, newName string) error { return unix.Linkat(d.n, name, d.n, newName, 0) }

func (d *fdPlace) symlink(target, name string) error { return unix.Symlinkat(target, d.n, name) }

func (f *fdFile) descriptor() int { return f.fd }
