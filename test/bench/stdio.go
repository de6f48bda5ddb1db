package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/child"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/toolcall"
)

// stdioOpen is the handshake that today's hosts send.
const stdioOpen = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"` + legacy +
	`","capabilities":{},"clientInfo":` + toolcall.ClientInfo + `}}` + "\n"

// firstAnswer starts c over stdio and returns the time from before the process
// exists to the line with the result of its first tool call.
func firstAnswer(ctx context.Context, c contestant, dir string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, child.StartTimeout)
	defer cancel()
	path := filepath.Join(dir, c.name+".stdio.log")
	logs, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer logs.Close()
	cmd := c.command(ctx)
	cmd.Stderr = logs
	in, err := cmd.StdinPipe()
	if err != nil {
		return 0, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}

	start := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("%s: %w", c.name, err)
	}
	err = converse(in, out)
	took := time.Since(start)

	// The end of its input is how a host ends a server; one that stays gets
	// the signal.
	_ = in.Close()
	ended := time.AfterFunc(child.StopTimeout, cancel)
	_ = cmd.Wait()
	ended.Stop()
	if err != nil {
		return 0, child.Explain(c.name+" over stdio", path, err)
	}
	return took, nil
}

func converse(in io.Writer, out io.Reader) error {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, maxAnswer)
	if _, err := io.WriteString(in, stdioOpen); err != nil {
		return err
	}
	opened, err := nextAnswer(lines)
	if err != nil {
		return err
	}
	var hello struct {
		ID     int `json:"id"`
		Result struct {
			ProtocolVersion string `json:"protocolVersion"`
		} `json:"result"`
	}
	if err := json.Unmarshal(opened, &hello); err != nil || hello.ID != 1 || hello.Result.ProtocolVersion != legacy {
		return fmt.Errorf("initialize was answered with %.500s", opened)
	}
	stdioCall := `{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n" +
		`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{` + toolcall.Params(callTool, callArguments) + `}}` + "\n"
	if _, err := io.WriteString(in, stdioCall); err != nil {
		return err
	}
	answer, err := nextAnswer(lines)
	if err != nil {
		return err
	}
	return checkAnswer(answer, 2, false)
}

// nextAnswer returns the next line that is not a notification.
func nextAnswer(lines *bufio.Scanner) ([]byte, error) {
	for lines.Scan() {
		var head struct {
			Method string `json:"method"`
		}
		if err := json.Unmarshal(lines.Bytes(), &head); err != nil {
			return nil, fmt.Errorf("not a message: %.500q", lines.Bytes())
		}
		if head.Method == "" {
			return lines.Bytes(), nil
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return nil, errors.New("it closed its output without an answer")
}
