package roundrobin

import (
	"crypto/rand"
	"encoding/base64"
	mathrand "math/rand/v2"
	"net"
	"os"
	"strconv"
)

// WriteKeys writes a new signing key for replicas to share.
func WriteKeys(path string) error {
	key := make([]byte, 32)
	rand.Read(key)
	return os.WriteFile(path, []byte("test:"+base64.StdEncoding.EncodeToString(key)+"\n"), 0o600)
}

// The ports of replicas are below those that the system gives to connections
// and to listeners that do not care: between the moment that one is found to be
// free and the moment that a replica listens, nothing else takes it.
const (
	firstPort = 20_000
	ports     = 10_000
)

// Ports gives replicas free ports of this machine, each another one. The zero value
// is ready to use, by one goroutine at a time.
type Ports struct {
	next int // 0 before the first
}

// Flags returns the address of a replica, and the flags that make a service one.
func (p *Ports) Flags(keys string) (addr string, flags []string, err error) {
	if p.next == 0 {
		p.next = firstPort + mathrand.IntN(ports)
	}
	for range 100 {
		addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(p.next))
		// Replicas that end and come back keep theirs: those are taken in turn.
		p.next = firstPort + (p.next+1-firstPort)%ports
		var l net.Listener
		if l, err = net.Listen("tcp", addr); err == nil {
			return addr, []string{"--http", addr, "--replica-addr", addr, "--signing-key-file", keys}, l.Close()
		}
	}
	return "", nil, err
}
