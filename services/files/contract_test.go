package files_test

import (
	"testing"

	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/files"
)

func TestContract(t *testing.T) {
	cfg := files.Config{Roots: []string{"sample=" + sample(t)}}
	servertest.Run(t, "files", files.Open, cfg, servertest.Budget(12<<10))
}
