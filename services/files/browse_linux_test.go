package files

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// TestListingsDuringExchanges lists, outlines and searches a directory that is
// exchanged with a link to one outside. FILES_RACE_FLIPS sets how often.
func TestListingsDuringExchanges(t *testing.T) {
	flips := 10_000
	if s := os.Getenv("FILES_RACE_FLIPS"); s != "" {
		var err error
		if flips, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	dir := plant(t, "a/d/kept", "a/d/sub/kept")
	symlink(t, dir, "a/link", plant(t, "secret", "sub/secret"))
	s := serving(t, dir)
	done := make(chan error, 1)
	go func() {
		for range flips {
			if err := unix.Renameat2(unix.AT_FDCWD, filepath.Join(dir, "a/d"), unix.AT_FDCWD, filepath.Join(dir, "a/link"), unix.RENAME_EXCHANGE); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	kept, refused := 0, 0
	seen := func(names string, err error) {
		switch kind := tree.KindOf(unwrapped(err)); {
		case strings.Contains(names, "secret"):
			t.Error("what is outside was listed:", names)
		case strings.Contains(names, "kept"):
			kept++
		case err != nil && kind != tree.Outside && kind != tree.Busy && kind != tree.NotDirectory && kind != tree.NotFound:
			t.Error(err)
		case err != nil:
			refused++
		}
	}
	for running := true; running || kept == 0 || refused == 0; {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			running = false
			// The two must have been met either way; the last flip left one of them.
			if kept == 0 || refused == 0 {
				t.Fatalf("%d times the directory, %d times refused", kept, refused)
			}
		default:
		}
		list, err := s.listDirectory(t.Context(), listInput{Path: "a/d", Limit: 10})
		var names []string
		for _, e := range list.Entries {
			names = append(names, e.Name)
		}
		seen(strings.Join(names, " "), err)
		out, err := s.directoryTree(t.Context(), treeInput{Path: "a/d", Depth: 3, MaxEntries: 10})
		seen(out.text, err)
		found, err := s.findFiles(t.Context(), findInput{Path: "a/d", Limit: 10})
		names = nil
		for _, e := range found.Entries {
			names = append(names, e.Path)
		}
		seen(strings.Join(names, " "), err)
	}
	t.Logf("%d times the directory, %d times refused", kept, refused)
}

// unwrapped returns the kind that shown left in the details.
func unwrapped(err error) error {
	var e *toolerr.Error
	if !errors.As(err, &e) {
		return err
	}
	kind, _ := e.Details["reason"].(string)
	return &tree.Error{Kind: tree.Kind(kind)}
}
