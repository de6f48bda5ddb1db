package tree

import "io"

// A File is a regular file that is open for reading. Its methods are safe for
// concurrent use, apart from Read and Close. It must be closed: nothing else
// frees its descriptor.
type File struct {
	h    handle
	info Info
	dir  Path
	name string // in dir, "" if dir is the file's own path
}

// Path returns where the file was found.
func (f *File) Path() Path {
	if f.name == "" {
		return f.dir
	}
	return f.dir.child(f.name)
}

// Info returns what the file was when it was opened.
func (f *File) Info() Info { return f.info }

// Stat returns what the file is now.
func (f *File) Stat() (Info, error) {
	info, err := f.h.stat()
	if err != nil {
		return Info{}, Fail(f.Path(), err)
	}
	return info, nil
}

// Read implements [io.Reader].
func (f *File) Read(b []byte) (int, error) {
	n, err := f.h.Read(b)
	return n, f.fail(err)
}

// ReadAt implements [io.ReaderAt].
func (f *File) ReadAt(b []byte, off int64) (int, error) {
	n, err := f.h.ReadAt(b, off)
	return n, f.fail(err)
}

// Close closes the file.
func (f *File) Close() error { return f.fail(f.h.Close()) }

func (f *File) fail(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return Fail(f.Path(), err)
}
