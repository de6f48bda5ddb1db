package commit

import (
	"fmt"
	"strings"
)

// Edit puts New in the place of Old, which is there exactly once.
type Edit struct{ Old, New string }

const (
	// maxPlaces is how many places of a text are named that is there several times.
	maxPlaces = 5
	// nearLines and nearBytes bound what is shown of a file that reads otherwise.
	nearLines = 6
	nearBytes = 600
)

// Edit makes the step's edits in what is there, each in what those before it left.
// In a file whose lines end in CRLF those of the edits do too.
func (s *Step) Edit(content []byte) error {
	if !IsText(content) {
		return refuse(s.Path, "it is no UTF-8 text, so that it has no edits; send all of its content as base64")
	}
	text := string(content)
	if strings.HasPrefix(text, "version https://git-lfs.github.com/spec/") && len(text) < 1024 {
		return refuse(s.Path, "it is a pointer to a file in Git LFS, whose text is not here")
	}
	n := strings.Count(text, "\r\n")
	windows := n > 0 && n == strings.Count(text, "\n")
	for i, e := range s.Edits {
		if windows {
			e = Edit{crlf(e.Old), crlf(e.New)}
		}
		var why string
		switch {
		case e.Old == "":
			why = "old is empty"
		case e.Old == e.New:
			why = "old and new are the same"
		}
		if why == "" {
			if found := strings.Count(text, e.Old); found != 1 {
				why = missed(text, e.Old, found)
			}
		}
		if why != "" {
			return refuse(s.Path, "edit %d: %s", i+1, why)
		}
		text = strings.Replace(text, e.Old, e.New, 1)
	}
	s.Content = []byte(text)
	return nil
}

func crlf(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
}

// missed says why old, which text has found times, is not what is to be replaced.
func missed(text, old string, found int) string {
	if found > 1 {
		return fmt.Sprintf("old is there %d times, at line %s; add lines around it", found, places(text, old))
	}
	have, want := strings.Split(text, "\n"), strings.Split(strings.Trim(old, "\r\n"), "\n")
	if at := like(have, want); at >= 0 {
		return fmt.Sprintf("old is not there; with other white space it is at line %d:\n%s", at+1, excerpt(have, at, len(want)))
	}
	// The line of old that says most is where it was meant to be.
	best := ""
	for _, l := range want {
		if l = squeeze(l); len(l) > len(best) {
			best = l
		}
	}
	for i, l := range have {
		if len(best) > 3 && squeeze(l) == best {
			return fmt.Sprintf("old is not there; line %d has a line of it, and reads there:\n%s", i+1, excerpt(have, max(0, i-1), nearLines))
		}
	}
	return "old is not there, nor any of its lines; read the file again"
}

// places returns the lines that old is at.
func places(text, old string) string {
	var b strings.Builder
	line, n := 1, 0
	for {
		i := strings.Index(text, old)
		if i < 0 {
			return b.String()
		}
		if n++; n > maxPlaces {
			return b.String() + " …"
		}
		line += strings.Count(text[:i], "\n")
		if n > 1 {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, line)
		line += strings.Count(text[i:i+len(old)], "\n")
		text = text[i+len(old):]
	}
}

// like returns the line at which have reads as want but for white space, -1 if
// there is none.
func like(have, want []string) int {
	squeezed := make([]string, len(want))
	for i, l := range want {
		squeezed[i] = squeeze(l)
	}
	if strings.Join(squeezed, "") == "" {
		return -1
	}
	for i := 0; i+len(want) <= len(have); i++ {
		j := 0
		for j < len(want) && squeeze(have[i+j]) == squeezed[j] {
			j++
		}
		if j == len(want) {
			return i
		}
	}
	return -1
}

func squeeze(line string) string { return strings.Join(strings.Fields(line), " ") }

// excerpt returns lines of have, bounded.
func excerpt(have []string, from, n int) string {
	s := strings.Join(have[from:min(len(have), from+min(n, nearLines))], "\n")
	if len(s) > nearBytes {
		s = strings.ToValidUTF8(s[:nearBytes], "") + "…"
	}
	return s
}
