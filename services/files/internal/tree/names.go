package tree

import (
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// badName returns what is wrong with the name of an entry, "" if nothing is.
func badName(name string) string {
	switch {
	case name == "" || name == "." || name == "..":
		return "is not the name of an entry"
	case len(name) > maxName:
		return "is a name of more than 255 bytes"
	case strings.ContainsAny(name, "/\x00"):
		return "has a slash or NUL, which no name has"
	case runtime.GOOS == "windows":
		return badWindowsName(name)
	}
	return ""
}

// badWindowsName refuses what Windows does not take for the name that is written:
// devices, streams, what it strips off the end, and short names, which are second
// names of files.
func badWindowsName(name string) string {
	for _, r := range name {
		if r < ' ' || strings.ContainsRune(`<>:"|?*\`, r) {
			return `has one of < > : " | ? * \ or a control character, which no name has on Windows`
		}
	}
	if last := name[len(name)-1]; last == '.' || last == ' ' {
		return "ends in a dot or space, which Windows strips off"
	}
	stem, ext, _ := strings.Cut(name, ".")
	device := strings.ToUpper(strings.TrimRight(stem, " "))
	switch device {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return "is a device on Windows"
	}
	if port, ok := strings.CutPrefix(device, "COM"); ok && isPort(port) {
		return "is a device on Windows"
	}
	if port, ok := strings.CutPrefix(device, "LPT"); ok && isPort(port) {
		return "is a device on Windows"
	}
	if isShortName(stem, ext) {
		return "may be the short name of another file on Windows; write the long one"
	}
	return ""
}

// isPort reports whether s is a digit that ends COM or LPT. The three superscript
// ones count.
func isPort(s string) bool {
	switch s {
	case "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "¹", "²", "³":
		return true
	}
	return false
}

// isShortName reports whether a name has the form of PROGRA~1.
func isShortName(stem, ext string) bool {
	if len(stem) > 8 || len(ext) > 3 || strings.Contains(ext, ".") {
		return false
	}
	before, digits, ok := strings.Cut(stem, "~")
	return ok && before != "" && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// Limits of what is listed to find a name that was spelled otherwise.
const maxListed = 4096

// spelled returns p with its names as the disk spells them: the same text has
// several normal forms in Unicode, of which people and programs write one and
// file systems may have another.
func (p Path) spelled() (Path, error) {
	if isASCII(p.Rel) {
		return p, nil
	}
	at := p.Root.Top()
	names := strings.Split(p.Rel, "/")
	for i, name := range names {
		if !isASCII(name) {
			found, err := at.spelling(name)
			if err != nil {
				return Path{}, err
			}
			if found == "" { // nothing is there, nor behind it
				return at.Join(strings.Join(names[i:], "/")), nil
			}
			name = found
		}
		at = at.child(name)
	}
	return at, nil
}

// spelling returns the name of the entry of p that is name but for its normal
// form, "" if there is none or p cannot be read.
func (p Path) spelling(name string) (string, error) {
	d, err := p.openDir()
	if err != nil {
		return "", nil
	}
	defer d.Close()
	var found []string
	var ids []Info
	add := func(s string) {
		info, err := d.Lstat(s)
		if err != nil {
			return
		}
		for i, id := range ids {
			// A file system that knows normal forms finds one entry by all of them.
			if found[i] == s || id.Ino != 0 && id.Ino == info.Ino && id.Dev == info.Dev && info.Links == 1 {
				return
			}
		}
		found, ids = append(found, s), append(ids, info)
	}
	want, apart := norm.NFC.String(name), norm.NFD.String(name)
	for _, s := range []string{name, want, apart} {
		add(s)
	}
	if len(found) == 0 || want != apart { // there may be mixtures of the forms
		n := 0
		_ = d.place.list(func(e Entry) bool {
			if !isASCII(e.Name) && norm.NFC.String(e.Name) == want {
				add(strings.Clone(e.Name))
			}
			n++
			return n < maxListed && len(found) < 2
		})
	}
	switch len(found) {
	case 0:
		return "", nil
	case 1:
		return found[0], nil
	}
	a, b := p.child(found[0]).URI(), p.child(found[1]).URI()
	e := Errorf(Ambiguous, p.child(name), "two names are the same text in different normal forms of Unicode")
	e.Hint = "write " + a + " or " + b
	e.Suggestions = []string{a, b}
	return "", e
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
