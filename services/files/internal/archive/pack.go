package archive

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// packer writes entries in one format.
type packer interface {
	directory(name string, info tree.Info) error
	file(name string, info tree.Info) (io.Writer, error)
	Close() error
}

// Pack writes an archive of the sources to w. Each is in it under its last name,
// a directory with all that is below it. Links and devices are left out, and so
// is what the archive replaces, which is at itself.
func Pack(ctx context.Context, w io.Writer, format Format, sources []tree.Path, itself tree.Path, limits Limits, progress Progress) (Summary, error) {
	j := &packing{ctx: ctx, itself: itself, limits: limits.withDefaults(), progress: progress}
	switch format {
	case Zip:
		j.out = &zipPacker{zip.NewWriter(w)}
	case Tar:
		j.out = &tarPacker{Writer: tar.NewWriter(w)}
	case TarGz:
		gz := gzip.NewWriter(w)
		j.out = &tarPacker{tar.NewWriter(gz), gz}
	default:
		return Summary{}, errors.New("archive: unknown format " + string(format))
	}
	names := make(map[string]bool)
	for _, p := range sources {
		name := p.Base()
		if p.IsRoot() {
			name = p.Root.Name
		}
		if names[name] {
			return j.sum, tree.Errorf(tree.Invalid, p, "two sources are called %q; pack them one by one", name)
		}
		names[name] = true
		if err := j.source(p, name); err != nil {
			return j.sum, err
		}
	}
	return j.sum, j.out.Close()
}

// packing is one run of Pack.
type packing struct {
	ctx      context.Context
	out      packer
	itself   tree.Path
	limits   Limits
	progress Progress
	sum      Summary
}

func (j *packing) source(p tree.Path, name string) error {
	info, err := p.Stat()
	if err != nil {
		return err
	}
	if info.Type == tree.Directory {
		d, err := p.OpenDir()
		if err != nil {
			return err
		}
		defer d.Close()
		return j.directory(d, name, info)
	}
	f, err := p.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	return j.file(f, p, name)
}

func (j *packing) directory(d *tree.Dir, name string, info tree.Info) error {
	if err := j.count(d.Path()); err != nil {
		return err
	}
	j.sum.Directories++
	if err := j.out.directory(name, info); err != nil {
		return err
	}
	var entries []tree.Entry
	err := d.Entries(func(e tree.Entry) error {
		if len(entries) > j.limits.Entries {
			return j.tooMany(d.Path())
		}
		entries = append(entries, e)
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(entries, func(a, b tree.Entry) int { return strings.Compare(a.Name, b.Name) })
	for _, e := range entries {
		if err := j.entry(d, e, path.Join(name, e.Name)); err != nil {
			return err
		}
	}
	return nil
}

func (j *packing) entry(d *tree.Dir, e tree.Entry, name string) error {
	if tree.Reserved(e.Name) {
		return nil
	}
	p := d.Path().Join(e.Name)
	if p.Rel == j.itself.Rel && p.Root.Host() == j.itself.Root.Host() {
		j.sum.skip(isItself)
		return nil
	}
	switch e.Type {
	case tree.Symlink:
		j.sum.skip(isLink)
	case tree.Directory:
		sub, err := d.OpenDir(e.Name)
		if tree.KindOf(err) == tree.NotFound {
			return nil // removed meanwhile
		}
		if err != nil {
			return err
		}
		defer sub.Close()
		info, err := d.Lstat(e.Name)
		if err != nil {
			return err
		}
		return j.directory(sub, name, info)
	case tree.Regular:
		f, err := d.Open(e.Name)
		if tree.KindOf(err) == tree.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		defer f.Close()
		return j.file(f, p, name)
	default:
		j.sum.skip(isDevice)
	}
	return nil
}

// file packs the size that f has now: one that grows meanwhile is cut there, one
// that shrinks is an error.
func (j *packing) file(f *tree.File, p tree.Path, name string) error {
	if err := j.count(p); err != nil {
		return err
	}
	info := f.Info()
	if info.Size > j.limits.Bytes-j.sum.Bytes {
		return tree.Errorf(tree.TooLarge, p, "the files have more than %d bytes together", j.limits.Bytes)
	}
	w, err := j.out.file(name, info)
	if err != nil {
		return err
	}
	n, err := copyAll(j.ctx, w, io.NewSectionReader(f, 0, info.Size), info.Size, func(n int64) {
		j.sum.Bytes += n
		j.progress(j.sum.Bytes, 0, "packing "+name)
	})
	if err != nil {
		return tree.Fail(p, err)
	}
	if n < info.Size {
		return tree.Errorf(tree.Busy, p, "it became shorter while it was packed")
	}
	j.sum.Files++
	return nil
}

func (j *packing) count(p tree.Path) error {
	if err := j.ctx.Err(); err != nil {
		return err
	}
	if j.sum.Files+j.sum.Directories >= j.limits.Entries {
		return j.tooMany(p)
	}
	return nil
}

func (j *packing) tooMany(p tree.Path) error {
	return tree.Errorf(tree.TooLarge, p, "there are more than %d files and directories", j.limits.Entries)
}

type zipPacker struct{ *zip.Writer }

func (z *zipPacker) directory(name string, info tree.Info) error {
	h := &zip.FileHeader{Name: name + "/", Modified: info.ModTime}
	h.SetMode(fs.ModeDir | info.Mode.Perm())
	_, err := z.CreateHeader(h)
	return err
}

func (z *zipPacker) file(name string, info tree.Info) (io.Writer, error) {
	h := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: info.ModTime}
	h.SetMode(info.Mode.Perm())
	return z.CreateHeader(h)
}

type tarPacker struct {
	*tar.Writer
	gz *gzip.Writer // nil if it is not compressed
}

func (t *tarPacker) directory(name string, info tree.Info) error {
	return t.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: int64(info.Mode.Perm()), ModTime: info.ModTime})
}

func (t *tarPacker) file(name string, info tree.Info) (io.Writer, error) {
	return t.Writer, t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: info.Size, Mode: int64(info.Mode.Perm()), ModTime: info.ModTime})
}

// Close finishes the archive.
func (t *tarPacker) Close() error {
	err := t.Writer.Close()
	if t.gz != nil {
		err = errors.Join(err, t.gz.Close())
	}
	return err
}
