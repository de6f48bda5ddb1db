// Package docs reads the examples of the documents: the fences of Markdown
// files, and in those of the language console the commands and what they print.
// Its tests hold the examples to their form, and with the build tag e2e run
// every one of them, so that what a reader copies works. Start with [Read].
//
// In a console fence a line that begins with "$ " is a command, and lines that
// begin with "> " behind it continue it. What follows is the output to expect,
// where a line that is only … stands for any number of lines, also none, and …
// within a line for any text. Without such lines the output is anything. A
// command has to end with the exit status 0, but for the last of a fence
//
//	```console exit=1
//
// A command that ends in & is not waited for until it ends but until it has
// printed what is expected, or listens on a port. The commands of
//
//	```console norun=needs-a-cluster
//
// are not run, and the document says why.
package docs

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Fence is a block of code of a document.
type Fence struct {
	// Line is that of the opening backquotes, from 1.
	Line int
	// Info is what follows them.
	Info string
	// Body has the lines between, without the indentation of the fence.
	Body []string
	// Closed tells whether the fence has an end.
	Closed bool
}

// Language returns the first word of the info string.
func (f Fence) Language() string {
	words := strings.Fields(f.Info)
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

var opening = regexp.MustCompile("^( *)(```+)([^`]*)$")

// Fences returns the fences of a document in order.
func Fences(text string) (list []Fence) {
	var (
		open         *Fence
		indent, mark string
	)
	for i, line := range strings.Split(text, "\n") {
		if open == nil {
			if m := opening.FindStringSubmatch(line); m != nil {
				indent, mark = m[1], m[2]
				open = &Fence{Line: i + 1, Info: strings.TrimSpace(m[3])}
			}
			continue
		}
		if strings.TrimSpace(line) == mark {
			open.Closed = true
			list = append(list, *open)
			open = nil
			continue
		}
		open.Body = append(open.Body, strings.TrimPrefix(line, indent))
	}
	if open != nil {
		list = append(list, *open)
	}
	return list
}

// Command is one command of a console fence.
type Command struct {
	// Line is where it is in the document.
	Line int
	// Text is what a shell is given; several lines are separated by "\n".
	Text string
	// Output is what it has to print, with …; "" is anything.
	Output string
	// Exit is the exit status that it has to end with.
	Exit int
}

var background = regexp.MustCompile(`(?:^|[^&])&\s*(?:#.*)?$`)

// Background tells whether the shell goes on while the command runs.
func (c Command) Background() bool { return background.MatchString(c.Text) }

// Example is a console fence.
type Example struct {
	// Commands has at least one.
	Commands []Command
	// NoRun is the reason not to run them; "" if there is none.
	NoRun string
}

// Shells are languages that are not to be used: their fences are not run.
var shells = []string{"sh", "bash", "shell", "zsh"}

// Read returns the examples of a document, and what is wrong with its fences.
// An example with something wrong is left out.
func Read(text string) (examples []Example, problems []string) {
	for _, f := range Fences(text) {
		example, err := read(f)
		if err != nil {
			problems = append(problems, fmt.Sprintf("line %d: %v", f.Line, err))
		} else if len(example.Commands) > 0 {
			examples = append(examples, example)
		}
	}
	return examples, problems
}

func read(f Fence) (Example, error) {
	switch language := f.Language(); {
	case !f.Closed:
		return Example{}, fmt.Errorf("the fence has no end")
	case slices.Contains(shells, language):
		return Example{}, fmt.Errorf("a fence of the language %s is not run: make it console, with $ before each command", language)
	case language == "" && slices.ContainsFunc(f.Body, func(l string) bool { return strings.HasPrefix(l, "$ ") }):
		return Example{}, fmt.Errorf("commands are in a fence without a language: make it console")
	case language != "console":
		return Example{}, nil
	}
	example := Example{}
	exit := 0
	for _, word := range strings.Fields(f.Info)[1:] {
		name, value, _ := strings.Cut(word, "=")
		var err error
		switch {
		case name == "exit":
			if exit, err = strconv.Atoi(value); err != nil || exit < 1 || exit > 255 {
				return Example{}, fmt.Errorf("%q: write exit= and a status from 1 to 255", word)
			}
		case name == "norun" && strings.Count(value, "-") > 0:
			example.NoRun = strings.ReplaceAll(value, "-", " ")
		case name == "norun":
			return Example{}, fmt.Errorf("%q: write norun= and the reason, with dashes between its words", word)
		default:
			return Example{}, fmt.Errorf("%q is neither exit= nor norun=", word)
		}
	}
	if exit != 0 && example.NoRun != "" {
		return Example{}, fmt.Errorf("what is not run has no exit status")
	}
	commands, err := commands(f)
	if err != nil {
		return Example{}, err
	}
	commands[len(commands)-1].Exit = exit
	example.Commands = commands
	return example, nil
}

func commands(f Fence) (list []Command, err error) {
	var output []string
	finish := func() {
		if len(list) > 0 {
			list[len(list)-1].Output = trim(strings.Join(output, "\n"))
		}
		output = nil
	}
	continues := false
	for i, line := range f.Body {
		if text, ok := strings.CutPrefix(line, "$ "); ok {
			finish()
			list = append(list, Command{Line: f.Line + 1 + i, Text: text})
			continues = true
			continue
		}
		if text, ok := strings.CutPrefix(line, "> "); continues && (ok || line == ">") {
			list[len(list)-1].Text += "\n" + text
			continue
		}
		continues = false
		if len(list) == 0 && strings.TrimSpace(line) != "" {
			return nil, fmt.Errorf("the console fence begins with %q, not with a command: write $ before it", line)
		}
		output = append(output, line)
	}
	finish()
	if len(list) == 0 {
		return nil, fmt.Errorf("the console fence has no command")
	}
	return list, nil
}

// trim removes empty lines at both ends and blanks at the end of each line.
func trim(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \t\r")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// Matches tells whether a program's output is what a command expects.
func (c Command) Matches(output string) bool {
	if c.Output == "" {
		return true
	}
	var pattern strings.Builder
	pattern.WriteString(`\A`)
	for line := range strings.SplitSeq(c.Output, "\n") {
		if line == "…" {
			pattern.WriteString(`(?:.*\n)*`)
			continue
		}
		parts := strings.Split(line, "…")
		for i, p := range parts {
			parts[i] = regexp.QuoteMeta(p)
		}
		pattern.WriteString(strings.Join(parts, `.*`) + `\n`)
	}
	pattern.WriteString(`\z`)
	return regexp.MustCompile(pattern.String()).MatchString(trim(output) + "\n")
}
