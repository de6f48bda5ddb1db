package joblog

import (
	"errors"
	"io"
	"strings"
)

// Last reads a log to its end and returns its last n bytes as they are, from the
// beginning of a line on, and whether there were more. What is no UTF-8 is
// replaced.
func Last(r io.Reader, n int) (text string, cut bool, err error) {
	buf := make([]byte, 0, 2*n)
	for {
		if len(buf) == cap(buf) {
			buf = append(buf[:0], buf[len(buf)-n:]...)
			cut = true
		}
		m, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+m]
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", false, err
		}
	}
	if len(buf) > n {
		buf, cut = buf[len(buf)-n:], true
	}
	text = string(buf)
	if cut {
		_, text, _ = strings.Cut(text, "\n")
	}
	return strings.ToValidUTF8(text, "\uFFFD"), cut, nil
}
