package child

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPlainEnvironment(t *testing.T) {
	got := plainEnvironment([]string{"PATH=/bin", "GOGC=50", "GOMEMLIMIT=1GiB", "NODE_OPTIONS=--jitless", "MCP_AUTH=none", "HOME=/root"})
	if want := []string{"PATH=/bin", "HOME=/root"}; !slices.Equal(got, want) {
		t.Errorf("environment %v, want %v", got, want)
	}
}

func TestTailIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte(strings.Repeat("x", 5000)+"end\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := tail(path, 10); got != "xxxxxxend" {
		t.Errorf("tail = %q", got)
	}
}

func TestServeTellsWhyAServerEnded(t *testing.T) {
	addr, err := FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	ready := func(ctx context.Context) error {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
		if err == nil {
			conn.Close()
		}
		return err
	}
	_, err = Serve(t.Context(), "broken", t.TempDir(), nil, []string{"sh", "-c", "echo no such root >&2; exit 3"}, ready)
	if err == nil || !strings.Contains(err.Error(), "ended before") || !strings.Contains(err.Error(), "no such root") {
		t.Errorf("error = %v, want the end and what was printed", err)
	}
}

func TestServeStopsAServerThatIsNotReady(t *testing.T) {
	wrong := errors.New("a wrong answer")
	_, err := Serve(t.Context(), "wrong", t.TempDir(), nil, []string{"sh", "-c", "exec sleep 60"},
		func(context.Context) error { return wrong })
	if !errors.Is(err, wrong) {
		t.Errorf("error = %v, want %v", err, wrong)
	}
}
