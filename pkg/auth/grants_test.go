package auth

import (
	"strings"
	"testing"
)

func TestCover(t *testing.T) {
	tests := []struct {
		grants, family, scopes string
		want                   bool
	}{
		{"*", "tools", "database:admin", true},
		{"admin", "tools", "database:admin", true},
		{"tools", "tools", "files:write", true},
		{"tools", "tools", "database:admin", false},
		{"tools database:admin", "tools", "database:admin", true},
		{"tools", "resources", "files:read", false},
		{"resources", "resources", "files:read", true},
		{"prompts", "tools", "files:read", false},
		{"files:read", "tools", "files:read", true},
		{"files:read", "tools", "files:write", false},
		{"files:write", "tools", "files:read", true},
		{"files:admin", "tools", "files:write", true},
		{"files:*", "tools", "files:admin", true},
		{"files:*", "tools", "slack:read", false},
		{"files:write", "tools", "files:admin", false},
		{"files:write", "tools", "files:history", false},
		{"files:admin", "tools", "files:history", true},
		{"files:read", "tools", "files:read files:write", false},
		{"files:read files:write", "tools", "files:read files:write", true},
		{"files", "tools", "files:read", false},
		{"filesystem:write", "tools", "files:read", false},
		{"files:writer", "tools", "files:read", false},
		{"", "tools", "files:read", false},
		{"", "tools", "", true},
		{"files:read", "", "files:read", true},
		{"", "", "files:read", false},
	}
	for _, tt := range tests {
		got := Grants(strings.Fields(tt.grants)).Cover(Need{tt.family, strings.Fields(tt.scopes)})
		if got != tt.want {
			t.Errorf("%q covers %s %q: %v", tt.grants, tt.family, tt.scopes, got)
		}
	}
}

func TestParseGrants(t *testing.T) {
	for _, good := range []string{"*", "admin", "tools resources", "files:read database:*", "slack:history-read"} {
		if g, err := ParseGrants(strings.Fields(good)); err != nil || strings.Join(g, " ") != good {
			t.Errorf("%q: %v, %v", good, g, err)
		}
	}
	for _, bad := range []string{"", "tool", "files", "files:", ":read", "Files:read", "files:re ad:", "files:read,write", "*:read"} {
		if g, err := ParseGrants(strings.Fields(bad)); err == nil {
			t.Errorf("%q: %v", bad, g)
		}
	}
}

func TestTokenGrantsLeavePermissionsOut(t *testing.T) {
	g := TokenGrants([]string{"openid", "admin", "*", "tools", "files:read"})
	if len(g) != 1 || g[0] != "files:read" {
		t.Errorf("%v", g)
	}
}
