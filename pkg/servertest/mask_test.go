package servertest

import "testing"

func TestMask(t *testing.T) {
	s := new(suite)
	Mask("elapsed_ms", "version")(s)
	got := s.mask(`{"elapsed_ms": 1.25e-3,"version":"15 \"x\"", "correlation_id": "abc", "rows": 3}`)
	want := `{"elapsed_ms": "…","version":"…", "correlation_id": "…", "rows": 3}`
	if got != want {
		t.Errorf("masked: %s", got)
	}
}
