package change

import (
	"context"
	"io/fs"
	"os"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// overwrite writes data into the file itself. What makes the file longer comes
// first, so that a full disk is noticed while the old content is untouched.
func overwrite(ctx context.Context, s *site, cur Current, w Write, data []byte) error {
	f, err := openSame(s, cur)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := s.unchanged(cur); err != nil {
		return err
	}
	old := int64(len(cur.Data))
	if int64(len(data)) > old {
		if _, err := f.WriteAt(data[old:], old); err != nil {
			_ = f.Truncate(old)
			return err
		}
	}
	// From here on nothing but a failure stops it: half a file helps nobody.
	if err := ctx.Err(); err != nil {
		_ = f.Truncate(old)
		return err
	}
	_, err = f.WriteAt(data[:min(int64(len(data)), old)], 0)
	if err == nil {
		err = f.Truncate(int64(len(data)))
	}
	if err == nil && w.Durable {
		err = f.Sync()
	}
	if err != nil {
		_, _ = f.WriteAt(cur.Data, 0)
		_ = f.Truncate(old)
		return err
	}
	return dropSetID(f, cur.Info)
}

// openSame opens the file that cur describes for writing.
func openSame(s *site, cur Current) (*os.File, error) {
	f, info, err := s.dir.OpenWrite(s.name)
	if err != nil {
		return nil, err
	}
	if !sameFile(info, cur.Info) {
		f.Close()
		return nil, changed(s.asked)
	}
	return f, nil
}

// dropSetID takes the set-id bits from a file with new content, which a kernel
// leaves there when root writes.
func dropSetID(f *os.File, info tree.Info) error {
	if info.Mode&(fs.ModeSetuid|fs.ModeSetgid) == 0 {
		return nil
	}
	return setMode(f, permissions(info.Mode))
}
