package joblog

// tail keeps the last lines that it is given.
type tail struct {
	kept  []string // from head on
	head  int
	max   int // lines
	most  int // bytes
	bytes int
	cut   bool // some were not kept
}

func newTail(o Options) *tail { return &tail{max: max(o.Lines, 1), most: o.Bytes} }

func (t *tail) reset() {
	clear(t.kept)
	t.kept, t.head, t.bytes, t.cut = t.kept[:0], 0, 0, false
}

func (t *tail) len() int { return len(t.kept) - t.head }

func (t *tail) add(line string) {
	t.kept = append(t.kept, line)
	t.bytes += len(line) + 1
	for t.len() > t.max || t.bytes > t.most && t.len() > 1 {
		t.bytes -= len(t.kept[t.head]) + 1
		t.kept[t.head] = ""
		t.head++
		t.cut = true
	}
	if t.head > 64 && t.head > t.len() {
		n := copy(t.kept, t.kept[t.head:])
		clear(t.kept[n:])
		t.kept, t.head = t.kept[:n], 0
	}
}

// lines returns what is kept, oldest first.
func (t *tail) lines() []string { return t.kept[t.head:] }

// matches keeps the first lines that match, with those around them.
type matches struct {
	o      Options
	kept   []string
	bytes  int
	count  int
	before []string // the last lines that were not kept
	gap    bool     // lines were left out since the last one kept
	after  int      // lines to keep behind the last match
	full   bool
}

func (m *matches) add(line string) {
	hit := m.o.Grep.MatchString(line)
	if hit {
		m.count++
	}
	switch {
	case m.full:
	case hit:
		if m.gap && len(m.kept) > 0 {
			m.keep("--")
		}
		for _, b := range m.before {
			m.keep(b)
		}
		m.before, m.gap = m.before[:0], false
		m.keep(line)
		m.after = m.o.Context
	case m.after > 0:
		m.after--
		m.keep(line)
	default:
		if m.before = append(m.before, line); len(m.before) > m.o.Context {
			m.before = append(m.before[:0], m.before[1:]...)
			m.gap = true
		}
	}
}

func (m *matches) keep(line string) {
	if m.full || len(m.kept) >= m.o.Lines || m.bytes+len(line)+1 > m.o.Bytes && len(m.kept) > 0 {
		m.full = true
		return
	}
	m.kept = append(m.kept, line)
	m.bytes += len(line) + 1
}

func (m *matches) excerpt() Excerpt {
	return Excerpt{Lines: m.kept, Matches: m.count, Cut: m.full}
}
