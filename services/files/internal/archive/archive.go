// Package archive packs trees into zip and tar files and unpacks them. What is
// unpacked stays below the directory that was given, whatever the names in the
// archive are: there are no links and no devices, nothing is overwritten, and
// an archive that grows beyond its limits is given up.
//
// [FormatOf] says what a file name means; [Pack], [List] and [Unpack] do the work.
package archive

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// Format is a kind of archive.
type Format string

// The formats.
const (
	Zip   Format = "zip"
	Tar   Format = "tar"
	TarGz Format = "tar.gz"
)

// FormatOf returns the format that the extension of p stands for.
func FormatOf(p tree.Path) (Format, error) {
	name := strings.ToLower(p.Base())
	switch {
	case strings.HasSuffix(name, ".zip"), strings.HasSuffix(name, ".jar"), strings.HasSuffix(name, ".whl"):
		return Zip, nil
	case strings.HasSuffix(name, ".tar.gz"), strings.HasSuffix(name, ".tgz"):
		return TarGz, nil
	case strings.HasSuffix(name, ".tar"):
		return Tar, nil
	}
	return "", tree.Errorf(tree.Invalid, p, "the name must end in .zip, .tar.gz, .tgz or .tar")
}

// Limits bound one archive. A zero field means its default.
type Limits struct {
	// Entries is the most files and directories; 10,000 by default.
	Entries int
	// Bytes is the most that the files have together, unpacked; 1 GiB by default.
	Bytes int64
	// Ratio is how many times larger than the archive its files may be together,
	// beyond the first 16 MiB; 200 by default.
	Ratio int64
}

// slack is what an archive may always unpack to: small ones of repeated text
// have any ratio.
const slack = 16 << 20

func (l Limits) withDefaults() Limits {
	if l.Entries == 0 {
		l.Entries = 10_000
	}
	if l.Bytes == 0 {
		l.Bytes = 1 << 30
	}
	if l.Ratio == 0 {
		l.Ratio = 200
	}
	return l
}

// Summary is what was packed or unpacked.
type Summary struct {
	Files, Directories int
	Bytes              int64
	// Skipped counts what was left out, by the reason.
	Skipped map[string]int
}

func (s *Summary) skip(why string) {
	if s.Skipped == nil {
		s.Skipped = make(map[string]int)
	}
	s.Skipped[why]++
}

// The reasons for leaving something out.
const (
	isLink   = "symbolic or hard link"
	isDevice = "device, FIFO or socket"
	isItself = "the archive itself"
)

// A Progress hears how many bytes of the total are done; the total is 0 if it is
// not known.
type Progress func(done, total int64, message string)

const chunk = 256 << 10

// copyAll copies at most limit bytes, in pieces between which the end of ctx is
// noticed, and reports those that were copied.
func copyAll(ctx context.Context, w io.Writer, r io.Reader, limit int64, copied func(n int64)) (int64, error) {
	var total int64
	for {
		if err := ctx.Err(); err != nil {
			return total, err
		}
		n, err := io.CopyN(w, r, min(chunk, limit-total+1))
		total += n
		copied(n)
		switch {
		case total > limit:
			return total, errTooLarge
		case errors.Is(err, io.EOF):
			return total, nil
		case err != nil:
			return total, err
		}
	}
}

var errTooLarge = errors.New("archive: above the limit")
