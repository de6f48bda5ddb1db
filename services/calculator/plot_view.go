package calculator

import (
	_ "embed"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/view"
)

var (
	//go:embed views/plot.html
	plotBody string
	//go:embed views/plot.css
	plotStyle string
	//go:embed views/plot.js
	plotScript string
)

// plotView draws what plot_function returns, with a cursor to read values from.
var plotView = &server.View{
	URI:         "ui://calculator/plot",
	Title:       "Plot",
	Description: "Functions and data as curves, with a cursor, zeros, extremes and a table.",
	HTML:        view.Page{Title: "Plot", Style: plotStyle, Body: plotBody, Script: plotScript}.HTML(),
}
