//go:build e2e && linux

package gate_test

import (
	"testing"

	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }
