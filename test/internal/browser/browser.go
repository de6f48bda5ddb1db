// Package browser gives tests a Chromium that is driven by Playwright's scripts,
// with axe-core to look for barriers.
//
// A script is a JavaScript module of a test. [Run] runs it with the browser
// started; it ends with the test that asked.
package browser

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/mcpfleet/mcpfleet/test/node"
)

//go:embed prelude.mjs
var prelude string

// Path returns the Chromium of this machine.
func Path() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("chromium is not in the PATH: on Debian, apt-get install chromium")
}

// Run runs a script, which finds in its scope browser, a started Chromium, axe,
// a function that returns the violations that axe-core finds in a page, and
// given, which is input. What it hands to the function done is decoded into out.
func Run(ctx context.Context, tools *node.Tools, script string, input, out any) error {
	path, err := Path()
	if err != nil {
		return err
	}
	given, err := json.Marshal(map[string]any{
		"chromium": path, "axe": tools.Axe, "input": input,
		// Chromium refuses its sandbox to root.
		"sandbox": os.Getuid() != 0,
	})
	if err != nil {
		return err
	}
	cmd := tools.Command(ctx, "--input-type=module", "-")
	cmd.Dir, cmd.Stdin = tools.Dir, strings.NewReader(strings.Replace(prelude, "/* script */", script, 1))
	cmd.Env = append(cmd.Environ(), "GIVEN="+string(given))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("a script in the browser: %w\n%s%s", err, &stderr, &stdout)
	}
	if err := json.Unmarshal(stdout.Bytes(), out); err != nil {
		return fmt.Errorf("a script in the browser: %w: %s%s", err, &stdout, &stderr)
	}
	return nil
}
