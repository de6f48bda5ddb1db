package calculator

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
)

const costly = "10^200000 // 3^400000 + 7^200000 mod 11^190000"

func TestLaneHoldsBackCostlyCalculationsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Service{cfg: Config{Precision: 34}, lane: make(lane, 1)}
		evaluate := func(ctx context.Context, src string) error {
			ev, err := s.evaluator(ctx, eval.Options{})
			if err != nil {
				return err
			}
			_, err = ev.Evaluate(src)
			return err
		}
		s.lane <- struct{}{} // somebody else is at it
		if err := evaluate(t.Context(), "2 + 3*4"); err != nil {
			t.Errorf("a cheap calculation: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- evaluate(ctx, costly) }()
		synctest.Wait()
		select {
		case err := <-done:
			t.Fatalf("a costly calculation did not wait: %v", err)
		default:
		}
		cancel()
		var e *eval.Error
		if err := <-done; !errors.As(err, &e) || e.Reason != eval.Cancelled {
			t.Errorf("a costly calculation that was cancelled while it waited: %v", err)
		}
		<-s.lane
		ctx, cancel = context.WithCancel(t.Context())
		if err := evaluate(ctx, costly); err != nil || len(s.lane) != 1 {
			t.Errorf("a costly calculation with a free lane: %v, %d places taken", err, len(s.lane))
		}
		cancel()
		s.lane <- struct{}{} // the place is given back
	})
}
