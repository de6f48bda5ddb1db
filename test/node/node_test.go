package node

import (
	"bytes"
	"encoding/json"
	"regexp"
	"testing"
)

// What a lock file was made against must not decide where it is installed from.
func TestLockFileNamesNoRegistry(t *testing.T) {
	if bytes.Contains(lockfile, []byte(`"resolved"`)) {
		t.Error(`package-lock.json has "resolved" entries: make it with npm install --package-lock-only --omit-lockfile-registry-resolved`)
	}
}

func TestVersionsAreFixed(t *testing.T) {
	var want struct {
		Dependencies map[string]string `json:"dependencies"`
	}
	if err := json.Unmarshal(manifest, &want); err != nil {
		t.Fatal(err)
	}
	var locked struct {
		Packages map[string]struct {
			Version   string `json:"version"`
			Integrity string `json:"integrity"`
		} `json:"packages"`
	}
	if err := json.Unmarshal(lockfile, &locked); err != nil {
		t.Fatal(err)
	}
	if len(want.Dependencies) == 0 {
		t.Fatal("package.json has no dependencies")
	}
	exact := regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9a-z.]+)?$`)
	for name, version := range want.Dependencies {
		if !exact.MatchString(version) {
			t.Errorf("package.json: %s is %q: give one exact version", name, version)
		}
		if got := locked.Packages["node_modules/"+name].Version; got != version {
			t.Errorf("package-lock.json has %s %q, package.json %q: run npm install --package-lock-only", name, got, version)
		}
	}
	for path, p := range locked.Packages {
		if path != "" && p.Integrity == "" {
			t.Errorf("package-lock.json: %s has no integrity", path)
		}
	}
}
