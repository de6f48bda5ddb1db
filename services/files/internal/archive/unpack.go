package archive

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"math"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// Unpack unpacks f, which is at p, into a directory, which should be empty: what
// is there is never overwritten. Files get at most the permissions 0755. After
// an error some of the files may be there.
func Unpack(ctx context.Context, f *tree.File, p tree.Path, format Format, into *tree.Dir, limits Limits, progress Progress) (Summary, error) {
	j := &unpacking{ctx: ctx, at: p, into: into, limits: limits, progress: progress}
	return j.run(f, format)
}

// An Entry is a file or directory in an archive.
type Entry struct {
	Name      string
	Directory bool
	Size      int64
}

// List reads f, which is at p, as Unpack does, and refuses what that would
// refuse, but unpacks nothing. It calls each for every entry, in their order.
func List(ctx context.Context, f *tree.File, p tree.Path, format Format, limits Limits, progress Progress, each func(Entry)) (Summary, error) {
	j := &unpacking{ctx: ctx, at: p, each: each, limits: limits, progress: progress}
	return j.run(f, format)
}

// unpacking is one run of Unpack or List.
type unpacking struct {
	ctx      context.Context
	at       tree.Path // of the archive
	into     *tree.Dir // nil if each is only told what there is
	each     func(Entry)
	limits   Limits
	most     int64 // bytes, by the limits and the size of the archive
	progress Progress
	names    map[string]bool // files by their names, and
	dirs     map[string]bool // directories: at most limits.Entries together
	entries  int
	sum      Summary
}

func (j *unpacking) run(f *tree.File, format Format) (Summary, error) {
	size := f.Info().Size
	j.limits = j.limits.withDefaults()
	j.names, j.dirs = make(map[string]bool), make(map[string]bool)
	j.most = min(j.limits.Bytes, max(slack, size*j.limits.Ratio))
	var err error
	switch format {
	case Zip:
		err = j.zip(f, size)
	case Tar:
		err = j.tar(io.NewSectionReader(f, 0, size))
	case TarGz:
		var gz *gzip.Reader
		if gz, err = gzip.NewReader(io.NewSectionReader(f, 0, size)); err == nil {
			// Also what is skipped is unpacked on the way: a header may say that it
			// has terabytes.
			err = j.tar(&inflated{j.ctx, gz, j.most + int64(j.limits.Entries)*headerSize + slack})
		}
	default:
		err = errors.New("archive: unknown format " + string(format))
	}
	return j.sum, j.explain(err)
}

// explain makes what the readers of archives return an error about the archive.
func (j *unpacking) explain(err error) error {
	switch {
	case err == nil, tree.KindOf(err) != "", errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, errDirectory):
		return j.tooMany()
	case errors.Is(err, errTooLarge):
		return tree.Errorf(tree.TooLarge, j.at, "it unpacks to more than %d bytes, the most for an archive of this size", j.most)
	}
	e := tree.Errorf(tree.Invalid, j.at, "it is damaged, or no archive of this kind")
	e.Err = err
	return e
}

func (j *unpacking) zip(f *tree.File, size int64) error {
	r := &directoryReader{ReaderAt: f, left: int64(j.limits.Entries)*recordSize + 1<<20}
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are judged below
		return err
	}
	r.left = math.MaxInt64
	for _, e := range z.File {
		if err := j.next(); err != nil {
			return err
		}
		if e.Flags&1 != 0 {
			return tree.Errorf(tree.Unsupported, j.at, "it is encrypted")
		}
		name := e.Name
		if e.NonUTF8 && !utf8.ValidString(name) {
			if name, err = charmap.CodePage437.NewDecoder().String(name); err != nil {
				return err
			}
		}
		mode := e.Mode()
		if !mode.IsRegular() && !mode.IsDir() {
			j.sum.skip(kindOf(mode))
			continue
		}
		if err := j.entry(name, mode, func() (io.ReadCloser, error) { return e.Open() }); err != nil {
			return err
		}
	}
	return nil
}

// recordSize is what an entry usually takes in a zip file's directory, or more.
const recordSize = 512

// A directoryReader bounds what is read for the directory of a zip file, all of
// which comes into memory before its entries can be counted.
type directoryReader struct {
	io.ReaderAt
	left int64
}

// ReadAt implements [io.ReaderAt].
func (r *directoryReader) ReadAt(b []byte, off int64) (int, error) {
	if r.left -= int64(len(b)); r.left < 0 {
		return 0, errDirectory
	}
	return r.ReaderAt.ReadAt(b, off)
}

var errDirectory = errors.New("archive: the directory is too large")

func (j *unpacking) tar(r io.Reader) error {
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) { // names are judged below
			return err
		}
		if err := j.next(); err != nil {
			return err
		}
		mode := h.FileInfo().Mode()
		switch h.Typeflag {
		case tar.TypeXGlobalHeader:
			continue
		case tar.TypeLink:
			j.sum.skip(isLink)
			continue
		}
		if !mode.IsRegular() && !mode.IsDir() {
			j.sum.skip(kindOf(mode))
			continue
		}
		if err := j.entry(h.Name, mode, func() (io.ReadCloser, error) { return io.NopCloser(t), nil }); err != nil {
			return err
		}
	}
}

// headerSize is what an entry of a tar file usually needs beside its content, or
// more.
const headerSize = 4 << 10

// An inflated is a compressed stream, bounded in its length and by a context.
type inflated struct {
	ctx  context.Context
	r    io.Reader
	left int64
}

