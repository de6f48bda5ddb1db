package oauth

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	fileVersion = 1
	// maxFile bounds a file of tokens: some thousand callers.
	maxFile = 32 << 20
)

// fileContent is the file, which says what version of it this is.
type fileContent struct {
	Version int `json:"version"`
	content
}

// OpenFile returns a Store in a file, for one process at a time: another that
// opens it gets an error. The file and its directory, which is made if it is
// missing, must be closed to other users. What was kept is on the disk; a process
// that is killed leaves the file as it was before or after a change.
func OpenFile(path string) (Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(path)
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("the directory of the token file: %w", err)
	}
	if err := private(dir, path); err != nil {
		return nil, err
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, err
	}
	kept, err := readFile(path)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	l := newLocal(kept.content)
	closed := false
	l.write = func(c content) error {
		if closed {
			return os.ErrClosed
		}
		return writeFile(dir, path, fileContent{fileVersion, c})
	}
	l.check = func() error {
		if err := private(dir, path); err != nil {
			return err
		}
		return l.save()
	}
	l.close = func() error {
		if closed {
			return nil
		}
		closed = true
		return lock.Close()
	}
	return l, nil
}

// private refuses a directory or a file that other users may read or change. The
// file may be missing.
func private(dir, path string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("the directory of the token file: %w", err)
	}
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s must be a directory that only its owner may enter: chmod 700 it, or name another that will be made", dir)
	}
	info, err = os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the token file: %w", err)
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s must be a file that only its owner may read: chmod 600 it", path)
	}
	return nil
}

func readFile(path string) (c fileContent, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("the token file: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return c, fmt.Errorf("the token file: %w", err)
	case len(b) > maxFile:
		return c, fmt.Errorf("%s has more than %d bytes: it is not a file of tokens", path, maxFile)
	case json.Unmarshal(b, &c) != nil:
		return c, fmt.Errorf("%s is not a file of tokens: move it away, and all callers sign in again", path)
	case c.Version != fileVersion:
		return c, fmt.Errorf("%s has version %d, and this program knows %d", path, c.Version, fileVersion)
	}
	return c, nil
}

// writeFile replaces the file in one step that lasts.
func writeFile(dir, path string, c fileContent) error {
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if len(b) > maxFile {
		return errors.New("the token file is full: keep tokens in PostgreSQL")
	}
	// One name, which the lock makes ours: what a killed process has left is
	// written over.
	partial := path + ".new"
	if err := os.Remove(partial); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("writing the token file: %w", err)
	}
	f, err := os.OpenFile(partial, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("writing the token file: %w", err)
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("writing the token file: %w", err)
	}
	if err := os.Rename(partial, path); err != nil {
		return fmt.Errorf("writing the token file: %w", err)
	}
	return syncDir(dir)
}

// syncDir makes a rename last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("writing the token file: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("writing the token file: %w", err)
	}
	return nil
}
