package logging

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// AuditLog is a file of audit lines, each one JSON object. The platform may
// rotate it in either way, by renaming it or by copying and truncating it. It is
// safe for concurrent use.
type AuditLog struct{ file *auditFile }

// OpenAudit opens the audit log at path to append to it, and makes it, readable
// by its owner only, if it is not there. The caller closes it.
func OpenAudit(path string) (*AuditLog, error) {
	f := &auditFile{path: path}
	if err := f.open(); err != nil {
		return nil, err
	}
	return &AuditLog{f}, nil
}

// Write appends one line for a finished call, in one write. The line carries
// the correlation id and the trace id of ctx. An error means that this line may
// be lost; the next ones are tried anew.
func (a *AuditLog) Write(ctx context.Context, c Call) error {
	return c.writeLine(ctx, a.file)
}

// Close makes sure that the lines are stored, and closes the file. Later writes
// fail with [os.ErrClosed].
func (a *AuditLog) Close() error { return a.file.close() }

// lookInterval is how often a write looks whether the file is still in its place.
const lookInterval = time.Second

// auditFile is a file that is made anew when it was moved away.
type auditFile struct {
	path string

	mu     sync.Mutex
	f      *os.File
	looked time.Time
	torn   bool // the last line was not written to its end
}

// open opens the file in place of the one that is open. The lock is held, or
// nobody else knows the file yet.
func (a *auditFile) open() error {
	f, err := os.OpenFile(a.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if a.f != nil {
		a.f.Close()
	}
	a.f, a.torn, a.looked = f, false, time.Now()
	return nil
}

// Write implements [io.Writer] for whole lines.
func (a *auditFile) Write(line []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.f == nil {
		return 0, os.ErrClosed
	}
	moved := a.follow()
	b := line
	if a.torn {
		b = append([]byte{'\n'}, line...)
	}
	n, err := a.f.Write(b)
	a.torn = err != nil && (n > 0 || a.torn)
	if err = errors.Join(moved, err); err != nil {
		return 0, err
	}
	return len(line), nil
}

// follow opens the file anew if the one at its path is another one, or gone. If
// that fails, lines go on into the one that is open.
func (a *auditFile) follow() error {
	now := time.Now()
	if now.Sub(a.looked) < lookInterval {
		return nil
	}
	a.looked = now
	at, err := os.Stat(a.path)
	if err == nil {
		mine, err := a.f.Stat()
		if err == nil && os.SameFile(at, mine) {
			return nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("looking for the audit file: %w", err)
	}
	if err := a.open(); err != nil {
		return fmt.Errorf("the audit file was moved away: %w", err)
	}
	return nil
}

func (a *auditFile) close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.f == nil {
		return nil
	}
	f := a.f
	a.f = nil
	err := f.Sync()
	if info, statErr := f.Stat(); statErr == nil && !info.Mode().IsRegular() {
		err = nil // a terminal or a pipe stores nothing
	}
	return errors.Join(err, f.Close())
}
