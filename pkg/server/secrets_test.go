package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/seal"
)

// mounted makes dir what a container finds where a Secret is mounted, or changes
// it as the kubelet does: by a link that is turned to another directory.
func mounted(t *testing.T, dir, version string, files map[string]string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	before, unmounted := os.Readlink(dir + "/..data")
	now := "..2026_" + version
	must(os.MkdirAll(filepath.Join(dir, now), 0o755))
	for name, content := range files {
		must(os.WriteFile(filepath.Join(dir, now, name), []byte(content), 0o440))
	}
	must(os.Symlink(now, dir+"/..data_tmp"))
	must(os.Rename(dir+"/..data_tmp", dir+"/..data"))
	if unmounted == nil {
		must(os.RemoveAll(filepath.Join(dir, before)))
		return
	}
	for name := range files {
		must(os.Symlink("..data/"+name, filepath.Join(dir, name)))
	}
}

func TestRotatedAPIKeysSecretIsInForce(t *testing.T) {
	newKey := func() (key, line string) {
		key, line, err := auth.NewKey("ci", []string{"*"})
		if err != nil {
			t.Fatal(err)
		}
		return key, line + "\n"
	}
	older, oldLine := newKey()
	newer, newLine := newKey()
	dir := t.TempDir()
	mounted(t, dir, "1", map[string]string{"keys": oldLine})
	r := newRig(t, Config{APIKeysFile: dir + "/keys"})
	status := func(key string) int {
		res, _ := r.post(t, ping, "Authorization", "Bearer "+key, "Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "ping")
		return res.StatusCode
	}
	if old, next := status(older), status(newer); old == 401 || next != 401 {
		t.Fatalf("before: the old key has %d, the new one %d", old, next)
	}
	mounted(t, dir, "2", map[string]string{"keys": newLine})
	eventually(t, "the new key is known", func() bool { return status(newer) != 401 })
	if got := status(older); got != 401 {
		t.Errorf("after: the old key has %d", got)
	}
	mounted(t, dir, "3", map[string]string{"keys": "rubbish"})
	eventually(t, "a wrong Secret is reported", func() bool { return strings.Contains(r.log.String(), "cannot be used") })
	if got := status(newer); got == 401 {
		t.Errorf("a wrong Secret is in force: %d", got)
	}
	mounted(t, dir, "4", map[string]string{"keys": newLine + oldLine[:2] + "2" + oldLine[2:]})
	eventually(t, "the old key is known again", func() bool { return status(older) != 401 })
}

// TestRotatedSigningKeyKeepsSessions rotates the key of two replicas that see
// each change at different times.
func TestRotatedSigningKeyKeepsSessions(t *testing.T) {
	older, newer := seal.Generate()+"\n", seal.Generate()+"\n"
	var dirs [2]string
	var all [2]*rig
	for i := range all {
		dirs[i] = t.TempDir()
		mounted(t, dirs[i], "0", map[string]string{"keys": older})
		all[i] = newRig(t, Config{SigningKeyFile: dirs[i] + "/keys"})
	}
	sealsWith := func(r *rig, line string) bool {
		k, err := seal.Parse([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		_, err = k.Open("test", r.keys.Seal("test", nil))
		return err == nil
	}
	opens := func(r *rig, line string) bool {
		k, err := seal.Parse([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.keys.Open("test", k.Seal("test", nil))
		return err == nil
	}
	first := all[0].sealSession("inner", "alice")
	check := func(when string) {
		t.Helper()
		for _, from := range all {
			for _, to := range all {
				if _, ok := to.openSession(from.sealSession("inner", "alice"), "alice"); !ok {
					t.Errorf("%s: a replica refuses a session id of now", when)
				}
				if _, ok := to.openSession(first, "alice"); !ok {
					t.Errorf("%s: a replica refuses a session id of before", when)
				}
			}
		}
	}
	for i := range all {
		mounted(t, dirs[i], "1", map[string]string{"keys": older + newer})
		eventually(t, "the new key opens", func() bool { return opens(all[i], newer) })
		check("while the new key is added")
	}
	for i := range all {
		mounted(t, dirs[i], "2", map[string]string{"keys": newer + older})
		eventually(t, "the new key seals", func() bool { return sealsWith(all[i], newer) })
		check("while the new key is put first")
	}
	for i := range all {
		mounted(t, dirs[i], "3", map[string]string{"keys": newer})
		eventually(t, "the old key is gone", func() bool { return !opens(all[i], older) })
	}
	if _, ok := all[1].openSession(first, "alice"); ok {
		t.Error("a session id of a key that is gone is accepted")
	}
	if _, ok := all[1].openSession(all[0].sealSession("inner", "alice"), "alice"); !ok {
		t.Error("a session id of the new key is refused")
	}
}
