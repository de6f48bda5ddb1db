// Package completion is the shells' side of completing a command line: the scripts
// that ask a program what may come next, and what the words are that they ask
// about. Start with [Script] and [Split].
package completion

import (
	_ "embed" // the scripts
	"fmt"
	"strings"
)

//go:embed bash.sh
var bash string

//go:embed zsh.sh
var zsh string

//go:embed fish.fish
var fish string

// Script returns the script that makes a shell complete the command lines of a
// program. It runs the program with the words: complete SHELL -- LINE [BREAKS].
func Script(shell, program string) (string, error) {
	script, ok := map[string]string{"bash": bash, "zsh": zsh, "fish": fish}[shell]
	if !ok {
		return "", fmt.Errorf("no completion for %q: there is bash, zsh and fish", shell)
	}
	function := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, program)
	return strings.NewReplacer("FUNCTION", function, "PROGRAM", program).Replace(script), nil
}

// Line is a command line up to the cursor.
type Line struct {
	Words []string // those that are whole, the program first
	Word  string   // the one at the cursor, "" if it has not begun
	Quote rune     // the quote that is open at the cursor, 0 if none is
	Apart int      // how many bytes of Word stand before what bash replaces
}

// Split takes a command line apart as a shell does, but for what a shell would
// replace. Variables that are set for the command are left out. For bash, breaks
// are the signs at which it sees another word, its COMP_WORDBREAKS.
func Split(text, breaks string) Line {
	var l Line
	var word strings.Builder
	begun, quote, opened := false, rune(0), 0
	escaped := false
	for _, r := range text {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, begun = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, opened, begun = r, word.Len(), true
		case r == ' ' || r == '\t' || r == '\n':
			if begun {
				l.Words = append(l.Words, word.String())
				word.Reset()
			}
			begun, l.Apart = false, 0
		default:
			if r == '@' && strings.ContainsRune(breaks, r) {
				l.Apart = word.Len() // bash takes it for the beginning of a host's name
			}
			word.WriteRune(r)
			if r != '@' && strings.ContainsRune(breaks, r) {
				l.Apart = word.Len()
			}
			begun = true
		}
	}
	l.Word, l.Quote = word.String(), quote
	if quote != 0 && breaks != "" {
		l.Apart = opened // between quotes nothing breaks a word
	}
	for len(l.Words) > 0 && assignment(l.Words[0]) {
		l.Words = l.Words[1:]
	}
	return l
}

func assignment(word string) bool {
	name, _, ok := strings.Cut(word, "=")
	return ok && name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// Write returns a candidate for the word at the cursor as the script of a shell
// expects it: for bash what replaces its part of the word, and escaped where the
// shell does not do that itself, so that a name is never a command.
func (l Line) Write(shell, candidate string) string {
	if shell == "fish" {
		return candidate
	}
	candidate = candidate[l.Apart:]
	var b strings.Builder
	for i, r := range candidate {
		switch {
		case l.Quote == '\'' && r == '\'':
			b.WriteString(`'\'`)
		case l.Quote == '"' && r == '!': // of an old command; a backslash before it would stay
			b.WriteString(`"\`)
		case l.Quote == '"' && strings.ContainsRune("\"\\$`", r),
			l.Quote == 0 && (strings.ContainsRune(" \t\"'\\$`!*?[](){}<>|&;#", r) || r == '~' && i > 0):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
		if l.Quote == '"' && r == '!' {
			b.WriteByte('"')
		}
	}
	return b.String()
}
