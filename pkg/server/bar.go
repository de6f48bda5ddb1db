package server

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/terminal"
)

const (
	barWidth = 24
	// barPatience is how long a call may take without a bar.
	barPatience = 400 * time.Millisecond
	// barPause is the time between two drawings, whatever is reported.
	barPause = 100 * time.Millisecond
	// etaAfter is when the time that is left can be told from the time that has gone.
	etaAfter = 2 * time.Second
)

// progressBar draws how a call gets on, on a terminal, and nothing elsewhere.
type progressBar struct {
	screen terminal.Screen
	begun  bool          // something draws
	over   sync.Once     // guards end
	end    chan struct{} // closed at the end
	ended  chan struct{} // closed when nothing is drawn any more

	mu     sync.Mutex
	last   mcp.ProgressNotificationParams
	paused bool
	drawn  bool
}

func newProgressBar(screen terminal.Screen) *progressBar {
	return &progressBar{screen: screen, end: make(chan struct{}), ended: make(chan struct{})}
}

// begin starts the bar. It reports whether anybody sees it.
func (b *progressBar) begin() bool {
	if !b.screen.Moves {
		return false
	}
	b.begun = true
	go b.run(time.Now())
	return true
}

// clear removes the bar and ends it, if it has begun.
func (b *progressBar) clear() {
	b.over.Do(func() { close(b.end) })
	if b.begun {
		<-b.ended
	}
}

func (b *progressBar) run(began time.Time) {
	defer close(b.ended)
	tick := time.NewTicker(barPause)
	defer tick.Stop()
	for {
		select {
		case <-b.end:
			b.mu.Lock()
			defer b.mu.Unlock()
			b.remove()
			return
		case now := <-tick.C:
			if elapsed := now.Sub(began); elapsed >= barPatience {
				b.draw(elapsed)
			}
		}
	}
}

// show keeps what is reported, until it is drawn next.
func (b *progressBar) show(p *mcp.ProgressNotificationParams) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = *p
}

// pause removes the bar, so that a person can be asked, until resume.
func (b *progressBar) pause() (resume func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.paused = true
	b.remove()
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.paused = false
	}
}

func (b *progressBar) draw(elapsed time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.paused {
		return
	}
	b.drawn = true
	fmt.Fprintf(b.screen, "\r%s\x1b[K", barLine(b.screen, &b.last, elapsed))
}

// remove is called under the lock.
func (b *progressBar) remove() {
	if b.drawn {
		fmt.Fprint(b.screen, "\r\x1b[K")
		b.drawn = false
	}
}

// barLine is the bar's text: a gauge if the total is known, else what has turned.
// It leaves the last column free, after which some terminals begin a line.
func barLine(s terminal.Screen, p *mcp.ProgressNotificationParams, elapsed time.Duration) string {
	message := terminal.Line(p.Message)
	var head, foot string
	if p.Total > 0 {
		part := min(1, max(0, p.Progress/p.Total))
		width := max(4, min(barWidth, s.Columns/3))
		full := int(part * float64(width))
		gauge := s.Paint(terminal.Good, strings.Repeat(s.Symbol("█", "#"), full)) + s.Paint(terminal.Faint, strings.Repeat(s.Symbol("░", "."), width-full))
		head = fmt.Sprintf("%3.0f%%", part*100)
		foot = clock(elapsed)
		if elapsed >= etaAfter && part > 0.01 && part < 1 {
			foot = clock(time.Duration(float64(elapsed)*(1-part)/part)) + " left"
		}
		line := head + " " + foot + " " + message
		return gauge + " " + strings.TrimRight(s.Cut(line, s.Columns-width-2), " ")
	}
	wheel := []rune(s.Symbol("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", `|/-\`))
	head = string(wheel[int(elapsed/barPause)%len(wheel)]) + " " + clock(elapsed)
	if p.Progress > 0 {
		head += fmt.Sprintf(" %.10g", p.Progress)
	}
	return s.Cut(strings.TrimRight(head+" "+message, " "), s.Columns-1)
}

// clock writes a duration in as few signs as a glance needs.
func clock(d time.Duration) string {
	d = min(max(0, d), 99*time.Hour).Round(time.Second)
	if d < time.Minute {
		return fmt.Sprintf("%ds", d/time.Second)
	}
	if d < time.Hour {
		return fmt.Sprintf("%d:%02d", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
}
