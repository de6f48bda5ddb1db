module github.com/mcpfleet/mcpfleet/services/database/demo

go 1.26.5

replace github.com/mcpfleet/mcpfleet/pkg => ../../../pkg

replace github.com/mcpfleet/mcpfleet/services/database => ..

require (
	github.com/alecthomas/kong v1.17.0
	github.com/jackc/pgx/v5 v5.12.0
	github.com/mcpfleet/mcpfleet/pkg v0.0.0
	github.com/mcpfleet/mcpfleet/services/database v0.0.0
	golang.org/x/term v0.47.0
)

require (
	github.com/google/go-cmp v0.7.0
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)
