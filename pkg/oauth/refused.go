package oauth

import (
	"context"
	"time"
)

// Invalid drops a token that the upstream has refused, so that its principal signs
// in again; of a refused Companion only that is dropped. A token that has been
// replaced meanwhile stays.
func (f *Flow) Invalid(ctx context.Context, principal string, refused Token) error {
	return f.refused(ctx, principal, refused.Access, false)
}

// Ended is Invalid for a token that the upstream refused since its time is over,
// whatever was said of that when it was given out: the next Token renews it. It is
// dropped if it cannot be renewed.
func (f *Flow) Ended(ctx context.Context, principal string, refused Token) error {
	// What a renewal has given and the store has not taken must not be lost to the
	// change below.
	if err := f.saveLate(ctx, keyOf(f.p.Name, principal), principal); err != nil {
		return err
	}
	return f.refused(ctx, principal, refused.Access, true)
}

// refused drops a token, or has it renewed if that may help and can be done.
func (f *Flow) refused(ctx context.Context, principal, access string, renew bool) error {
	var outcome string
	err := f.store.Update(ctx, keyOf(f.p.Name, principal), func(ctx context.Context, sealed string) (string, error) {
		outcome = ""
		t, ok := f.openToken(ctx, principal, sealed)
		if !ok {
			return sealed, nil
		}
		p := first
		switch {
		case t.Access == access:
		case t.Companion != nil && t.Companion.Access == access:
			p = companion
		default:
			return sealed, nil
		}
		switch one := p.of(&t); {
		case renew && one.Refresh != "":
			outcome = "is renewed"
			one.Expires = time.Unix(1, 0) // by every replica's clock
		case p == companion:
			outcome = "goes on without the companion"
			t.Companion = nil
		default:
			outcome = "signs in again"
			return "", nil
		}
		return f.sealToken(principal, t), nil
	})
	if err != nil {
		return storeError(err)
	}
	switch outcome {
	case "":
		return nil
	case "is renewed":
		// Whoever asks from now on does not want what others wait for. A renewal that
		// failed a moment ago is still not tried again.
		f.flight.Forget(principal)
	default:
		f.forget(principal)
	}
	f.log.InfoContext(ctx, "the upstream refused a token", "principal", principal, "outcome", outcome)
	return nil
}
