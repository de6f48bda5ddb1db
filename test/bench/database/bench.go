package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/child"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
)

const (
	serviceDir = "../../services/database"
	shopDir    = serviceDir + "/internal/shop"
	reader     = "mcp_reader"
)

// A bench is one run.
type bench struct {
	options
	dir      string // for binaries, data and logs; its owner removes it
	progress io.Writer

	binary string
	port   int // of PostgreSQL on 127.0.0.1
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.progress, "database: "+format+"\n", args...)
}

func (b *bench) measure(ctx context.Context) (*results, error) {
	machine, err := host.Describe(ctx)
	if err != nil {
		return nil, err
	}
	r := &results{Machine: machine, Rounds: b.rounds}
	if b.ours != "" {
		b.binary, err = filepath.Abs(b.ours)
	} else {
		b.say("building mcp-database")
		b.binary = filepath.Join(b.dir, "mcp-database")
		err = child.Build(ctx, serviceDir, b.binary, "./cmd/mcp-database")
	}
	if err != nil {
		return nil, err
	}
	postgres, err := b.postgres(ctx)
	if err != nil {
		return nil, err
	}
	defer postgres.Stop()
	if r.Postgres, err = b.version(ctx, postgres); err != nil {
		return nil, err
	}

	var list []server
	if b.measures(partHTTP) || b.measures(partStdio) {
		if list, err = b.servers(ctx); err != nil {
			return nil, err
		}
	}
	if b.measures(partHTTP) {
		if r.HTTP, err = b.http(ctx, list); err != nil {
			return nil, err
		}
	}
	if b.measures(partStdio) {
		if r.Stdio, err = b.stdio(ctx, list); err != nil {
			return nil, err
		}
	}
	if b.measures(partPipeline) {
		if r.Pipeline, err = b.pipeline(ctx); err != nil {
			return nil, err
		}
	}
	if b.measures(partNotify) {
		r.Notify, err = b.notify(ctx, postgres)
	}
	return r, err
}

// postgres starts a server with the shop in it, on a port because not every peer
// takes a socket.
func (b *bench) postgres(ctx context.Context) (*localpg.Server, error) {
	addr, err := child.FreeAddress()
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if b.port, err = strconv.Atoi(port); err != nil {
		return nil, err
	}
	b.say("starting PostgreSQL")
	// The server is another user's when this is root's, whose folders it cannot enter.
	if err := os.Chmod(b.dir, 0o755); err != nil {
		return nil, err
	}
	s, err := localpg.Start(ctx, localpg.Options{Dir: filepath.Join(b.dir, "pg"), Port: b.port})
	if err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, s.URL("postgres", "postgres"))
	if err != nil {
		s.Stop()
		return nil, err
	}
	defer conn.Close(ctx)
	for _, name := range []string{"schema.sql", "reader.sql"} {
		script, err := os.ReadFile(filepath.Join(shopDir, name))
		if err == nil {
			_, err = conn.Exec(ctx, string(script))
		}
		if err != nil {
			s.Stop()
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return s, nil
}

func (b *bench) version(ctx context.Context, s *localpg.Server) (string, error) {
	conn, err := pgx.Connect(ctx, s.URL("postgres", "postgres"))
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	return conn.PgConn().ParameterStatus("server_version"), nil
}

// url is where the shop is, for the role that may only read.
func (b *bench) url() string {
	return fmt.Sprintf("postgresql://%s:none@127.0.0.1:%d/postgres?sslmode=disable", reader, b.port)
}
