package database

import (
	_ "embed"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/view"
)

var (
	//go:embed views/rows.js
	rowsScript string
	//go:embed views/chart.js
	chartScript string
	//go:embed views/draw.js
	drawScript string
	//go:embed views/page.js
	pageScript string
	//go:embed views/page.css
	pageStyle string
)

// rowsView shows the rows of execute_query.
var rowsView = &server.View{
	URI:         "ui://database/rows",
	Title:       "Rows",
	Description: "The rows of a query as a table that sorts, and as a chart.",
	HTML:        view.Page{Title: "Rows", Style: pageStyle, Body: `<h1 class="told">Rows of the query</h1>`, Script: rowsScript + chartScript + drawScript + pageScript}.HTML(),
}
