package calculator_test

import (
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/calculator"
)

func TestContract(t *testing.T) {
	servertest.Run(t, "calculator", calculator.Open, calculator.Config{}, servertest.Budget(9<<10))
}

func TestOpenRefusesBadConfig(t *testing.T) {
	for _, cfg := range []calculator.Config{{Precision: 1001}, {Precision: -1}, {Timeout: time.Minute}, {Timeout: -1}} {
		if _, err := calculator.Open(t.Context(), cfg, nil); err == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
}
