package servertest

import (
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
)

// Connect returns a client of a server of its own that serves svc, with all flags
// at their defaults. Both end with the test. o may be nil.
func Connect(t testing.TB, name string, svc server.Service, o *mcp.ClientOptions) *mcp.ClientSession {
	t.Helper()
	return ConnectAs(t, name, svc, server.Config{}, o)
}

// ConnectAs is Connect with what an operator has chosen for the server.
func ConnectAs(t testing.TB, name string, svc server.Service, choice server.Config, o *mcp.ClientOptions) *mcp.ClientSession {
	t.Helper()
	srv, err := server.New(name, svc, choice, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	return Client(t, srv, o, nil)
}

// Client returns a client of srv that shares its memory and ends with the test.
// o and so may be nil.
func Client(t testing.TB, srv *server.Server, o *mcp.ClientOptions, so *mcp.ClientSessionOptions) *mcp.ClientSession {
	t.Helper()
	here, there := mcp.NewInMemoryTransports()
	if _, err := srv.Connect(t.Context(), there); err != nil {
		t.Fatal(err)
	}
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, o).Connect(t.Context(), here, so)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := session.Close(); err != nil {
			t.Error(err)
		}
	})
	return session
}
