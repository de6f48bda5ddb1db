package tree

import (
	"net/url"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"unicode/utf8"
)

// Limits of what is read as a path. The kernel has the same for the first two.
const (
	maxPath = 4095
	maxName = 255
	maxText = len("file://localhost") + 3*(maxPath+1)
)

// Path reads a path as a caller writes it:
//
//   - "dir/file", below the only root. The root's name may come first, if the
//     root holds nothing of this name itself.
//   - "root/dir/file", where there are several roots.
//   - "file:///root/dir/file", percent-encoded once. It is exact.
//   - the absolute path on the host of something below a root, as text or as a
//     URI; if roots are in one another, of the inner one.
//   - "" and "." for the only root.
//
// What comes before ".." is taken away without looking whether it is a link.
// Where a plain path has other characters than ASCII, it may spell a name in
// another normal form of Unicode than the disk does, if that is the only one; two
// names that are the same but for that are [Ambiguous].
func (t *Tree) Path(s string) (Path, error) {
	if len(s) > maxText {
		return Path{}, Errorf(Invalid, Path{}, "the path is longer than %d bytes", maxPath)
	}
	if rest, ok := cutScheme(s); ok {
		decoded, err := decodeURI(rest)
		if err != nil {
			return Path{}, err
		}
		p, _, err := t.fromURI(decoded)
		return p, err
	}
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return Path{}, Errorf(Invalid, Path{}, "a path is UTF-8 text without NUL; for a name with other bytes write file:///root/path, percent-encoded")
	}
	p, err := t.fromText(s)
	if err != nil {
		return Path{}, err
	}
	return p.spelled()
}

// cutScheme takes the scheme of a file URI off (RFC 8089; that of RFC 3986 has no
// case).
func cutScheme(s string) (string, bool) {
	const scheme = "file:/"
	if len(s) < len(scheme) || !strings.EqualFold(s[:len(scheme)], scheme) {
		return "", false
	}
	return s[len(scheme)-1:], true
}

// decodeURI returns the path of a URI whose scheme was taken off.
func decodeURI(rest string) (string, error) {
	if after, ok := strings.CutPrefix(rest, "//"); ok {
		host, _, _ := strings.Cut(after, "/")
		if host != "" && !strings.EqualFold(host, "localhost") {
			return "", Errorf(Invalid, Path{}, "a URI of another host is not served; write it as file:///root/path")
		}
		rest = after[len(host):]
	}
	if strings.ContainsAny(rest, "?#") {
		return "", Errorf(Invalid, Path{}, "a URI of a file has neither query nor fragment; percent-encode ? as %%3F and # as %%23")
	}
	// Once: what is encoded twice is a name with a percent sign.
	decoded, err := url.PathUnescape(rest)
	if err != nil || strings.ContainsRune(decoded, 0) {
		return "", Errorf(Invalid, Path{}, "write a URI as file:///root/path, percent-encoded, without NUL")
	}
	return "/" + strings.TrimLeft(decoded, "/"), nil
}

// fromURI finds the path of a decoded URI, and reports whether its first element
// is taken for a root's name, rather than for a directory of the host.
func (t *Tree) fromURI(decoded string) (Path, bool, error) {
	if runtime.GOOS == "windows" {
		decoded = filepath.ToSlash(decoded)
	}
	names := split(decoded)
	if len(names) == 0 {
		p, err := t.fromText("")
		return p, true, err
	}
	named, err := t.named(names[0], names[1:])
	hosted, herr := t.fromHost(decoded)
	switch {
	case herr != nil:
		return named, true, err
	case err != nil:
		return hosted, false, nil
	}
	// /home/me may be the root "home", and file:///home/me/x its x as well as its
	// me/x. What is there decides.
	if first, _, _ := strings.Cut(named.Rel, "/"); named != hosted && !named.Root.holds(first) {
		return hosted, false, nil
	}
	return named, true, nil
}

// holds reports whether the root has an entry of this name at its top.
func (r *Root) holds(name string) bool { return Path{r, name}.exists() }

func (t *Tree) fromText(s string) (Path, error) {
	if runtime.GOOS == "windows" {
		s = filepath.ToSlash(s)
	}
	if strings.HasPrefix(s, "/") || filepath.IsAbs(s) {
		return t.fromHost(s)
	}
	names := split(s)
	switch {
	case len(names) == 0 && len(t.roots) == 1:
		return t.roots[0].Top(), nil
	case len(names) == 0 && len(t.roots) > 1:
		e := Errorf(Invalid, Path{}, "which root")
		e.Hint = t.rootsHint()
		return Path{}, e
	case len(names) == 0:
		return Path{}, t.outside()
	case t.several:
		return t.named(names[0], names[1:])
	}
	written, err := t.only(names)
	if names[0] != t.name() {
		return written, err
	}
	if err == nil && (written.Root.base != "" || written.Root.holds(names[0])) {
		return written, nil
	}
	return t.only(names[1:])
}

