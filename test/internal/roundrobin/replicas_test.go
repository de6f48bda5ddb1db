package roundrobin

import (
	"net"
	"strconv"
	"testing"
)

func TestPorts(t *testing.T) {
	seen := make(map[string]bool)
	p := Ports{next: firstPort + ports - 3}
	for range 50 {
		addr, flags, err := p.Flags("keys")
		if err != nil || len(flags) != 6 || flags[1] != addr || seen[addr] {
			t.Fatal(addr, flags, err)
		}
		seen[addr] = true
		_, port, err := net.SplitHostPort(addr)
		n, _ := strconv.Atoi(port)
		if err != nil || n < firstPort || n >= firstPort+ports {
			t.Errorf("%s: %v", addr, err)
		}
		l, err := net.Listen("tcp", addr)
		if err != nil {
			t.Errorf("%s is not free: %v", addr, err)
			continue
		}
		l.Close()
	}
}

func TestPortsThatAreTaken(t *testing.T) {
	var p Ports
	first, _, err := p.Flags("keys")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(first)
	if err != nil {
		t.Fatal(err)
	}
	if p.next, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", first)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if second, _, err := p.Flags("keys"); err != nil || second == first {
		t.Error(second, err)
	}
}
