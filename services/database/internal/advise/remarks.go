package advise

import (
	"fmt"
	"slices"

	"github.com/mcpfleet/mcpfleet/services/database/internal/plan"
)

// maxRemarks bounds what is said of conditions.
const maxRemarks = 5

// Remarks says of which conditions on big tables no index of plain columns
// helps, and which kind of index does. A nil plan is passed over.
func Remarks(plans []*plan.Plan, tables Tables) []string {
	var list []string
	for _, p := range plans {
		if p == nil {
			continue
		}
		for _, u := range uses(p, tables) {
			if u.table.Pages < guessPages || u.node.Filter == "" {
				continue
			}
			name := fmt.Sprintf("%q", u.table.Schema+"."+u.table.Name)
			for _, c := range u.patterns {
				list = append(list, fmt.Sprintf("%s compares %q with a pattern, for which an index of the column does not do: "+
					"for LIKE 'abc%%' it needs the operator class text_pattern_ops, for LIKE '%%abc%%', ILIKE and ~ one USING gin with gin_trgm_ops of the extension pg_trgm", name, c))
			}
			for _, c := range u.hidden {
				list = append(list, fmt.Sprintf("%s compares an expression of %q, for which an index of the column does not do: "+
					"index that expression, as in CREATE INDEX ON t ((lower(c))), or compare the column itself", name, c))
			}
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	return list[:min(len(list), maxRemarks)]
}
