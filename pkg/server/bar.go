package server

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/term"
)

const barWidth = 30

// progressBar draws the progress of a call on a terminal, and nothing elsewhere.
type progressBar struct {
	w        io.Writer
	terminal bool

	mu    sync.Mutex
	drawn bool
	done  bool
}

func newProgressBar(w io.Writer) *progressBar {
	f, ok := w.(*os.File)
	return &progressBar{w: w, terminal: ok && term.IsTerminal(int(f.Fd()))}
}

func (b *progressBar) show(p *mcp.ProgressNotificationParams) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.terminal || b.done {
		return
	}
	b.drawn = true
	fmt.Fprintf(b.w, "\r\x1b[K%s", barLine(p))
}

// barLine is the bar's text: a gauge if the total is known, else a count.
func barLine(p *mcp.ProgressNotificationParams) string {
	if p.Total <= 0 {
		return fmt.Sprintf("%g %s", p.Progress, oneLine(p.Message))
	}
	part := min(1, max(0, p.Progress/p.Total))
	full := int(part * barWidth)
	return fmt.Sprintf("[%s%s] %3.0f%% %s", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), part*100, oneLine(p.Message))
}

// oneLine makes a message from outside safe to put on a terminal.
func oneLine(s string) string {
	return clip(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return -1
		}
		return r
	}, s))
}

// clear removes the bar and ends it.
func (b *progressBar) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done = true
	if b.drawn {
		fmt.Fprint(b.w, "\r\x1b[K")
	}
}
