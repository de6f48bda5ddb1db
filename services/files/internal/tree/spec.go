package tree

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxRootName is how long a root's name may be, in bytes.
const maxRootName = 64

// A Spec describes a root.
type Spec struct {
	// Name is what callers call the root.
	Name string
	// Path is the directory on the host. A relative one begins in the directory
	// in which the server was started.
	Path string
	// ReadOnly refuses every change below it.
	ReadOnly bool
}

// ParseSpec reads "name=/path" or "/path", whose name is the path's last
// element, with ":ro" behind it for a root that nothing may change. ":rw" is the
// same as nothing.
func ParseSpec(s string) (Spec, error) {
	var spec Spec
	rest, readOnly := strings.CutSuffix(s, ":ro")
	if !readOnly {
		rest = strings.TrimSuffix(s, ":rw")
	}
	spec.ReadOnly = readOnly
	name, path, named := strings.Cut(rest, "=")
	if !named || strings.ContainsAny(name, `/\`) { // a path may have a "=" too
		abs, err := filepath.Abs(rest)
		if err != nil {
			return spec, fmt.Errorf("root %q: %w", s, err)
		}
		name, path = filepath.Base(abs), rest
	}
	if path == "" || strings.ContainsRune(path, 0) {
		return spec, fmt.Errorf("root %q: write name=/path or name=/path:ro", s)
	}
	if err := checkRootName(name); err != nil {
		return spec, fmt.Errorf("root %q: %w", s, err)
	}
	spec.Name, spec.Path = name, path
	return spec, nil
}

// checkRootName refuses what could not begin a path, or could be taken for
// another thing there.
func checkRootName(name string) error {
	switch {
	case name == "" || name == "." || name == ".." || strings.ContainsAny(name, `/\:`):
		return errors.New("give it a name without slashes and colons, as in name=/path")
	case len(name) > maxRootName:
		return fmt.Errorf("its name is longer than %d bytes: give it another, as in name=/path", maxRootName)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return errors.New("its name has characters that cannot be seen: give it another, as in name=/path")
	case strings.HasPrefix(name, "~"):
		return errors.New("~ is not expanded here: write the whole path")
	}
	return nil
}
