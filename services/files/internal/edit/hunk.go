package edit

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var (
	hunkHeader = regexp.MustCompile(`^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@`)
	hunkPlace  = regexp.MustCompile(`^@@[^-+]*-(\d{1,9})`)
)

// hunk reads the hunk whose header is next.
func (p *patchParser) hunk(name string, number int) (Hunk, error) {
	header := p.lines[p.at]
	p.at++
	var h Hunk
	if m := hunkHeader.FindStringSubmatch(header); m != nil {
		h.Line, _ = strconv.Atoi(m[1])
		old, repl := hunkCount(m[2]), hunkCount(m[4])
		if old == 0 {
			h.Line++ // the line before is named if there is none
		}
		if lines, n, ok := p.counted(old, repl); ok {
			h.lines = lines
			p.at += n
			return h, nil
		}
		p.note(fmt.Sprintf("the numbers of lines in the header of hunk %d of %q are wrong and ignored", number, name))
	} else if m := hunkPlace.FindStringSubmatch(header); m != nil {
		h.Line, _ = strconv.Atoi(m[1])
	}
	return h, p.scanned(&h)
}

func hunkCount(s string) int {
	if s == "" {
		return 1
	}
	n, _ := strconv.Atoi(s)
	return n
}

// counted reads a hunk of so many lines on both sides. It fails if there are
// fewer or more.
func (p *patchParser) counted(old, repl int) (lines []hunkLine, n int, ok bool) {
	rest := p.lines[p.at:]
	for old > 0 || repl > 0 {
		if n == len(rest) || p.isFile(p.at+n) {
			return nil, 0, false
		}
		l, isLine := readLine(rest[n])
		if !isLine {
			if len(lines) == 0 || !strings.HasPrefix(rest[n], `\`) {
				return nil, 0, false
			}
			lines[len(lines)-1].last = true
			n++
			continue
		}
		if l.op != '+' {
			old--
		}
		if l.op != '-' {
			repl--
		}
		if old < 0 || repl < 0 {
			return nil, 0, false
		}
		lines = append(lines, l)
		n++
	}
	if n < len(rest) && strings.HasPrefix(rest[n], `\`) && len(lines) > 0 {
		lines[len(lines)-1].last = true
		n++
	}
	return lines, n, !p.goesOn(p.at + n)
}

// isFile reports whether lines i and i+1 name a file, and are not two lines of a
// hunk that look so: what they name is the same, and a hunk follows. It is for
// where the header says that the hunk goes on, which may be wrong.
func (p *patchParser) isFile(i int) bool {
	if !p.isNames(i) || i+2 == len(p.lines) || !strings.HasPrefix(p.lines[i+2], "@@") {
		return false
	}
	a, b := unprefixed(fileName(p.lines[i][4:]), fileName(p.lines[i+1][4:]), false)
	return a == b || a == "" || b == ""
}

// goesOn reports whether there are more lines of a hunk.
func (p *patchParser) goesOn(i int) bool {
	for i < len(p.lines) && strings.TrimSpace(p.lines[i]) == "" {
		i++
	}
	if i == len(p.lines) || p.isHeader(i) || p.isSignature(i) {
		return false
	}
	_, ok := readLine(p.lines[i])
	return ok
}

// isSignature reports whether line i begins what git format-patch ends with.
func (p *patchParser) isSignature(i int) bool {
	if p.lines[i] != "-- " && p.lines[i] != "--" {
		return false
	}
	rest := strings.TrimSpace(strings.Join(p.lines[i+1:min(len(p.lines), i+4)], "\n"))
	return rest != "" && !strings.Contains(rest, "\n") && rest[0] >= '0' && rest[0] <= '9'
}

// scanned reads the lines of a hunk up to the next header.
func (p *patchParser) scanned(h *Hunk) error {
	end := 0 // after the last line that is not empty
	for ; p.at < len(p.lines) && !p.isHeader(p.at) && !p.isSignature(p.at); p.at++ {
		raw := p.lines[p.at]
		l, ok := readLine(raw)
		switch {
		case ok:
			h.lines = append(h.lines, l)
			if raw != "" {
				end = len(h.lines)
			}
		case strings.HasPrefix(raw, `\`) && len(h.lines) > 0:
			h.lines[len(h.lines)-1].last = true
			end = len(h.lines)
		default:
			return p.fail(p.at+1, "it is no line of a hunk", `begin each with " " if it stays, "-" if it goes, "+" if it comes`)
		}
	}
	h.lines = h.lines[:min(end, len(h.lines))]
	if len(h.lines) == 0 {
		return p.fail(p.at, "there is a hunk without lines", "")
	}
	return nil
}

// readLine reads a line of a hunk. An empty one stands for an empty line that
// stays: the blank before it is easily lost.
func readLine(s string) (hunkLine, bool) {
	if s == "" || s == "\r" {
		return hunkLine{op: ' ', text: s}, true
	}
	switch s[0] {
	case ' ', '-', '+':
		return hunkLine{op: s[0], text: s[1:]}, true
	}
	return hunkLine{}, false
}
