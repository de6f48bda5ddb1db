package github

import "github.com/mcpfleet/mcpfleet/pkg/view/diff"

// diffView shows the patches of a pull request.
var diffView = diff.View("ui://github/diff")
