package files

import "github.com/mcpfleet/mcpfleet/pkg/view/diff"

// diffView shows what edit_file and apply_patch change.
var diffView = diff.View("ui://files/diff")
