package seal

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/follow"
)

// maxFile bounds a file of keys: some hundreds of them.
const maxFile = 32 << 10

// minDistinct is how many different bytes a key must have at least. A random key
// has about 30; fewer than this is less likely than one in 10^15.
const minDistinct = 16

// Open reads a file of keys as [Parse] does, and uses what it becomes until
// Close. Content that is wrong changes nothing; log says so, and which keys are
// in force after each change, by their ids.
func Open(path string, log *slog.Logger) (*Keys, error) {
	k := new(Keys)
	f, err := follow.Open(path, maxFile, log, func(content []byte) error {
		if err := k.Replace(content); err != nil {
			return err
		}
		list := *k.list.Load()
		ids := make([]string, len(list))
		for i, key := range list {
			ids[i] = key.id
		}
		log.Info("signing keys are in force", "file", path, "seals", ids[0], "keys", ids)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("signing keys %s: %w", path, err)
	}
	k.file = f
	return k, nil
}

// Close ends the following of a file. The keys stay usable.
func (k *Keys) Close() error {
	if k.file == nil {
		return nil
	}
	return k.file.Close()
}

// Parse returns the keys in file: lines of ID:BASE64, where BASE64 is 32 random
// bytes, in either alphabet and with or without padding. The first seals, all
// open. Empty lines and those that begin with # are skipped. The ID, by which
// people know a key, may be left out, as openssl rand -base64 32 prints one. An
// error names the line and holds nothing of its text.
func Parse(file []byte) (*Keys, error) {
	list, err := parse(file)
	if err != nil {
		return nil, err
	}
	return hold(list), nil
}

// Replace makes k use the keys in file from now on. k keeps those it has if
// there is an error, which is one of [Parse].
func (k *Keys) Replace(file []byte) error {
	list, err := parse(file)
	if err == nil {
		k.list.Store(&list)
	}
	return err
}

// Generate returns a line for a file of keys, with a new key and a new id.
func Generate() string {
	id, secret := make([]byte, 4), make([]byte, keyLen)
	rand.Read(id)
	rand.Read(secret)
	return "k" + hex.EncodeToString(id) + ":" + base64.StdEncoding.EncodeToString(secret)
}

func parse(file []byte) ([]*key, error) {
	if len(file) > maxFile {
		return nil, fmt.Errorf("more than %d bytes", maxFile)
	}
	var (
		list  []*key
		lines []int // where each key stands
	)
	n := 0
	for line := range strings.Lines(string(file)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		id, text, named := strings.Cut(line, ":")
		if !named {
			text = line
		}
		secret, err := decode(text)
		switch {
		case err != nil:
			return nil, fmt.Errorf("line %d: %w", n, err)
		case !named:
			id = hex.EncodeToString(derive(secret, "id", 8))
		case !plain(id):
			return nil, fmt.Errorf("line %d: the id before the colon should be 1 to 64 letters, digits, dots, dashes or underscores", n)
		}
		for i, other := range list {
			if other.id == id {
				return nil, fmt.Errorf("line %d: the id is that of line %d", n, lines[i])
			}
			if bytes.Equal(other.secret, secret) {
				return nil, fmt.Errorf("line %d: the key is that of line %d", n, lines[i])
			}
		}
		list, lines = append(list, newKey(id, secret)), append(lines, n)
	}
	if len(list) == 0 {
		return nil, errors.New("no key: give lines of ID:BASE64, or the output of openssl rand -base64 32")
	}
	return list, nil
}

// decode reads a key. Its errors do not repeat the text.
func decode(text string) ([]byte, error) {
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimSpace(text))
	secret, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, errors.New("the key is not base64")
	}
	if len(secret) != keyLen {
		return nil, fmt.Errorf("the key has %d bytes; give %d random ones, such as from openssl rand -base64 %d", len(secret), keyLen, keyLen)
	}
	var seen [256]bool
	distinct, printable := 0, 0
	for _, c := range secret {
		if !seen[c] {
			seen[c] = true
			distinct++
		}
		if ' ' <= c && c <= '~' {
			printable++
		}
	}
	if distinct < minDistinct || printable == keyLen {
		return nil, fmt.Errorf("the key is not random: take one from openssl rand -base64 %d", keyLen)
	}
	return secret, nil
}

func plain(id string) bool {
	return id != "" && len(id) <= 64 &&
		strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == ""
}
