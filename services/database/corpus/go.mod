module github.com/mcpfleet/mcpfleet/services/database/corpus

go 1.26.5

require (
	github.com/mcpfleet/mcpfleet/services/database v0.0.0
	github.com/pganalyze/pg_query_go/v6 v6.2.5
	google.golang.org/protobuf v1.36.12
)

replace github.com/mcpfleet/mcpfleet/pkg => ../../../pkg

replace github.com/mcpfleet/mcpfleet/services/database => ..
