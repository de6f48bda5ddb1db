package database

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/database/internal/catalog"
	"github.com/mcpfleet/mcpfleet/services/database/internal/notify"
	"github.com/mcpfleet/mcpfleet/services/database/internal/param"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
	"github.com/mcpfleet/mcpfleet/services/database/internal/value"
)

// How long it may take to see whether a server answers, and how long what was
// seen is told again.
const (
	probeTime = 2 * time.Second
	probeAge  = 3 * time.Second
)

// atOnce bounds the databases that are asked at the same time.
const atOnce = 16

// database is one of those that are served.
type database struct {
	*postgres.DB
	set     setting
	catalog *catalog.Cache
	changes *notify.Listener

	mu     sync.Mutex // held while the server is asked
	probed time.Time
	seen   probe
}

// probe is what was seen of a server.
type probe struct {
	version string // "" if it never answered
	err     error  // why it does not answer
}

func open(set setting) (*database, error) {
	set.Trace = traced(set.Name)
	db, err := postgres.Open(set.Config)
	if err != nil {
		return nil, err
	}
	return &database{DB: db, set: set, catalog: catalog.New(db),
		changes: notify.New(notify.Config{Connect: db.Listener})}, nil
}

// Close ends all connections, and what is done on them.
func (d *database) Close() {
	d.catalog.Close()
	d.changes.Close()
	d.DB.Close()
}

// values returns the values of the parameters of sql as PostgreSQL reads them.
func (d *database) values(ctx context.Context, sql string, params []json.RawMessage, types value.Types) ([][]byte, error) {
	return param.Bind(params, types, func() ([]uint32, error) {
		described, err := d.Describe(ctx, sql)
		return described.Params, err
	})
}

// errNotConfigured is what every call says until there is a database.
var errNotConfigured = toolerr.New(toolerr.ServiceUnavailable, "no database is configured: start the server with DATABASE_URL in its environment, "+
	"such as postgresql://user@host:5432/name, or with --databases-file")

// database returns the database that callers call name, "" for the default one.
func (s *Service) database(name string) (*database, error) {
	if len(s.databases) == 0 {
		return nil, errNotConfigured
	}
	if name == "" {
		return s.databases[0], nil
	}
	names := make([]string, len(s.databases))
	for i, d := range s.databases {
		if names[i] = d.set.Name; names[i] == name {
			return d, nil
		}
	}
	return nil, toolerr.Invalid("database", "database: there is none called %q; these are served: %s", name, strings.Join(names, ", "))
}

// reach asks the server whether it is there, unless it was asked a moment ago.
func (d *database) reach(ctx context.Context) probe {
	d.mu.Lock()
	defer d.mu.Unlock()
	if time.Since(d.probed) < probeAge {
		return d.seen
	}
	if st := d.Stats(); st.Used >= st.Max && d.seen.version != "" && d.seen.err == nil {
		return d.seen // all connections work: one more question would wait behind them
	}
	asking, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	rows, err := postgres.Column1[string](asking, d, `select current_setting('server_version')`)
	if ctx.Err() != nil {
		return probe{d.seen.version, ctx.Err()} // it says nothing about the server
	}
	if is(err, postgres.Busy) && d.seen.err == nil && d.seen.version != "" {
		return d.seen // nor does this
	}
	if err == nil && len(rows) != 1 {
		err = errors.New("the server does not tell its version")
	}
	if err == nil {
		d.seen.version, _, _ = strings.Cut(rows[0], " ") // without the distribution's addition
	}
	d.seen.err, d.probed = err, time.Now()
	return d.seen
}

// each calls fn for every database, some of them at once, and returns when all
// calls have.
func (s *Service) each(fn func(i int, d *database)) {
	var all sync.WaitGroup
	places := make(chan struct{}, atOnce)
	for i, d := range s.databases {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			fn(i, d)
		})
	}
	all.Wait()
}
