package server

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/lines"
)

// ServeStdio speaks MCP over in and out until in ends or ctx does. Calls in
// flight then have the drain time to finish, and their answers are written
// before it returns. A line that is not a message is answered, and the session
// goes on.
func (s *Server) ServeStdio(ctx context.Context, in io.Reader, out io.Writer) error {
	if s.messages != nil {
		in, out = s.messages.Pipe(in, out)
	}
	d := newDirect(s)
	var connected atomic.Pointer[mcp.ServerSession]
	f := lines.New(in, out, lines.Options{
		MaxLine: int(s.cfg.MaxBody), Drain: s.cfg.Drain, Log: s.log,
		Answer: func(line []byte) lines.Call { return d.line(connected.Load(), line) },
	})
	defer f.Close()
	session, err := s.Connect(context.WithoutCancel(ctx), &mcp.IOTransport{Reader: f.Reader(), Writer: f.Writer()})
	if err != nil {
		return err
	}
	connected.Store(session)
	done := make(chan error, 1)
	go func() {
		err := session.Wait()
		f.Wait()
		done <- err
	}()

	select {
	case err = <-done:
	case <-ctx.Done():
		s.draining.Store(true)
		s.drain.end()
		f.Stop()
		select {
		case err = <-done:
		case <-time.After(s.cfg.Drain + abortGrace):
			// A handler that does not heed its context ends with the process.
			err = errors.New("calls were still running at the end of the drain")
		}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) {
		return nil
	}
	return err
}
