package tree

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// links says which links on a path are followed. One that leads out of the place
// is refused always.
type links uint8

const (
	followAll  links = iota
	followDirs       // not one at the end
	followNone
)

// A place is an open directory in the form that the system allows: a descriptor,
// or an os.Root. Its errors are those of the operating system. A rel has one name
// or several, "." is the place itself; a name is a single one.
type place interface {
	openFile(rel string, l links) (handle, Info, error)
	// openListed opens a name that a listing said is a regular file, and no link.
	openListed(name string) (handle, Info, error)
	openDir(rel string, l links) (place, error)
	stat(rel string, l links) (Info, error)
	// peek returns what rel is, without following any link, and the target of a
	// link.
	peek(rel string) (Info, string, error)
	// list calls yield for each entry until it returns false.
	list(yield func(Entry) bool) error

	create(name string, perm fs.FileMode) (*os.File, error)
	openWrite(name string) (*os.File, Info, error)
	mkdir(name string, perm fs.FileMode) error
	remove(name string) error
	rename(name string, to place, newName string, replace bool) error
	link(name, newName string) error
	symlink(target, name string) error
	sync() error
	// writable reports whether the process may change the directory's entries.
	writable() error
	// fd returns the descriptor, -1 if there is none.
	fd() int
	// file opens the directory once more.
	file() (*os.File, error)
	close() error
}

// A handle is an open regular file.
type handle interface {
	io.ReadCloser
	io.ReaderAt
	stat() (Info, error)
}

// What no error of the operating system says.
var (
	errNotRegular = errors.New("not a regular file")
	errNoRename   = errors.New("the file system cannot rename without the risk of replacing")
)

// regular returns the error for what is no regular file.
func regular(t Type) error {
	switch t {
	case Regular:
		return nil
	case Directory:
		return syscall.EISDIR
	case Symlink:
		return syscall.ELOOP
	}
	return errNotRegular
}
