package change

import (
	"context"
	"errors"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// Counts say what a tree consists of.
type Counts struct {
	Files, Dirs, Links int64
	// Other are devices, FIFOs and sockets.
	Other int64
	// Bytes is the size of the files.
	Bytes int64
	// More says that there is more than was counted.
	More bool
}

// Entries returns how many things there are.
func (c Counts) Entries() int64 { return c.Files + c.Dirs + c.Links + c.Other }

func (c *Counts) add(info tree.Info) {
	switch info.Type {
	case tree.Regular:
		c.Files++
		c.Bytes += info.Size
	case tree.Directory:
		c.Dirs++
	case tree.Symlink:
		c.Links++
	default:
		c.Other++
	}
}

// Count counts what is at p, itself included and links not followed, and stops
// after the number of entries given.
func (c *Changer) Count(ctx context.Context, p tree.Path, most int64) (Counts, error) {
	var n Counts
	info, err := p.Lstat()
	if err != nil {
		return n, err
	}
	n.add(info)
	if info.Type != tree.Directory {
		return n, nil
	}
	d, err := p.OpenDir()
	if err != nil {
		return n, err
	}
	defer d.Close()
	return n, n.dir(ctx, d, most, 0)
}

func (c *Counts) dir(ctx context.Context, d *tree.Dir, most int64, depth int) error {
	names, err := list(ctx, d, most)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		if c.Entries() >= most {
			c.More = true
			return nil
		}
		info, err := d.Lstat(name)
		if tree.KindOf(err) == tree.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		c.add(info)
		if info.Type != tree.Directory {
			continue
		}
		if depth == maxDepth {
			return tooDeep(d)
		}
		sub, err := d.OpenDir(name)
		if err != nil {
			continue // it has gone, or may not be looked into: it counts as itself
		}
		err = c.dir(ctx, sub, most, depth+1)
		sub.Close()
		if err != nil || c.More {
			return err
		}
	}
	return nil
}

func tooDeep(d *tree.Dir) error {
	return tree.Errorf(tree.TooLarge, d.Path(), "directories are nested deeper than %d", maxDepth)
}

// list returns the names in a directory, at most one more than most.
func list(ctx context.Context, d *tree.Dir, most int64) ([]string, error) {
	var names []string
	err := d.Entries(func(e tree.Entry) error {
		if int64(len(names)) > most {
			return errEnough
		}
		names = append(names, e.Name)
		return ctx.Err()
	})
	if err == errEnough {
		err = nil
	}
	return names, err
}

var errEnough = errors.New("that is enough")
