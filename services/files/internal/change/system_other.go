//go:build !unix

package change

import (
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

const renamesOpen = false

func lockTemp(*os.File) bool { return true }

func abandoned(*os.File) (gone, known bool) { return false, false }

func setMode(*os.File, fs.FileMode) error { return nil }

func setTime(*os.File, time.Time) error { return nil }

func likeDir(*tree.Dir, fs.FileMode, time.Time) error { return nil }

func clone(*os.File, *tree.File) bool { return false }

func copyRange(*os.File, *tree.File) (func(int64) (int64, error), bool) { return nil, false }

func keepOwner(*os.File, *site) {}

func flush(*os.File) error { return nil }

func appendOnly(f *os.File) error {
	_, err := f.Seek(0, io.SeekEnd)
	return err
}