// name returns the name that all roots have where there is one root, or what it
// was narrowed to.
func (t *Tree) name() string {
	if len(t.roots) == 0 {
		return ""
	}
	return t.roots[0].Name
}

// only finds names below the only root.
func (t *Tree) only(names []string) (Path, error) { return t.named(t.name(), names) }

// named finds names below the root of this name.
func (t *Tree) named(root string, names []string) (Path, error) {
	known := false
	for _, r := range t.roots {
		known = known || r.Name == root
	}
	if !known {
		return Path{}, t.outside()
	}
	rel := path.Join(names...)
	if rel == ".." || strings.HasPrefix(rel, "../") {
		return Path{}, Errorf(Outside, Path{}, "the path leads out of its root")
	}
	var best Path
	for _, r := range t.roots {
		if r.Name != root {
			continue
		}
		if sub, ok := below(rel, r.base); ok && (best.Root == nil || len(r.base) > len(best.Root.base)) {
			best = Path{r, sub}
		}
	}
	if best.Root == nil {
		return Path{}, t.outside()
	}
	return best.checked()
}

// fromHost finds a path of the host below the innermost root that holds it. The
// comparison is one of names: a sibling whose path begins with a root's, as
// /rootsecret with /root, is not below it (CVE-2025-53110).
func (t *Tree) fromHost(abs string) (Path, error) {
	abs = path.Clean(abs)
	var best Path
	longest := -1
	for _, r := range t.roots {
		for _, dir := range []string{r.host, r.given} {
			rel, ok := belowHost(abs, filepath.ToSlash(dir))
			if ok && len(dir) > longest {
				best, longest = Path{r, rel}, len(dir)
			}
		}
	}
	if longest < 0 {
		return Path{}, t.outside()
	}
	return best.checked()
}

// checked cleans what is below the root, and refuses what no file system has.
func (p Path) checked() (Path, error) {
	p.Rel = path.Clean(p.Rel)
	if len(p.Rel) > maxPath {
		return Path{}, Errorf(Invalid, Path{}, "the path is longer than %d bytes", maxPath)
	}
	if p.IsRoot() {
		return p, nil
	}
	for name := range strings.SplitSeq(p.Rel, "/") {
		if message := badName(name); message != "" {
			return Path{}, Errorf(Invalid, Path{}, "%.64q %s", name, message)
		}
	}
	return p, nil
}

func (t *Tree) outside() error {
	e := Errorf(Outside, Path{}, "the path is in none of the roots")
	if len(t.roots) == 0 {
		e.Message = "no directory is served"
		return e
	}
	e.Hint = t.rootsHint()
	return e
}

// rootsHint says how paths begin. It names no directory of the host.
func (t *Tree) rootsHint() string {
	if !t.several {
		return `write it below the root, as in "dir/file", without a slash before it`
	}
	const most = 10
	var names []string
	for _, r := range t.roots {
		if name := r.Top().String(); len(names) < most {
			names = append(names, name)
		}
	}
	if len(names) < len(t.roots) {
		return "begin it with a root's name; list_directory without a path lists the roots"
	}
	return "begin it with a root's name: " + strings.Join(names, ", ")
}

// below returns what of s is below dir, which is "" for the top.
func below(s, dir string) (string, bool) {
	if dir == "" {
		return s, true
	}
	rest, ok := strings.CutPrefix(s, dir)
	if !ok || rest != "" && rest[0] != '/' {
		return "", false
	}
	return strings.TrimLeft(rest, "/"), true
}

// belowHost is below for paths of the host. Where file names have no case on
// Windows, they are compared without: what it leads to is looked up below the
// root whatever the comparison says.
func belowHost(s, dir string) (string, bool) {
	if dir == "/" {
		return strings.TrimLeft(s, "/"), strings.HasPrefix(s, "/")
	}
	if runtime.GOOS != "windows" {
		return below(s, dir)
	}
	s = strings.TrimPrefix(s, "/") // of file:///C:/dir
	if len(s) >= len(dir) && strings.EqualFold(s[:len(dir)], dir) {
		return below(dir+s[len(dir):], dir)
	}
	return "", false
}
