package oauth

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"
)

// maxRows bounds what is kept without a database.
const maxRows = 10_000

// slack is how much longer than asked a mark is kept, for clocks that differ.
const slack = time.Hour

// local is a Store for one process.
type local struct {
	mu    sync.Mutex
	rows  map[string]string   // sealed, by provider/principal
	used  map[string]mark     // by id
	held  map[string]*turn    // whose row is being updated
	write func(content) error // makes it last; nil: it does not
	check func() error
	close func() error
	now   func() time.Time
}

// content is all that a store keeps.
type content struct {
	Rows map[string]string `json:"tokens"`
	Used map[string]mark   `json:"used"`
}

// mark is of a state that was used.
type mark struct {
	Key   string    `json:"key"`
	Until time.Time `json:"until"`
}

// turn lets one at a time update a row.
type turn struct {
	free    chan struct{}
	waiting int
}

// Memory returns a Store that forgets everything when the process ends.
func Memory() Store { return newLocal(content{}) }

func newLocal(c content) *local {
	if c.Rows == nil {
		c.Rows = make(map[string]string)
	}
	if c.Used == nil {
		c.Used = make(map[string]mark)
	}
	nothing := func() error { return nil }
	return &local{rows: c.Rows, used: c.Used, held: make(map[string]*turn), check: nothing, close: nothing, now: time.Now}
}

func (k Key) row() string { return k.Provider + "/" + k.Principal }

// Load implements [Store].
func (l *local) Load(_ context.Context, k Key) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rows[k.row()], nil
}

// Update implements [Store].
func (l *local) Update(ctx context.Context, k Key, fn func(context.Context, string) (string, error)) error {
	row := k.row()
	if err := l.hold(ctx, row); err != nil {
		return err
	}
	defer l.release(row)
	before, _ := l.Load(ctx, k)
	after, err := fn(ctx, before)
	if err != nil || after == before {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if before == "" && len(l.rows) >= maxRows {
		return errors.New("the store is full: keep tokens in PostgreSQL")
	}
	set(l.rows, row, after)
	if err := l.save(); err != nil {
		set(l.rows, row, before)
		return err
	}
	return nil
}

func set(rows map[string]string, row, sealed string) {
	if sealed == "" {
		delete(rows, row)
	} else {
		rows[row] = sealed
	}
}

func (l *local) save() error {
	if l.write == nil {
		return nil
	}
	return l.write(content{l.rows, l.used})
}

// hold waits until nobody else updates a row.
func (l *local) hold(ctx context.Context, row string) error {
	l.mu.Lock()
	t := l.held[row]
	if t == nil {
		t = &turn{free: make(chan struct{}, 1)}
		l.held[row] = t
	}
	t.waiting++
	l.mu.Unlock()
	select {
	case t.free <- struct{}{}:
		return nil
	case <-ctx.Done():
		l.leave(row, t)
		return ctx.Err()
	}
}

func (l *local) release(row string) {
	l.mu.Lock()
	t := l.held[row]
	l.mu.Unlock()
	<-t.free
	l.leave(row, t)
}

func (l *local) leave(row string, t *turn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.waiting--; t.waiting == 0 {
		delete(l.held, row)
	}
}

// Use implements [Store].
func (l *local) Use(_ context.Context, k Key, id string, until time.Time, max int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	maps.DeleteFunc(l.used, func(_ string, m mark) bool { return m.Until.Add(slack).Before(now) })
	if _, has := l.used[id]; has {
		return ErrUsed
	}
	row, n := k.row(), 0
	for _, m := range l.used {
		if m.Key == row && m.Until.After(now) {
			n++
		}
	}
	if n >= max || len(l.used) >= maxRows {
		return ErrTooMany
	}
	l.used[id] = mark{Key: row, Until: until.UTC()}
	if err := l.save(); err != nil {
		delete(l.used, id)
		return err
	}
	return nil
}

// Check implements [Store].
func (l *local) Check(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.check()
}

// Close implements [Store].
func (l *local) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.close()
}
