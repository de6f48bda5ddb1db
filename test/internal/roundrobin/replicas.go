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

// Flags returns the address of a replica on a free port of this machine, and the
// flags that make a service one.
func Flags(keys string) (addr string, flags []string, err error) {
	for range 100 {
		var l net.Listener
		addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(firstPort+mathrand.IntN(ports)))
		if l, err = net.Listen("tcp", addr); err == nil {
			return addr, []string{"--http", addr, "--replica-addr", addr, "--signing-key-file", keys}, l.Close()
		}
	}
	return "", nil, err
}
