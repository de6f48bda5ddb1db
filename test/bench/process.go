package main

import (
	"context"
	"net/http"
	"slices"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/child"
)

// A process is a started server. Whoever starts it calls stop.
type process struct {
	contestant
	*child.Server
	call   *call
	client *http.Client
	size   int // bytes of its answer
}

// serve starts c over HTTP and returns when it has given its first right
// answer. What it prints goes to a file in dir.
func serve(ctx context.Context, c contestant, dir string, size int) (*process, error) {
	addr, err := child.FreeAddress()
	if err != nil {
		return nil, err
	}
	admin, err := child.FreeAddress()
	if err != nil {
		return nil, err
	}
	p := &process{contestant: c, call: newCall("http://"+addr+"/mcp", c.protocol, c.token), client: newClient()}
	argv := slices.Concat(c.argv, c.http(ports{addr: addr, admin: admin, size: size}))
	p.Server, err = child.Serve(ctx, c.name, dir, c.env, argv, func(ctx context.Context) error {
		var err error
		p.size, err = p.call.do(ctx, p.client)
		return err
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// stop ends the process and waits for it.
func (p *process) stop() {
	p.client.CloseIdleConnections()
	p.Stop()
}
