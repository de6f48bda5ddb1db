package server

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/connect"
)

// serveFlags names the flags of a serving process.
func (p *process) serveFlags() []string {
	var names []string
	for _, f := range p.serveModel() {
		names = append(names, f.Name)
	}
	return names
}

func (p *process) serveModel() (flags []*kong.Flag) {
	for _, group := range serveNode(p.model).AllFlags(false) {
		flags = append(flags, group...)
	}
	return flags
}

// wanted are the variables that the service asks for and that flags leave open.
func (p *process) wanted(flags []string) (wanted []connect.Variable) {
	var given []string
	for _, f := range flags {
		if name, isFlag := flagName(f); isFlag {
			given = append(given, name)
		}
	}
	isGiven := func(name string) bool { return slices.Contains(given, name) }
	for _, f := range p.serveModel() {
		if f.Tag.Has("wanted") && !isGiven(f.Name) && !slices.ContainsFunc(instead(f), isGiven) {
			wanted = append(wanted, connect.Variable{Name: f.Envs[0], Optional: f.Tag.Get("wanted") == "optional"})
		}
	}
	return wanted
}

// instead names the flags that do as well as f.
func instead(f *kong.Flag) []string {
	return strings.FieldsFunc(f.Tag.Get("instead"), func(r rune) bool { return r == ',' })
}

// hint says what to do about a variable that the snippet hands on.
func (p *process) hint(s connect.Snippet, v connect.Variable) string {
	need, where := "needs", "set it where "+s.Title+" runs"
	if v.Optional {
		need = "can use"
	}
	switch {
	case s.Client != "claude-desktop": // puts no variables into what it reads
	case v.Optional:
		where = "add it to the entry's env"
	default:
		where = "write it into the entry"
	}
	text := fmt.Sprintf("mcp-%s %s %s: %s", p.name, need, v.Name, where)
	for _, f := range p.serveModel() {
		if f.Envs == nil || f.Envs[0] != v.Name {
			continue
		}
		others := instead(f)
		if !f.Hidden && !f.Tag.Has("secret") {
			others = append([]string{f.Name}, others...)
		}
		if len(others) > 0 {
			text += ", or give --" + strings.Join(others, " or --") + " after --"
		}
		text += ". " + f.Help
	}
	return text
}

// lasting returns a path of this program that is there tomorrow too. What go run
// starts is removed when it ends, or when the build cache is cleaned.
func (p *process) lasting() (string, error) {
	if p.program == "" {
		return "", errors.New("the path of this program is not known: start it by its whole path")
	}
	if !temporary(p.program) {
		return p.program, nil
	}
	name := filepath.Base(p.program)
	if found := p.installed(name); found != "" {
		fmt.Fprintf(p.stderr, "# this is a temporary build: the entry starts %s\n", found)
		return found, nil
	}
	install := "go install"
	if info, ok := debug.ReadBuildInfo(); ok && info.Path != "" && info.Path != "command-line-arguments" {
		install += " " + info.Path
		if v := info.Main.Version; strings.HasPrefix(v, "v") {
			install += "@" + v
		}
	}
	return "", fmt.Errorf("%s is a temporary build, which a client will not find later: run %s where you ran this, or build it to keep with go build -o BINARY, and ask again", p.program, install)
}

// temporary reports whether a path is one of go run: in a directory that it
// removes, or in the build cache.
func temporary(program string) bool {
	for element := range strings.SplitSeq(filepath.ToSlash(program), "/") {
		if strings.HasPrefix(element, "go-build") {
			return true
		}
	}
	digest, inCache := strings.CutSuffix(filepath.Base(filepath.Dir(program)), "-d")
	return inCache && len(digest) == 64 && strings.Trim(digest, "0123456789abcdef") == ""
}

// installed finds a program where go install puts it, or else in the PATH, and
// returns "" if it is in neither.
func (p *process) installed(name string) string {
	env := func(variable string) string {
		for _, kv := range p.environ {
			if value, ok := strings.CutPrefix(kv, variable+"="); ok {
				return value
			}
		}
		return ""
	}
	bin := env("GOBIN")
	if paths := filepath.SplitList(env("GOPATH")); bin == "" && len(paths) > 0 {
		bin = filepath.Join(paths[0], "bin")
	}
	if home := env("HOME"); bin == "" && home != "" {
		bin = filepath.Join(home, "go", "bin")
	}
	for _, dir := range append([]string{bin}, filepath.SplitList(env("PATH"))...) {
		// What exec finds without a directory would depend on where it is looked for.
		if !filepath.IsAbs(dir) {
			continue
		}
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil && !temporary(path) {
			return path
		}
	}
	return ""
}
