//go:build e2e && linux

package database_test

import (
	"testing"

	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/database"
)

// TestContractOfAShop holds the service with a database to the contract, and
// plays the transcripts in testdata/shop.
func TestContractOfAShop(t *testing.T) {
	servertest.Run(t, "database", database.Open, database.Config{URL: newShop(t), AllowAnalyze: true}, servertest.Budget(8<<10),
		servertest.Sessions("shop"), servertest.Mask("elapsed_ms", "version", "wait_ms", "total", "idle", "used", "acquired", "waited", "opened"))
}
