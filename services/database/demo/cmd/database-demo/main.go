// Command database-demo runs mcp-database on a small shop in a private
// PostgreSQL server, which it finds on this machine or fetches. Alone it is an MCP
// server on stdio; arguments behind -- are those of mcp-database:
//
//	database-demo -- --http 127.0.0.1:8102
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/mcpfleet/mcpfleet/services/database/demo"
)

type grammar struct {
	Dir      string   `env:"DATABASE_DEMO_DIR" placeholder:"DIR" help:"Where the cluster is kept. By default a directory below the user's cache."`
	Postgres string   `env:"DATABASE_DEMO_POSTGRES" placeholder:"DIR" help:"The directory of PostgreSQL's programs. By default they are looked for, and fetched if there are none."`
	Registry string   `env:"NPM_CONFIG_REGISTRY,npm_config_registry" placeholder:"URL" help:"The npm registry that they are fetched from."`
	Server   string   `env:"DATABASE_DEMO_SERVER" placeholder:"FILE" help:"The program mcp-database. By default the one beside this, else in the PATH."`
	Args     []string `arg:"" optional:"" help:"Arguments of mcp-database, behind --."`
}

func main() {
	var g grammar
	kong.Parse(&g,
		kong.Name("database-demo"),
		kong.Description("mcp-database on a small shop, in a PostgreSQL server of its own."),
	)
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	status, err := demo.Run(ctx, demo.Options{
		Dir: g.Dir, Postgres: g.Postgres, Registry: g.Registry, Server: g.Server, Args: g.Args, Environ: os.Environ(),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Signals: signals,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "database-demo:", err)
	}
	os.Exit(status)
}
