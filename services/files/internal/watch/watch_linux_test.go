package watch

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

func TestExchange(t *testing.T) {
	b := newBench(t, Options{})
	b.write("a/f", "one")
	b.write("b/f", "two")
	b.write("a/g", "three")
	e := b.watch("a/f")
	swap := func(x, y string) func() {
		return func() {
			b.must(unix.Renameat2(unix.AT_FDCWD, b.host(x), unix.AT_FDCWD, b.host(y), unix.RENAME_EXCHANGE))
		}
	}
	e.wantAfter("an exchange with another file", swap("a/f", "a/g"))
	e.wantAfter("an exchange of the parent", swap("a", "b"))
	e.wantAfter("a change then", func() { b.write("a/f", "four") })
	e.wantAfter("an exchange back", swap("a", "b"))
}

func TestNotAFile(t *testing.T) {
	b := newBench(t, Options{})
	b.must(unix.Mkfifo(b.host("fifo"), 0o644))
	if err := b.Watch(t.Context(), b.path("fifo"), func() {}); tree.KindOf(err) != tree.NotRegular {
		t.Error(err)
	}
	b.must(os.Symlink("loop", b.host("loop")))
	if err := b.Watch(t.Context(), b.path("loop"), func() {}); err == nil {
		t.Error("a loop is watched")
	}
}
