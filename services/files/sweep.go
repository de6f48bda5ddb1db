package files

import (
	"context"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// sweep removes, beside everything else, what killed processes left in the roots
// and what is old in their trash. The function that it returns ends that.
func (s *Service) sweep() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		var tops []tree.Path
		for _, r := range s.tree.Roots() {
			tops = append(tops, r.Top())
		}
		switch n, err := s.change.Sweep(ctx, tops...); {
		case ctx.Err() != nil:
		case err != nil:
			s.log.Warn("leftovers of changes could not be removed", "removed", n, "err", err)
		case n > 0:
			s.log.Info("leftovers of changes were removed", "removed", n)
		}
	}()
	return func() { cancel(); <-done }
}
