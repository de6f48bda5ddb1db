package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// Kind says what kind of failure an [Error] is.
type Kind string

// The kinds of failures.
const (
	Invalid      Kind = "invalid"       // what was sent cannot be a path, a pattern, an edit
	NotFound     Kind = "not_found"     // nothing is there
	Outside      Kind = "outside"       // the path, or a link on it, leads out of the roots
	Denied       Kind = "denied"        // the operating system refuses
	ReadOnly     Kind = "read_only"     // the root, or its file system, is read-only
	NotRegular   Kind = "not_regular"   // a device, FIFO or socket
	IsDirectory  Kind = "is_directory"  // a directory where a file is needed
	NotDirectory Kind = "not_directory" // a file where a directory is needed
	NotEmpty     Kind = "not_empty"     // a directory that holds something
	Exists       Kind = "exists"        // something is there already
	Conflict     Kind = "conflict"      // it is not what the caller saw
	Ambiguous    Kind = "ambiguous"     // several things are meant
	TooLarge     Kind = "too_large"     // above a limit
	NoSpace      Kind = "no_space"      // the disk or a quota is full
	Busy         Kind = "busy"          // the tree changes too fast, or too much is open; trying again may help
	Unsupported  Kind = "unsupported"   // this system cannot do it
	Failed       Kind = "failed"        // the operating system failed, as with EIO
)

// Error is a failure that may be shown to a caller: it names paths as the caller
// does, and never one of the host.
type Error struct {
	Kind Kind
	// Path is what it is about, as callers write paths; "" for none.
	Path string
	// Message is one lower-case clause without the path.
	Message string
	// Hint says what to do instead, if that is known.
	Hint string
	// Suggestions are paths that may have been meant.
	Suggestions []string
	// Details are further fields for programs.
	Details map[string]any
	// Err is the cause, which may name host paths.
	Err error
}

// Errorf returns an Error about p. The zero Path stands for none.
func Errorf(kind Kind, p Path, format string, args ...any) *Error {
	e := &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
	if p.Root != nil {
		e.Path = p.String()
	}
	return e
}

// Error returns the path, quoted, the message and the hint.
func (e *Error) Error() string {
	s := e.Message
	if e.Path != "" {
		s = strconv.Quote(e.Path) + ": " + s
	}
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of err, "" if it is no [Error].
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

// Fail makes an error of the operating system one about p. A nil error and an
// [Error] stay as they are.
func Fail(p Path, err error) error {
	if err == nil || KindOf(err) != "" {
		return err
	}
	e := Errorf(Failed, p, "the file system reports an error")
	e.Err = err
	if c, ok := causeOf(err); ok {
		e.Kind, e.Message = c.kind, c.message
	}
	return e
}

// A cause is what an error of the operating system means to a caller.
type cause struct {
	err     error
	kind    Kind
	message string
}

func causeOf(err error) (cause, bool) {
	for _, table := range [][]cause{causes, systemCauses} {
		for _, c := range table {
			if errors.Is(err, c.err) {
				return c, true
			}
		}
	}
	if escapes(err) {
		return causes[0], true
	}
	return cause{}, false
}

var causes = []cause{
	{errOutside, Outside, "a link leads out of the root"},
	{errLoop, Invalid, "too many symbolic links, or a loop of them"},
	{errNotRegular, NotRegular, "it is a device, FIFO or socket"},
	{errNoRename, Unsupported, "the file system cannot rename it without the risk of replacing another"},
	{fs.ErrNotExist, NotFound, "there is no such file or directory"},
	{syscall.ENOTEMPTY, NotEmpty, "the directory is not empty"}, // which is an ErrExist as well
	{fs.ErrExist, Exists, "it exists already"},
	{syscall.EROFS, ReadOnly, "the file system is read-only"},
	{syscall.ETXTBSY, Busy, "it is a program that is running"},
	{syscall.EBUSY, Busy, "the system is using it"},
	{fs.ErrPermission, Denied, "the operating system denies access"},
	{syscall.EISDIR, IsDirectory, "it is a directory"},
	{syscall.ENOTDIR, NotDirectory, "it, or a part of its path, is not a directory"},
	{syscall.ELOOP, Invalid, "too many symbolic links, or a loop of them"},
	{syscall.ENAMETOOLONG, Invalid, "the path or a name in it is too long"},
	{syscall.EXDEV, Outside, "it is on another file system, which this server refuses"},
	{syscall.ENXIO, NotRegular, "it is not a regular file"},
	{syscall.ENOSPC, NoSpace, "no space is left"},
	{syscall.EDQUOT, NoSpace, "the disk quota is used up"},
	{syscall.EFBIG, TooLarge, "it is larger than the system allows"},
	{syscall.EMFILE, Busy, "too many files are open"},
	{syscall.ENFILE, Busy, "too many files are open"},
	{syscall.EAGAIN, Busy, "something else holds it, or changes it again and again"},
	{syscall.EIO, Failed, "the disk, or what stands for it, fails to read or write"},
	{syscall.EINVAL, Invalid, "the file system refuses it"},
	{fs.ErrClosed, Busy, "it is closed"},
}

// escapes reports whether os.Root refused a link that leads out of it. The
// standard library does not export the error.
func escapes(err error) bool {
	text := func(err error) bool { return err != nil && err.Error() == "path escapes from parent" }
	var pe *fs.PathError
	var le *os.LinkError
	return errors.As(err, &pe) && text(pe.Err) || errors.As(err, &le) && text(le.Err)
}
