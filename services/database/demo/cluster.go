package demo

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
	"github.com/mcpfleet/mcpfleet/services/database/internal/shop"
)

// statistics is SQL that lets the reader see what queries cost, run in the shop
// as superuser.
//
//go:embed statistics.sql
var statistics string

const (
	superuser = "postgres"
	reader    = "mcp_reader"
	whole     = "shop"
	partial   = "shop_partial"
)

// cluster is the private PostgreSQL server with the shop. Several demos share one
// on a directory: whoever has the lock runs it, and when that ends another one
// does.
type cluster struct {
	dir     string
	options localpg.Options
	say     func(string, ...any)
	url     string // of the shop, for the reader

	lock   *os.File        // nil while another process has it
	server *localpg.Server // nil while it does not run here
}

// open returns the cluster when the shop can be read.
func open(ctx context.Context, o Options, say func(string, ...any)) (c *cluster, err error) {
	if o.Dir == "" {
		if o.Dir, err = localpg.Place("demo", "database"); err != nil {
			return nil, err
		}
	}
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, err
	}
	b, err := programs(ctx, o, say)
	if err != nil {
		return nil, err
	}
	version, err := b.Version(ctx)
	if err != nil {
		return nil, err
	}
	c = &cluster{dir: o.Dir, say: say, options: localpg.Options{
		Binaries: b,
		// Another version cannot read what one has written.
		Dir:      filepath.Join(o.Dir, fmt.Sprintf("pg%d", version)),
		Durable:  true,
		Settings: map[string]string{"shared_buffers": "32MB", "max_connections": "60"},
	}}
	if b.HasLibrary("pg_stat_statements") {
		c.options.Settings["shared_preload_libraries"] = "pg_stat_statements"
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if up, err := c.up(ctx); up || err != nil {
			if err == nil && c.server == nil {
				say("using the PostgreSQL that another demo runs in %s", c.dir)
			}
			if err != nil {
				c.close()
			}
			return c, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("another demo has the directory %s and is not ready: %w", c.dir, ctx.Err())
		}
	}
}

// up reports whether the shop can be read, after it has started the server if
// nobody else has.
func (c *cluster) up(ctx context.Context) (bool, error) {
	if c.lock == nil {
		var err error
		if c.lock, err = tryLock(filepath.Join(c.dir, "lock")); err != nil {
			return false, err
		}
		if c.lock == nil {
			return c.elsewhere(ctx), nil
		}
	}
	server, err := localpg.Start(ctx, c.options)
	if err != nil {
		return false, err
	}
	c.url = server.URL(reader, whole)
	if err := errors.Join(c.load(ctx, server), replace(c.urlFile(), c.url)); err != nil {
		server.Stop()
		return false, fmt.Errorf("making the shop: %w", err)
	}
	c.server = server
	return true, nil
}

// urlFile tells other demos where the shop can be read.
func (c *cluster) urlFile() string { return filepath.Join(c.dir, "url") }

// elsewhere reports whether the shop can be read from the server of another
// process.
func (c *cluster) elsewhere(ctx context.Context) bool {
	url, err := os.ReadFile(c.urlFile())
	if err != nil {
		return false
	}
	conn, err := connect(ctx, string(url))
	if err != nil {
		return false
	}
	_ = conn.Close(ctx) // it has served
	c.url = string(url)
	return true
}

// keep starts the server again should it end, and when the demo ends that runs
// it, until ctx does.
func (c *cluster) keep(ctx context.Context) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	last := ""
	for {
		var ended <-chan struct{}
		if c.server != nil {
			ended = c.server.Done()
		}
		select {
		case <-ctx.Done():
			return
		case <-ended:
			c.say("PostgreSQL has ended, and is started again")
			c.server = nil
		case <-tick.C:
		}
		if c.server != nil {
			continue
		}
		before := c.lock
		if _, err := c.up(ctx); err != nil && err.Error() != last {
			last = err.Error()
			c.say("%v", err)
		} else if before == nil && c.server != nil {
			c.say("the other demo has ended, and this one runs its PostgreSQL")
		}
	}
}

// close ends the server if it runs here.
func (c *cluster) close() {
	if c.lock == nil {
		return
	}
	// Before the server ends: nobody is to connect to what is ending.
	_ = os.Remove(c.urlFile())
	if c.server != nil {
		c.server.Stop()
	}
	c.lock.Close()
	c.lock = nil
}

// load fills the shop unless it is there. It gets its name when it is whole.
func (c *cluster) load(ctx context.Context, server *localpg.Server) error {
	conn, err := connect(ctx, server.URL(superuser, superuser))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var exists bool
	if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", whole).Scan(&exists); err != nil || exists {
		return err
	}
	c.say("making a small shop in %s", c.options.Dir)
	// Each by itself: in one string they would be one transaction.
	for _, sql := range []string{"drop database if exists " + partial, "create database " + partial} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	if err := fill(ctx, server); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "alter database "+partial+" rename to "+whole)
	return err
}

func fill(ctx context.Context, server *localpg.Server) error {
	conn, err := connect(ctx, server.URL(superuser, partial))
	if err != nil {
		return err
	}
	for _, sql := range []string{shop.Schema, shop.Reader, statistics} {
		if _, err = conn.Exec(ctx, sql); err != nil {
			break
		}
	}
	// A database that is in use cannot be renamed.
	return errors.Join(err, conn.Close(ctx))
}

// connect connects as the connection string says, whatever variables the
// environment has for clients.
func connect(ctx context.Context, url string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.RuntimeParams = map[string]string{"application_name": "database-demo"}
	return pgx.ConnectConfig(ctx, config)
}

// replace writes a file that others may be reading.
func replace(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
