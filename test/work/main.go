// Command work writes go.work from the modules that exist. With -check it
// writes nothing and fails if the file would change.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

func main() {
	check := flag.Bool("check", false, "write nothing; fail if go.work would change")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "work:", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	root, err := fleet.Root()
	if err != nil {
		return err
	}
	want, err := fleet.WorkFile(root)
	if err != nil {
		return err
	}
	path := filepath.Join(root, "go.work")
	have, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if bytes.Equal(have, want) {
		return nil
	}
	if check {
		return errors.New("go.work does not name the modules that exist; make work writes it")
	}
	return os.WriteFile(path, want, 0o644)
}
