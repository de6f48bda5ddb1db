package upstream

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"
)

// memory is a body that was read whole.
type memory struct {
	*bytes.Reader
	all []byte
	// free gives back the room of a long one, however often it is called.
	free func()
}

func newMemory(b []byte) *memory { return &memory{bytes.NewReader(b), b, func() {}} }

// Close implements [io.Closer].
func (m *memory) Close() error {
	m.free()
	return nil
}

// whole says whether the body of resp is in memory.
func whole(resp *http.Response) bool {
	_, ok := resp.Body.(*memory)
	return ok
}

// isWhole says whether the body of resp is to be: JSON, and what is said of a
// failure. Raw files have types such as application/vnd.github.raw+json, and what
// is elsewhere is a file whatever its type.
func isWhole(resp *http.Response, inside bool) bool {
	if resp.StatusCode >= 300 || resp.ContentLength == 0 || resp.Request != nil && resp.Request.Method == http.MethodHead {
		return true
	}
	t, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || !inside || strings.Contains(t, ".raw") {
		return false
	}
	return t == "application/json" || strings.HasSuffix(t, "+json")
}

// read brings the body of resp into memory.
func (c *Client) read(ctx context.Context, resp *http.Response) error {
	defer resp.Body.Close()
	limit := c.cfg.MaxBody
	if resp.Request != nil && resp.Request.Method == http.MethodHead {
		resp.Body = newMemory(nil)
		return nil
	}
	if resp.ContentLength > limit {
		return &TooLargeError{c.cfg.Name, limit}
	}
	var buf bytes.Buffer
	body, room := io.LimitReader(resp.Body, limit+1), &taken{}
	for _, s := range c.shelves {
		if resp.ContentLength <= s.above {
			if resp.ContentLength >= 0 {
				break
			}
			// How long it is shows when there is more than that.
			if _, err := io.CopyN(&buf, body, s.above+1-int64(buf.Len())); err == io.EOF {
				break
			} else if err != nil {
				room.free()
				return c.brokenOff(ctx, err)
			}
		}
		if err := room.take(ctx, s); err != nil {
			room.free()
			return c.passed(ctx, err)
		}
	}
	if n := resp.ContentLength; n > 0 {
		buf.Grow(int(n) + bytes.MinRead)
	}
	_, err := buf.ReadFrom(body)
	n := int64(buf.Len())
	if err == nil && n > limit {
		err = &TooLargeError{c.cfg.Name, limit}
	}
	if err != nil {
		room.free()
		return c.brokenOff(ctx, err)
	}
	resp.Body = &memory{bytes.NewReader(buf.Bytes()), buf.Bytes(), room.free}
	resp.ContentLength = n
	return nil
}

// brokenOff is failed for an answer that has begun.
func (c *Client) brokenOff(ctx context.Context, err error) error {
	err = c.failed(ctx, err)
	if e, ok := err.(*NetworkError); ok && e.Failure != Slow {
		e.Failure = Truncated
	}
	return err
}

// stream is a body that its reader reads from the network.
type stream struct {
	c    *Client
	ctx  context.Context
	body io.ReadCloser
	left int64
	time *timer // of the request; nil until its reader has it

	once  sync.Once
	close []func()
}

// timed gives the rest of the answer its own time, and ends what is left of the
// request's when the body is closed.
func (s *stream) timed(t *timer) {
	t.end = time.Now().Add(s.c.cfg.StreamTimeout)
	t.within(s.c.cfg.StreamTimeout)
	s.time = t
	s.onClose(t.stop)
}

// onClose has f called when the body is closed. It is not for concurrent use.
func (s *stream) onClose(f func()) { s.close = append(s.close, f) }

// Read implements [io.Reader].
func (s *stream) Read(p []byte) (int, error) {
	if int64(len(p)) > s.left+1 {
		p = p[:s.left+1]
	}
	if s.time != nil {
		s.time.within(s.c.cfg.StreamIdle)
	}
	n, err := s.body.Read(p)
	if s.time != nil {
		s.time.within(s.c.cfg.StreamTimeout)
	}
	if int64(n) > s.left {
		n, s.left = int(s.left), 0
		return n, &TooLargeError{s.c.cfg.Name, s.c.cfg.MaxStream}
	}
	s.left -= int64(n)
	if err != nil && err != io.EOF {
		err = s.c.brokenOff(s.ctx, err)
	}
	return n, err
}

// Close implements [io.Closer].
func (s *stream) Close() error {
	err := s.body.Close()
	s.once.Do(func() {
		for _, f := range s.close {
			f()
		}
	})
	return err
}
