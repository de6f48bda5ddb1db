package apikey

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
)

// What can be wrong with a line. The texts say what to write and repeat nothing
// of the line: a key may stand in any place of it by mistake.
const (
	noEquals       = "no = in it: write key=permission,permission or name:sha256:HEX=scope,scope"
	badKey         = "what stands before the = is no key: write 1 to 512 letters, digits and signs of ASCII without spaces, as the command keygen makes them"
	badHash        = "not a hashed key: write name:sha256:HEX=scope,scope with 64 hexadecimal digits, as the command keygen prints it"
	badName        = "what stands before :sha256: is no name: write 1 to 64 letters, digits, ., - and _"
	badPermissions = "permission %d after the = is none: write tools, resources, prompts, admin, *, or scopes such as files:read, with commas between them"
	tooMany        = "more than 10000 keys: remove those that nobody uses"
)

const hashed = ":sha256:"

// parse reads the lines of a keys file.
func parse(content []byte, check func([]string) error) ([]entry, error) {
	var entries []entry
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	n := 0
	for raw := range bytes.Lines(content) {
		n++
		line := bytes.TrimSpace(raw)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		e, err := parseLine(line, check)
		if err == nil && len(entries) == maxKeys {
			err = errors.New(tooMany)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		e.where = fmt.Sprintf("line %d", n)
		entries = append(entries, e)
	}
	return entries, nil
}

func parseLine(line []byte, check func([]string) error) (e entry, err error) {
	// The last one: base64 ends in =, permissions have none.
	at := bytes.LastIndexByte(line, '=')
	if at < 0 {
		return e, errors.New(noEquals)
	}
	key := bytes.TrimSpace(line[:at])
	// Case and a missing name do not matter here, so that a hashed line with a
	// mistake does not pass as a plain key, which everybody who sees the file
	// could then present.
	if bytes.Contains(bytes.ToLower(key), []byte(hashed[1:])) {
		name, digits, ok := bytes.Cut(key, []byte(hashed))
		if !ok || len(digits) != hex.EncodedLen(len(e.sum)) {
			return e, errors.New(badHash)
		}
		if _, err := hex.Decode(e.sum[:], digits); err != nil {
			return e, errors.New(badHash)
		}
		// A copy, as always here: a part of the line would keep all of it in memory.
		if e.Name = string(name); !validName(e.Name) {
			return e, errors.New(badName)
		}
	} else {
		if !validKey(key) {
			return e, errors.New(badKey)
		}
		e.sum = sha256.Sum256(key)
		e.Name = "key-" + hex.EncodeToString(e.sum[:4])
		e.weak = len(key) < minKey
	}
	for i, word := range bytes.Split(line[at+1:], []byte(",")) {
		word := string(bytes.TrimSpace(word))
		if word == "" || check([]string{word}) != nil {
			return e, fmt.Errorf(badPermissions, i+1)
		}
		e.Permissions = append(e.Permissions, word)
	}
	return e, nil
}

// everything reads a key that may do everything and stands alone.
func everything(text []byte, where string) (entry, error) {
	key := bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))
	if !validKey(key) {
		return entry{}, fmt.Errorf("%s does not hold a key: write 1 to %d letters, digits and signs of ASCII without spaces, and nothing else", where, maxKey)
	}
	return entry{Key: Key{"default", []string{"*"}}, sum: sha256.Sum256(key), where: where, weak: len(key) < minKey}, nil
}

// distinct returns an error if two entries are the same key, or have the same
// name: what one of them may do would not be certain, nor who it was.
func distinct(entries []entry) error {
	sums := make(map[digest]string, len(entries))
	names := make(map[string]string, len(entries))
	for _, e := range entries {
		if other, ok := sums[e.sum]; ok {
			return fmt.Errorf("%s: the same key as in %s; remove one of them", e.where, other)
		}
		if other, ok := names[e.Name]; ok {
			return fmt.Errorf("%s: a key of the same name as in %s: give each a name of its own, as in name:sha256:HEX=scope,scope", e.where, other)
		}
		sums[e.sum], names[e.Name] = e.where, e.where
	}
	return nil
}

// validKey reports whether key can be sent in a header as it is.
func validKey(key []byte) bool {
	return len(key) >= 1 && len(key) <= maxKey && !bytes.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' })
}

func validName(name string) bool {
	return len(name) >= 1 && len(name) <= 64 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == ""
}

// Generate returns a new key of 256 random bits.
func Generate() string {
	var b [32]byte
	rand.Read(b[:])
	return "mcpf_" + base64.RawURLEncoding.EncodeToString(b[:])
}

// Line returns the line of a keys file, without its end, that lets key in by a
// name, and from which key cannot be found.
func Line(name, key string, permissions []string) (string, error) {
	if !validName(name) {
		return "", errors.New("the name of a key is 1 to 64 letters, digits, ., - and _")
	}
	if !validKey([]byte(key)) {
		return "", fmt.Errorf("a key is 1 to %d letters, digits and signs of ASCII without spaces", maxKey)
	}
	if len(permissions) == 0 || slices.ContainsFunc(permissions, func(p string) bool {
		return p == "" || strings.Trim(p, "abcdefghijklmnopqrstuvwxyz0123456789_-:*") != ""
	}) {
		return "", errors.New("a key needs permissions: tools, resources, prompts, admin, *, or scopes such as files:read")
	}
	sum := sha256.Sum256([]byte(key))
	return name + hashed + hex.EncodeToString(sum[:]) + "=" + strings.Join(permissions, ","), nil
}

// Append adds a line to the keys file at path, which it makes for its owner
// alone if there is none. A file that a service would refuse then is not changed.
func Append(path, line string, check func(words []string) error) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if fi, err := f.Stat(); err != nil || !fi.Mode().IsRegular() {
		return errors.Join(fmt.Errorf("%s is not a regular file", path), err)
	}
	content, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return err
	}
	addition := line + "\n"
	if len(content) > 0 && content[len(content)-1] != '\n' {
		addition = "\n" + addition
	}
	content = append(content, addition...)
	if len(content) > maxFile {
		return fmt.Errorf("%s would be larger than %d bytes", path, maxFile)
	}
	entries, err := parse(content, check)
	if err == nil {
		err = distinct(entries)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if _, err := f.WriteString(addition); err != nil {
		return err
	}
	return f.Close()
}
