package tree

import (
	"encoding/binary"
	"sync"

	"golang.org/x/sys/unix"
)

// A lister is what one listing works with.
type lister struct {
	buf   [32 << 10]byte
	spans []span
}

// A span is one name in buf.
type span struct {
	start, end int
	kind       byte
}

var listers = sync.Pool{New: func() any { return new(lister) }}

// list reads the directory with getdents64(2). The names of one read share one
// string.
func (d *fdPlace) list(yield func(Entry) bool) error {
	fd, done, err := d.offset()
	if err != nil {
		return err
	}
	defer done()
	l := listers.Get().(*lister)
	defer listers.Put(l)
	for {
		n, err := ignoreEINTR(func() (int, error) { return unix.Getdents(fd, l.buf[:]) })
		if err == unix.ENOENT { // it was removed meanwhile
			return nil
		}
		if n <= 0 || err != nil {
			return err
		}
		names := l.parse(n)
		for _, s := range l.spans {
			e := Entry{Name: names[s.start:s.end]}
			var ok bool
			if e.Type, ok = d.typeOf(e.Name, s.kind); ok && !yield(e) {
				return nil
			}
		}
	}
}

// offset returns a descriptor to list from its beginning.
func (d *fdPlace) offset() (fd int, done func(), err error) {
	if d.pathOnly || !d.listing.CompareAndSwap(false, true) {
		fd, err := d.openat2(".", dirFlags, followNone)
		return fd, func() { _ = unix.Close(fd) }, err
	}
	if d.listed {
		if _, err := unix.Seek(d.n, 0, unix.SEEK_SET); err != nil {
			d.listing.Store(false)
			return -1, nil, err
		}
	}
	d.listed = true
	return d.n, func() { d.listing.Store(false) }, nil
}

// parse takes the names out of the first n bytes of buf, which are records of
// linux_dirent64: inode, offset, length of the record, type, name, NUL.
func (l *lister) parse(n int) string {
	const header = 19
	l.spans = l.spans[:0]
	to := 0
	for at := 0; at+header < n; {
		size := int(binary.NativeEndian.Uint16(l.buf[at+16:]))
		end := at + header
		for end < at+size && l.buf[end] != 0 {
			end++
		}
		name := l.buf[at+header : end]
		if string(name) != "." && string(name) != ".." && binary.NativeEndian.Uint64(l.buf[at:]) != 0 {
			kind := l.buf[at+18]
			// A name never moves over what is still to be read: each was behind a header.
			start := to
			to += copy(l.buf[to:], name)
			l.spans = append(l.spans, span{start, to, kind})
		}
		at += max(size, header)
	}
	return string(l.buf[:to])
}

// typeOf returns an entry's type, and false if it has gone: some file systems
// do not have it in the directory.
func (d *fdPlace) typeOf(name string, kind byte) (Type, bool) {
	switch kind {
	case unix.DT_REG:
		return Regular, true
	case unix.DT_DIR:
		return Directory, true
	case unix.DT_LNK:
		return Symlink, true
	case unix.DT_UNKNOWN:
		var st unix.Stat_t
		switch unix.Fstatat(d.n, name, &st, unix.AT_SYMLINK_NOFOLLOW) {
		case nil:
			return typeOfMode(st.Mode), true
		case unix.ENOENT:
			return Other, false
		}
	}
	return Other, true
}
