package main

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

// A client is a server that was started over stdio. Whoever starts it stops it.
type client struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	lines  *bufio.Reader
	log    string
	cancel context.CancelFunc
	next   int // the id of the next request
}

// start runs a server and opens a session. What it prints goes to a file in dir.
func start(ctx context.Context, name, dir string, argv ...string) (*client, error) {
	log, err := os.Create(filepath.Join(dir, name+".stdio.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	ctx, cancel := context.WithCancel(ctx)
	c := &client{cmd: child.Command(ctx, nil, argv...), log: log.Name(), cancel: cancel, next: 2}
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
		_, err = c.answer()
	}
	if err != nil {
		c.stop()
		return nil, child.Explain(name, c.log, err)
	}
	return c, nil
}

// stop ends the server as a host does, by the end of its input.
func (c *client) stop() {
	_ = c.in.Close()
	ended := time.AfterFunc(child.StopTimeout, c.cancel)
	_ = c.cmd.Wait() // one that stays gets a signal
	ended.Stop()
	c.cancel()
}

// send sends a call without waiting for its answer.
func (c *client) send(tool string, arguments []byte) error {
	b := append([]byte(`{"jsonrpc":"2.0","id":`), strconv.Itoa(c.next)...)
	c.next++
	b = append(b, `,"method":"tools/call","params":{`...)
	b = append(b, toolcall.Params(tool, string(arguments))...)
	_, err := c.in.Write(append(b, "}}\n"...))
	return err
}

// answer returns the next line that is no notification.
func (c *client) answer() ([]byte, error) {
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

// text returns the text of the first block of a result, and that of the second.
func text(line []byte) (first, second string, err error) {
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
