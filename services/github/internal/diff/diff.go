// Package diff shows as much of a set of patches as fits into a number of bytes.
// It cuts between hunks, and within one only where a single hunk is too large
// alone, and it knows what it left out. Start with [Page].
package diff

import (
	"fmt"
	"strings"
)

// File is a changed file.
type File struct {
	// Header is the line that stands before the patch, without a newline.
	Header string
	// Path names the file where it is said that it was left out.
	Path string
	// Patch are its hunks, each beginning with "@@"; "" if there is none.
	Patch string
}

// Place is where a page begins: a file by its index, and a hunk of it.
type Place struct {
	File, Hunk int
}

// Result is a page of patches.
type Result struct {
	Text string
	// Files is how many files are shown, also in part.
	Files int
	// Next is where the next page begins; it is the number of files and 0 when
	// everything was shown.
	Next Place
	// Cut are hunks that are shown in part, because one alone is too large:
	// "go.sum: hunk 1, 20 of 5000 lines".
	Cut []string
	// Rest is what is left of the file that the page ends in: "a.go: hunks 3 to 7
	// of 7". It is "" if the page ends between files.
	Rest string
}

// Page renders files from a place on within a number of bytes. The first hunk is
// always shown, in part if need be: a caller that goes on at Next comes to an end.
func Page(files []File, from Place, budget int) Result {
	w := &writer{left: budget}
	for i := from.File; i < len(files); i++ {
		f := files[i]
		hunks := Hunks(f.Patch)
		first := 0
		if i == from.File {
			first = min(from.Hunk, len(hunks))
		}
		header := f.Header
		if first > 0 {
			header += fmt.Sprintf(", from hunk %d of %d", first+1, len(hunks))
		}
		if !w.fits(len(header)+1+firstSize(hunks, first)) && w.Files > 0 {
			w.Next = Place{i, first}
			return w.result()
		}
		w.line(header)
		w.Files++
		for j := first; j < len(hunks); j++ {
			if w.fits(len(hunks[j])) {
				w.write(hunks[j])
				continue
			}
			if j == first {
				w.part(f.Path, hunks[j], j)
				j++
			}
			w.Next = Place{i, j}
			if j == len(hunks) {
				w.Next = Place{i + 1, 0}
			} else {
				w.Rest = fmt.Sprintf("%s: %s of %d", f.Path, span(j+1, len(hunks)), len(hunks))
			}
			return w.result()
		}
	}
	w.Next = Place{File: len(files)}
	return w.result()
}

func firstSize(hunks []string, first int) int {
	if first < len(hunks) {
		return len(hunks[first])
	}
	return 0
}

func span(first, last int) string {
	if first == last {
		return fmt.Sprintf("hunk %d", first)
	}
	return fmt.Sprintf("hunks %d to %d", first, last)
}

// Hunks splits a patch before its "@@" lines. Every hunk ends with a newline.
func Hunks(patch string) []string {
	var hunks []string
	for patch != "" {
		n := strings.Index(patch, "\n@@")
		if n < 0 {
			return append(hunks, strings.TrimSuffix(patch, "\n")+"\n")
		}
		hunks = append(hunks, patch[:n+1])
		patch = patch[n+1:]
	}
	return hunks
}

type writer struct {
	Result
	text strings.Builder
	left int
}

func (w *writer) fits(n int) bool { return n <= w.left }

func (w *writer) write(s string) {
	w.text.WriteString(s)
	w.left -= len(s)
}

func (w *writer) line(s string) { w.write(s + "\n") }

func (w *writer) result() Result {
	w.Text = w.text.String()
	return w.Result
}

// part writes the lines of a hunk that fit, and of the first one at least its
// beginning.
func (w *writer) part(path, hunk string, index int) {
	total := strings.Count(hunk, "\n")
	shown := 0
	for line := range strings.Lines(hunk) {
		if !w.fits(len(line)) {
			break
		}
		w.write(line)
		shown++
	}
	if shown == 0 {
		w.line(beginning(hunk, max(w.left, 200)))
	}
	w.Cut = append(w.Cut, fmt.Sprintf("%s: hunk %d, %d of %d lines are shown", path, index+1, shown, total))
	w.line(fmt.Sprintf("[%d of the hunk's %d lines are left out]", total-shown, total))
}

// beginning is the start of the first line of s, which is UTF-8.
func beginning(s string, most int) string {
	s, _, _ = strings.Cut(s, "\n")
	return strings.ToValidUTF8(s[:min(len(s), most)], "")
}
