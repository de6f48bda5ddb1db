module github.com/mcpfleet/mcpfleet/test

go 1.26.5

require github.com/mcpfleet/mcpfleet/pkg v0.0.0

replace github.com/mcpfleet/mcpfleet/pkg => ../pkg
