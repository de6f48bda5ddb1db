package database

import (
	"encoding/json"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// cursorPurpose seals the place where a list goes on.
const cursorPurpose = "database cursor"

// seal returns a cursor that holds place, and works for the same question alone:
// bound is the name of the list and what was asked.
func (s *Service) seal(place any, bound ...string) (string, error) {
	b, err := json.Marshal(place)
	if err != nil {
		return "", err
	}
	return s.keys.Seal(cursorPurpose, b, bound...), nil
}

// open puts what seal has sealed into place. It leaves place alone for "".
func (s *Service) open(cursor string, place any, bound ...string) error {
	if cursor == "" {
		return nil
	}
	b, err := s.keys.Open(cursorPurpose, cursor, bound...)
	if err == nil {
		err = json.Unmarshal(b, place)
	}
	if err != nil {
		return toolerr.Invalid("cursor", "cursor: it is not one of this list; begin again without a cursor, or send the other arguments unchanged")
	}
	return nil
}
