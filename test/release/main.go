// Command release makes the tags of one version of the whole fleet, from the
// commit that is checked out:
//
//   - pkg/vV on that commit;
//   - services/<name>/vV on a commit beside the branch, in which each service
//     requires pkg at that version and replaces nothing. Only so can go install
//     take a service by its version;
//   - vV on that commit too: images and the chart are built from it. There the
//     chart has the version, and images have the base with the digest that is
//     given.
//
// The branch, the index and the work tree stay as they are, and nothing is
// pushed. Either all tags are made or none.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

const pkgModule = fleet.Module + "/pkg"

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: release 1.2.3 sha256:DIGEST-OF-THE-BASE-IMAGE")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, number, digest string) error {
	if err := checkNumber(number); err != nil {
		return err
	}
	if err := checkDigest(digest); err != nil {
		return err
	}
	root, err := fleet.Root()
	if err != nil {
		return err
	}
	services, err := fleet.Services(root)
	if err != nil {
		return err
	}
	version := "v" + number
	pkgTag := "pkg/" + version
	var serviceTags []string
	for _, s := range services {
		serviceTags = append(serviceTags, "services/"+s.Name+"/"+version)
	}
	serviceTags = append(serviceTags, version)
	tags := append([]string{pkgTag}, serviceTags...)

	repo := repository{root}
	if err := checkState(ctx, repo, number, tags); err != nil {
		return err
	}
	head, err := repo.git(ctx, nil, "", "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	sums, err := hash(ctx, repo, version)
	if err != nil {
		return err
	}
	commit, err := pinned(ctx, repo, version, edits(services, number, digest, sums))
	if err != nil {
		return err
	}
	if err := repo.tag(ctx, head, []string{pkgTag}, commit, serviceTags); err != nil {
		return err
	}
	fmt.Printf("made the tags\n  %s\nPublish them with\n  git push --atomic origin %s\nor drop them with\n  git tag --delete %s\n"+
		"CONTRIBUTING.md, Release, says how images and the chart are published from %s.\n",
		strings.Join(tags, "\n  "), strings.Join(tags, " "), strings.Join(tags, " "), version)
	return nil
}

// checkNumber accepts a complete version of major 0 or 1.
func checkNumber(number string) error {
	v := "v" + number
	switch {
	case semver.Canonical(v) != v:
		return fmt.Errorf("%q is not a version: write it as 1.2.3, or 1.2.3-rc.1 for a preview", number)
	case semver.Major(v) != "v0" && semver.Major(v) != "v1":
		return fmt.Errorf("%s: Go wants the major version at the end of every module path from 2 on, and these have none", number)
	}
	return nil
}

// checkState refuses what would make a release that differs from what was
// tested, or from one that is published.
func checkState(ctx context.Context, repo repository, number string, tags []string) error {
	changes, err := repo.git(ctx, nil, "", "status", "--porcelain")
	if err != nil {
		return err
	}
	if changes != "" {
		return fmt.Errorf("the work tree is not clean; commit or remove\n%s", changes)
	}
	list, err := repo.git(ctx, nil, "", "tag", "--list")
	if err != nil {
		return err
	}
	existing := strings.Fields(list)
	for _, tag := range tags {
		if slices.Contains(existing, tag) {
			return fmt.Errorf("the tag %s exists", tag)
		}
	}
	if semver.Prerelease("v"+number) != "" {
		return nil
	}
	changelog, err := os.ReadFile(filepath.Join(repo.root, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(changelog)) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == "##" && words[1] == number {
			return nil
		}
	}
	return fmt.Errorf("CHANGELOG.md has no heading \"## %s\": rename \"## Unreleased\", begin a new one above it, and commit that", number)
}
