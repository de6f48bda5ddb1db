//go:build !linux

package tree

import (
	"os"
	"path/filepath"
)

// system is what the directory was, without holding it open: Windows would let
// nobody delete it.
type system struct {
	fi   os.FileInfo
	path Path
}

// Handle returns a handle of d, which was reached without links. Whether its
// path leads to d is for Check to say, when the path was used.
func (d *Dir) Handle() (*Handle, error) {
	f, err := d.place.file()
	if err != nil {
		return nil, Fail(d.path, err)
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return nil, Fail(d.path, err)
	}
	name := filepath.Join(d.path.Root.host, filepath.FromSlash(d.path.Rel))
	return &Handle{name: name, id: name, system: system{fi, d.path}}, nil
}

// Check returns an error if the path leads elsewhere.
func (h *Handle) Check() error {
	fi, err := os.Stat(h.name)
	if err != nil {
		return Fail(h.system.path, err)
	}
	if !os.SameFile(fi, h.fi) {
		return Errorf(Busy, h.system.path, "the directory was replaced meanwhile")
	}
	return nil
}

// Remote reports whether the directory may be changed without the kernel's
// knowing, where that is known: here it is not.
func (h *Handle) Remote() bool { return false }

// Close closes the handle.
func (h *Handle) Close() error { return nil }
