package main

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

// base is the image that the images of services are built on.
const base = "gcr.io/distroless/static-debian12:nonroot"

// edit returns a file as it is in the release.
type edit func(data []byte) ([]byte, error)

// edits returns what the release changes, by path.
func edits(services []fleet.Service, number, digest string, s sums) map[string]edit {
	pin := func(data []byte) ([]byte, error) { return pinBase(data, digest) }
	all := map[string]edit{
		"deploy/Dockerfile":         pin,
		".ko.yaml":                  pin,
		"helm/mcp-fleet/Chart.yaml": func(data []byte) ([]byte, error) { return pinChart(data, number) },
	}
	for _, service := range services {
		dir := "services/" + service.Name + "/"
		all[dir+"go.mod"] = func(data []byte) ([]byte, error) { return pinMod(data, "v"+number) }
		all[dir+"go.sum"] = func(data []byte) ([]byte, error) { return pinSum(data, "v"+number, s) }
	}
	return all
}

// pinMod returns a service's go.mod with pkg at the version and no replacement.
func pinMod(data []byte, version string) ([]byte, error) {
	mod, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		return nil, err
	}
	if err := mod.AddRequire(pkgModule, version); err != nil {
		return nil, err
	}
	if err := mod.DropReplace(pkgModule, ""); err != nil {
		return nil, err
	}
	mod.Cleanup()
	if len(mod.Replace) > 0 {
		return nil, fmt.Errorf("it replaces %s, so go install would refuse it", mod.Replace[0].Old.Path)
	}
	return mod.Format()
}

// pinSum returns a service's go.sum with the sums of pkg.
func pinSum(data []byte, version string, s sums) ([]byte, error) {
	lines := slices.Collect(strings.Lines(string(data)))
	lines = append(lines,
		fmt.Sprintf("%s %s %s\n", pkgModule, version, s.Sum),
		fmt.Sprintf("%s %s/go.mod %s\n", pkgModule, version, s.GoModSum))
	slices.Sort(lines)
	return []byte(strings.Join(lines, "")), nil
}

// pinBase returns a file with the digest behind the name of the base image.
func pinBase(data []byte, digest string) ([]byte, error) {
	if n := bytes.Count(data, []byte(base)); n != 1 {
		return nil, fmt.Errorf("it names %s %d times, not once", base, n)
	}
	return bytes.Replace(data, []byte(base), []byte(base+"@"+digest), 1), nil
}

// pinChart returns Chart.yaml with the version of the chart and of the images.
func pinChart(data []byte, number string) ([]byte, error) {
	for _, key := range []string{"version", "appVersion"} {
		line := regexp.MustCompile(`(?m)^` + key + `:.*$`)
		if n := len(line.FindAll(data, -1)); n != 1 {
			return nil, fmt.Errorf("it has %d lines for %s, not one", n, key)
		}
		data = line.ReplaceAllLiteral(data, []byte(key+": "+number))
	}
	return data, nil
}

// checkDigest accepts the digest of an image.
func checkDigest(digest string) error {
	if !regexp.MustCompile(`^sha256:[0-9a-f]{64}$`).MatchString(digest) {
		return fmt.Errorf("%q is not the digest of the base image; say BASE=sha256:..., as `docker buildx imagetools inspect %s` or `crane digest %s` prints it", digest, base, base)
	}
	return nil
}
