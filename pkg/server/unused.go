package server

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// unusedGrace is how long a connection may take to bring its first request once
// the server shuts down.
const unusedGrace = 500 * time.Millisecond

// closeUnused makes a shutdown of srv not wait for connections on which nothing
// was ever sent, as net/http does for five seconds: proxies open some in
// advance.
func closeUnused(srv *http.Server) {
	var mu sync.Mutex
	unused := make(map[net.Conn]struct{})
	srv.ConnState = func(c net.Conn, state http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		if state == http.StateNew {
			unused[c] = struct{}{}
		} else {
			delete(unused, c)
		}
	}
	srv.RegisterOnShutdown(func() {
		time.AfterFunc(unusedGrace, func() {
			mu.Lock()
			defer mu.Unlock()
			for c := range unused {
				c.Close()
			}
		})
	})
}
