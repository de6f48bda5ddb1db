//go:build e2e && !cgo

package corpus

import "testing"

func TestThereIsACompiler(t *testing.T) {
	t.Fatal("libpg_query is C: run with CGO_ENABLED=1 and a C compiler")
}
