package tree

import (
	"crypto/rand"
	"strings"
)

// TrashDir is the directory in a root where its deleted things are.
const TrashDir = ".mcp-trash"

const (
	tempPrefix = ".mcp-files-"
	tempRandom = 26 // characters of base 32
)

// TempName returns a new name for something that is being written. Nobody can
// guess one and put a link there first.
func TempName() string { return tempPrefix + rand.Text() }

// IsTemp reports whether a name is one that TempName makes.
func IsTemp(name string) bool {
	rest, ok := strings.CutPrefix(name, tempPrefix)
	return ok && len(rest) == tempRandom && strings.Trim(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// Reserved reports whether a name is one that this server keeps for itself.
func Reserved(name string) bool { return name == TrashDir || IsTemp(name) }
