module github.com/mcpfleet/mcpfleet/services/calculator/corpus

go 1.26.5

require (
	github.com/cockroachdb/apd/v3 v3.2.3
	github.com/mcpfleet/mcpfleet/services/calculator v0.0.0
	github.com/montanaflynn/stats v0.14.0
)

replace github.com/mcpfleet/mcpfleet/pkg => ../../../pkg

replace github.com/mcpfleet/mcpfleet/services/calculator => ..
