//go:build e2e

package node

import (
	"strings"
	"testing"
)

func TestInstalledToolsRun(t *testing.T) {
	tools, err := Install(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const script = `import { Client } from "@modelcontextprotocol/sdk/client/index.js";
		import { Client as Next } from "@modelcontextprotocol/client";
		import Provider from "oidc-provider";
		console.log(process.version, Client.name, Next.name, Provider.name)`
	cmd := tools.Command(t.Context(), "--input-type=module", "-")
	cmd.Dir, cmd.Stdin = tools.Dir, strings.NewReader(script)
	out, err := cmd.CombinedOutput()
	if got, want := strings.TrimSpace(string(out)), "v24.21.0 Client Client Provider"; err != nil || got != want {
		t.Errorf("node: got %q, %v; want %q", got, err, want)
	}
	for _, s := range []string{tools.Conformance, tools.Inspector} {
		if out, err := tools.Command(t.Context(), s, "--help").CombinedOutput(); err != nil {
			t.Errorf("%s --help: %v\n%s", s, err, out)
		}
	}
}
