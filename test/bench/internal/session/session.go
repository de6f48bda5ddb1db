// Package session is a server that was started over stdio, as a host starts it:
// one session, calls with any number of them in flight, answers line by line.
//
// Start at [Start].
package session

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/child"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/toolcall"
)

const (
	// legacy is the revision that all servers speak over stdio.
	legacy    = "2025-11-25"
	maxAnswer = 16 << 20
)

// A Client is a server that was started over stdio. Whoever starts it stops it.
type Client struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	lines  *bufio.Reader
	log    string
	cancel context.CancelFunc
	next   int // the id of the next request
}

// Start runs a server and opens a session. What it prints goes to a file in dir.
func Start(ctx context.Context, name, dir string, env []string, argv ...string) (*Client, error) {
	log, err := os.Create(filepath.Join(dir, name+".stdio.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	ctx, cancel := context.WithCancel(ctx)
	c := &Client{cmd: child.Command(ctx, env, argv...), log: log.Name(), cancel: cancel, next: 2}
	c.cmd.Stderr = log
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		cancel()
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		cancel()
		return nil, err
	}
	c.lines = bufio.NewReaderSize(out, 1<<16)
	if err := c.cmd.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	_, err = io.WriteString(c.in, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"`+legacy+
		`","capabilities":{},"clientInfo":`+toolcall.ClientInfo+"}}\n"+`{"jsonrpc":"2.0","method":"notifications/initialized"}`+"\n")
	if err == nil {
		_, err = c.Answer()
	}
	if err != nil {
		c.Stop()
		return nil, child.Explain(name, c.log, err)
	}
	return c, nil
}

// Stop ends the server as a host does, by the end of its input.
func (c *Client) Stop() {
	_ = c.in.Close()
	ended := time.AfterFunc(child.StopTimeout, c.cancel)
	_ = c.cmd.Wait() // one that stays gets a signal
	ended.Stop()
	c.cancel()
}

// PID is the process id of the server.
func (c *Client) PID() int { return c.cmd.Process.Pid }

// Send sends a call without waiting for its answer.
func (c *Client) Send(tool string, arguments []byte) error {
	b := append([]byte(`{"jsonrpc":"2.0","id":`), strconv.Itoa(c.next)...)
	c.next++
	b = append(b, `,"method":"tools/call","params":{`...)
	b = append(b, toolcall.Params(tool, string(arguments))...)
	_, err := c.in.Write(append(b, "}}\n"...))
	return err
}

// Answer returns the next line that is no notification.
func (c *Client) Answer() ([]byte, error) {
	for {
		line, err := c.lines.ReadBytes('\n')
		if err != nil {
			return nil, err
		}
		if len(line) > maxAnswer {
			return nil, errors.New("the answer is too long")
		}
		if !bytes.Contains(line[:min(len(line), 200)], []byte(`"method"`)) {
			return line, nil
		}
	}
}

// Text returns the text of the first block of a result, and that of the second.
func Text(line []byte) (first, second string, err error) {
	var a struct {
		Result struct {
			IsError bool `json:"isError"`
			Content []struct {
				Text string `json:"text"`
			} `json:"content"`
		} `json:"result"`
	}
	if err := json.Unmarshal(line, &a); err != nil {
		return "", "", err
	}
	if a.Result.IsError || len(a.Result.Content) == 0 {
		return "", "", fmt.Errorf("the answer is %.500s", line)
	}
	if len(a.Result.Content) > 1 {
		second = a.Result.Content[1].Text
	}
	return a.Result.Content[0].Text, second, nil
}

// Counted is how many calls were answered in which time.
type Counted struct {
	Calls int
	Took  time.Duration
}

// Rate is in calls per second.
func (c Counted) Rate() float64 { return float64(c.Calls) / c.Took.Seconds() }

// Burst keeps so many calls in flight until it has made that many and lasted
// that long. arguments makes those of each call, and check sees each answer, with
// its number from 0; its first error ends the burst.
func (c *Client) Burst(tool string, arguments func(n int) []byte, inFlight, calls int, lasting time.Duration, check func(n int, line []byte) error) (Counted, error) {
	begin := time.Now()
	sent, answered := 0, 0
	for sent < inFlight {
		if err := c.Send(tool, arguments(sent)); err != nil {
			return Counted{}, err
		}
		sent++
	}
	for answered < sent {
		line, err := c.Answer()
		if err == nil {
			err = check(answered, line)
		}
		if err != nil {
			return Counted{}, err
		}
		answered++
		if sent < calls || time.Since(begin) < lasting {
			if err := c.Send(tool, arguments(sent)); err != nil {
				return Counted{}, err
			}
			sent++
		}
	}
	return Counted{answered, time.Since(begin)}, nil
}
