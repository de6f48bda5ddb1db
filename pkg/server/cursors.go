package server

import (
	"encoding/json"

	"github.com/mcpfleet/mcpfleet/pkg/seal"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// Cursors make the places where lists go on into text that clients carry, and
// can neither read nor change. It is safe for concurrent use.
type Cursors struct {
	keys    *seal.Keys
	purpose string
}

// NewCursors returns cursors that are good at the service of this name, with
// these keys. A service takes those of [Registry.Cursors].
func NewCursors(service string, keys *seal.Keys) Cursors { return Cursors{keys, service + " cursor"} }

// Cursors returns the cursors of this service, which are good at all replicas if
// --signing-key-file is set. They may be used while the process runs.
func (r *Registry) Cursors() Cursors { return NewCursors(r.name, r.keys) }

// Seal returns a cursor that holds place and works for the same question alone:
// bound is the name of the list and what was asked.
func (c Cursors) Seal(place any, bound ...string) (string, error) {
	b, err := json.Marshal(place)
	if err != nil {
		return "", err
	}
	return c.keys.Seal(c.purpose, b, bound...), nil
}

// Open puts what Seal has sealed into place. It leaves place alone for "". The
// error is a *toolerr.Error.
func (c Cursors) Open(cursor string, place any, bound ...string) error {
	if cursor == "" {
		return nil
	}
	b, err := c.keys.Open(c.purpose, cursor, bound...)
	if err == nil {
		err = json.Unmarshal(b, place)
	}
	if err != nil {
		return toolerr.Invalid("cursor", "cursor: it is not one of this list; begin again without a cursor, or send the other arguments unchanged")
	}
	return nil
}