// Read implements [io.Reader].
func (s *inflated) Read(b []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.r.Read(b[:min(len(b), chunk)])
	if s.left -= int64(n); s.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

func kindOf(mode fs.FileMode) string {
	if mode&fs.ModeSymlink != 0 {
		return isLink
	}
	return isDevice
}

// next counts an entry, whether it will be unpacked or skipped.
func (j *unpacking) next() error {
	if j.entries++; j.entries > j.limits.Entries {
		return j.tooMany()
	}
	return j.ctx.Err()
}

// entry unpacks one file or directory.
func (j *unpacking) entry(name string, mode fs.FileMode, open func() (io.ReadCloser, error)) error {
	clean, err := j.clean(name)
	if err != nil {
		return err
	}
	if mode.IsDir() {
		if err := j.parents(clean); err != nil || clean == "." {
			return err
		}
		if j.into == nil {
			j.each(Entry{Name: clean, Directory: true})
			return nil
		}
		return j.within(clean, func(*tree.Dir) error { return nil })
	}
	if j.names[clean] || j.dirs[clean] {
		return j.twice(clean)
	}
	if err := j.parents(path.Dir(clean)); err != nil {
		return err
	}
	j.names[clean] = true
	if j.into == nil {
		return j.look(clean, open)
	}
	return j.within(path.Dir(clean), func(d *tree.Dir) error { return j.file(d, clean, mode, open) })
}

// parents counts a directory and those above it that are not known yet.
func (j *unpacking) parents(name string) error {
	for ; name != "." && !j.dirs[name]; name = path.Dir(name) {
		if j.names[name] {
			return j.twice(name)
		}
		if j.sum.Directories+len(j.names) >= j.limits.Entries {
			return j.tooMany()
		}
		j.dirs[name] = true
		j.sum.Directories++
	}
	return nil
}

func (j *unpacking) twice(name string) error {
	return tree.Errorf(tree.Invalid, j.at, "it holds %.200q twice", name)
}

// look reads a file as if it were unpacked.
func (j *unpacking) look(name string, open func() (io.ReadCloser, error)) error {
	r, err := open()
	if err != nil {
		return err
	}
	defer r.Close()
	n, err := copyAll(j.ctx, io.Discard, r, j.most-j.sum.Bytes, func(n int64) {
		j.sum.Bytes += n
		j.progress(j.sum.Bytes, 0, "reading "+name)
	})
	if err == nil {
		j.sum.Files++
		j.each(Entry{Name: name, Size: n})
	}
	return err
}

func (j *unpacking) file(d *tree.Dir, name string, mode fs.FileMode, open func() (io.ReadCloser, error)) error {
	r, err := open()
	if err != nil {
		return err
	}
	defer r.Close()
	// Whoever unpacks can read and write what comes out, and nobody else write it.
	w, err := d.Create(path.Base(name), mode.Perm()&0o755|0o600)
	if err != nil {
		return err
	}
	_, err = copyAll(j.ctx, w, r, j.most-j.sum.Bytes, func(n int64) {
		j.sum.Bytes += n
		j.progress(j.sum.Bytes, 0, "unpacking "+name)
	})
	if errors.Is(err, fs.ErrClosed) || writeFailed(err) {
		err = tree.Fail(d.Path().Join(path.Base(name)), err)
	}
	if err != nil {
		w.Close()
		return err
	}
	j.sum.Files++
	return tree.Fail(d.Path().Join(path.Base(name)), w.Close())
}

// writeFailed reports whether err comes from the file that is written, not from
// the archive.
func writeFailed(err error) bool {
	var pe *fs.PathError
	return errors.As(err, &pe) && pe.Op == "write"
}

// within calls fn with the directory of this name below into, which it makes if
// it is missing.
func (j *unpacking) within(name string, fn func(*tree.Dir) error) error {
	if name == "." {
		return fn(j.into)
	}
	d := j.into
	for part := range strings.SplitSeq(name, "/") {
		sub, err := d.OpenDir(part)
		if tree.KindOf(err) == tree.NotFound {
			if err = d.Mkdir(part, 0o755); err == nil {
				sub, err = d.OpenDir(part)
			}
		}
		if d != j.into {
			d.Close()
		}
		if err != nil {
			return err
		}
		d = sub
	}
	defer d.Close()
	return fn(d)
}

// maxDepth is how deep a name may be in directories.
const maxDepth = 100

// clean returns a name without what would lead out ("zip slip"), or mean
// something else on another system.
func (j *unpacking) clean(name string) (string, error) {
	refused := func(why string) error {
		return tree.Errorf(tree.Invalid, j.at, "it holds the name %.200q, which %s", name, why)
	}
	switch {
	case name == "" || !utf8.ValidString(name) || strings.ContainsRune(name, 0):
		return "", refused("is no name")
	case strings.Contains(name, `\`) || len(name) > 1 && name[1] == ':':
		return "", refused("is one of Windows")
	case strings.HasPrefix(name, "/"):
		return "", refused("is absolute")
	case strings.Count(name, "/") > maxDepth:
		return "", refused("is nested too deep")
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", refused("leads upwards")
		}
		if tree.Reserved(part) {
			return "", refused("this server keeps for itself")
		}
	}
	return path.Clean(name), nil
}

func (j *unpacking) tooMany() error {
	return tree.Errorf(tree.TooLarge, j.at, "it holds more than %d files and directories", j.limits.Entries)
}
