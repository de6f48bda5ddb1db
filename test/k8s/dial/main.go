// Command dial says from inside a pod which addresses can be reached: one line
// of JSON, from each address to whether something there answered. An address is
// tcp:HOST:PORT, or dns:HOST:PORT for a server that is asked a question.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	// patience is how long one address may take: the policies of a new pod may
	// come a moment after it, and what is dropped is sent again after one second.
	patience = 4 * time.Second
	pause    = 200 * time.Millisecond
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(addresses []string) error {
	reached := make(map[string]bool, len(addresses))
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, a := range addresses {
		kind, addr, ok := strings.Cut(a, ":")
		if !ok || kind != "tcp" && kind != "dns" {
			return fmt.Errorf("%q is neither tcp:HOST:PORT nor dns:HOST:PORT", a)
		}
		all.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			yes := answers(ctx, kind, addr)
			for !yes && ctx.Err() == nil {
				wait(ctx, pause)
				yes = answers(ctx, kind, addr)
			}
			mu.Lock()
			defer mu.Unlock()
			reached[a] = yes
		})
	}
	all.Wait()
	return json.NewEncoder(os.Stdout).Encode(reached)
}

func wait(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-ctx.Done()
}

func answers(ctx context.Context, kind, addr string) bool {
	var d net.Dialer
	if kind == "dns" {
		r := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return d.DialContext(ctx, network, addr)
		}}
		_, err := r.LookupHost(ctx, "kubernetes.default.svc.cluster.local.")
		return err == nil
	}
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return false
	}
	return c.Close() == nil
}
