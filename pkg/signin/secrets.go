package signin

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
)

const (
	// minShared is the least length of a shared secret, in bytes: a shorter one can
	// be guessed from one signed message.
	minShared = 16
	// maxShared bounds a file of shared secrets, in bytes.
	maxShared = 64 << 10
)

// Secrets returns the secrets that an upstream signs its messages with: text, or
// what is in file, one a line, so that a new one can be set there while the old one
// counts. None is no error. flag is the setting of the file, env that of text.
func Secrets(flag, env, text, file string, log *slog.Logger) ([][]byte, error) {
	from := env
	if file != "" {
		if text != "" {
			return nil, fmt.Errorf("%s and %s are both set: leave one out", flag, env)
		}
		content, err := readShared(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", flag, err)
		}
		WarnExposed(log, file)
		text, from = content, flag
	}
	var list [][]byte
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if len(line) < minShared {
			return nil, fmt.Errorf("%s: a secret needs %d bytes or more", from, minShared)
		}
		list = append(list, []byte(line))
	}
	return list, nil
}

func readShared(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxShared+1))
	switch {
	case err != nil:
		return "", err
	case len(b) > maxShared:
		return "", fmt.Errorf("%s has more than %d bytes", file, maxShared)
	case strings.TrimSpace(string(b)) == "":
		return "", fmt.Errorf("%s is empty", file)
	}
	return string(b), nil
}
