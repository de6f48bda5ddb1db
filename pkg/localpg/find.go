package localpg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Binaries is a directory with postgres and initdb in it.
type Binaries struct{ Dir string }

// ErrNone says that no PostgreSQL was found.
var ErrNone = errors.New("no PostgreSQL programs were found: install the package postgresql, or put the directory of initdb into the PATH")

// Find returns the PostgreSQL programs of this machine: those in the PATH, else
// the newest of those where packages of Linux and macOS put them.
func Find() (Binaries, error) {
	first := ""
	if path, err := exec.LookPath(program("postgres")); err == nil {
		first = filepath.Dir(path)
	}
	return find(first,
		"/usr/lib/postgresql/*/bin", // Debian, Ubuntu
		"/usr/pgsql-*/bin",          // PostgreSQL's own RPM packages
		"/usr/lib/postgresql*/bin",  // SUSE
		"/usr/libexec/postgresql*",  // Alpine
		"/opt/homebrew/opt/postgresql*/bin",
		"/usr/local/opt/postgresql*/bin", // Homebrew on Intel
		"/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
		"/usr/local/pgsql/bin", // built by hand
	)
}

func find(first string, patterns ...string) (Binaries, error) {
	var dirs []string
	for _, pattern := range patterns {
		found, _ := filepath.Glob(pattern) // the patterns are well formed
		dirs = append(dirs, found...)
	}
	slices.SortStableFunc(dirs, func(a, b string) int { return cmp.Compare(versionIn(b), versionIn(a)) })
	if first != "" {
		dirs = slices.Insert(dirs, 0, first)
	}
	for _, dir := range dirs {
		if b := (Binaries{dir}); b.complete() {
			return b, nil
		}
	}
	return Binaries{}, ErrNone
}

var digits = regexp.MustCompile(`[0-9]+(\.[0-9]+)?`)

// versionIn returns the version in the path of a package's directory, the last
// number in it, 0 if it has none. Before 10 the major version had two parts.
func versionIn(dir string) float64 {
	numbers := append([]string{"0"}, digits.FindAllString(dir, -1)...)
	v, _ := strconv.ParseFloat(numbers[len(numbers)-1], 64)
	return v
}

func (b Binaries) complete() bool {
	for _, name := range []string{"postgres", "initdb"} {
		info, err := os.Stat(b.path(name))
		if err != nil || info.IsDir() || runtime.GOOS != "windows" && info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}

func (b Binaries) path(name string) string { return filepath.Join(b.Dir, program(name)) }

func program(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

// Version returns the major version of the programs, such as 15.
func (b Binaries) Version(ctx context.Context) (int, error) {
	cmd := exec.CommandContext(ctx, b.path("postgres"), "--version")
	cmd.Env = environment()
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("%s --version: %w", cmd.Path, err)
	}
	return major(string(out))
}

// major returns the major version in a text such as "postgres (PostgreSQL) 15.14
// (Debian 15.14-0+deb12u1)" or "15".
func major(text string) (int, error) {
	_, after, found := strings.Cut(text, "(PostgreSQL) ")
	if !found {
		after = text
	}
	after = strings.TrimSpace(after)
	end := strings.IndexFunc(after, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(after)
	}
	v, err := strconv.Atoi(after[:end])
	if err != nil {
		return 0, fmt.Errorf("%q has no version of PostgreSQL", text)
	}
	return v, nil
}

// HasLibrary reports whether a library that extends the server, such as
// "pg_stat_statements", is beside the programs. A server that is to load at its
// start one that is missing does not start.
func (b Binaries) HasLibrary(name string) bool {
	// A PATH may lead to links to the programs.
	postgres, err := filepath.EvalSymlinks(b.path("postgres"))
	if err != nil {
		return false
	}
	lib := filepath.Join(globQuote(filepath.Dir(filepath.Dir(postgres))), "lib")
	for _, pattern := range []string{"", "postgresql*"} {
		for _, suffix := range []string{".so", ".dylib"} {
			if found, _ := filepath.Glob(filepath.Join(lib, pattern, name+suffix)); len(found) > 0 {
				return true
			}
		}
	}
	return false
}

// globQuote returns the pattern that matches the path alone.
func globQuote(path string) string {
	if runtime.GOOS == "windows" {
		return path
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
