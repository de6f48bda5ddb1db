package database_test

import (
	"testing"

	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/database"
)

func TestContract(t *testing.T) {
	servertest.Run(t, "database", database.Open, database.Config{}, servertest.Budget(8<<10), servertest.NotReady())
}
