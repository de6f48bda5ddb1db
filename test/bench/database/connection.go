package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	maxAnswer  = 8 << 20
	answerTime = 30 * time.Second
)

// A connection sends one request again and again and reads the answers. It does
// as little as it can, because it runs on the cores of the server that it
// measures.
type connection struct {
	conn    net.Conn
	in      *bufio.Reader
	request []byte
	at      int // where the number of the call stands in it, -1 for nowhere
	body    []byte
}

func dial(ctx context.Context, addr string, request []byte) (*connection, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &connection{conn: conn, in: bufio.NewReaderSize(conn, 32<<10), request: bytes.Clone(request), at: bytes.Index(request, []byte(mark))}, nil
}

func (c *connection) close() { _ = c.conn.Close() }

// call sends the request with this number and returns the body of the answer,
// valid until the next call: JSON, or a stream with one event.
func (c *connection) call(n int) ([]byte, error) {
	set(c.request, c.at, n)
	if err := c.conn.SetDeadline(time.Now().Add(answerTime)); err != nil {
		return nil, err
	}
	if _, err := c.conn.Write(c.request); err != nil {
		return nil, err
	}
	status, length, err := c.head()
	if err != nil {
		return nil, err
	}
	c.body = c.body[:0]
	if length >= 0 {
		err = c.read(length)
	} else {
		err = c.chunks()
	}
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("status %d: %.500s", status, c.body)
	}
	return bytes.TrimSpace(c.body), err
}

// head reads the status and the headers. The length is -1 for a body in chunks.
func (c *connection) head() (status, length int, err error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, 0, err
	}
	if len(line) < len("HTTP/1.1 200") {
		return 0, 0, fmt.Errorf("the answer begins with %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, 0, err
	}
	length = -1
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil || len(line) <= 2 {
			return status, length, err
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		if strings.EqualFold(string(name), "Content-Length") {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, 0, err
			}
		}
	}
}

// read adds n bytes to the body.
func (c *connection) read(n int) error {
	had := len(c.body)
	if n < 0 || had+n > maxAnswer {
		return errors.New("the answer is too long")
	}
	if cap(c.body) < had+n {
		c.body = append(make([]byte, 0, 2*(had+n)), c.body...)
	}
	c.body = c.body[:had+n]
	_, err := io.ReadFull(c.in, c.body[had:])
	return err
}

// chunks reads a body in chunks.
func (c *connection) chunks() error {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 32)
		if err != nil {
			return err
		}
		if err := c.read(int(n) + 2); err != nil { // and the end of its line
			return err
		}
		c.body = c.body[:len(c.body)-2]
		if n == 0 {
			return nil
		}
	}
}
