module github.com/mcpfleet/mcpfleet/pkg

go 1.26.5
