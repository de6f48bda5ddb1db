//go:build e2e

package chart

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// composed loads deploy/compose.yaml, and files over it, as Compose does, with all
// profiles. It sees no variables but those that the files have no default for.
func composed(t *testing.T, over ...string) *types.Project {
	t.Helper()
	files := []string{path(t, "deploy", "compose.yaml")}
	for _, name := range over {
		files = append(files, path(t, "deploy", "compose", name))
	}
	options, err := cli.NewProjectOptions(
		files,
		cli.WithName("fleet"), cli.WithProfiles([]string{"*"}), cli.WithResolvedPaths(true))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// ours reports whether a service runs one of the fleet's programs.
func ours(s types.ServiceConfig) bool { return strings.HasPrefix(program(s.Image), "mcp-") }

// A token comes as a file, from beside the others.
func TestComposeToken(t *testing.T) {
	for _, c := range []struct{ service, variable, secret string }{
		{"github", "GITHUB_TOKEN_FILE", "github-token"},
		{"slack", "SLACK_BOT_TOKEN_FILE", "slack-bot-token"},
	} {
		t.Run(c.service, func(t *testing.T) {
			project := composed(t, c.service+".yaml")
			s := project.Services[c.service]
			file := s.Environment[c.variable]
			if file == nil || flags(t, program(s.Image))[c.variable] == "" {
				t.Fatalf("no file is named: %v", s.Environment)
			}
			if !slices.ContainsFunc(s.Secrets, func(c types.ServiceSecretConfig) bool { return "/run/secrets/"+c.Source == *file }) || len(s.Secrets) < 4 {
				t.Errorf("its secrets: %+v", s.Secrets)
			}
			if got, want := project.Secrets[c.secret].File, filepath.Join(filepath.Dir(project.Secrets["api-keys"].File), c.secret); got != want {
				t.Errorf("the token is in %s, want %s", got, want)
			}
		})
	}
}

func TestCompose(t *testing.T) {
	project := composed(t)
	running := make(map[string]bool)
	for _, name := range slices.Sorted(maps.Keys(project.Services)) {
		s := project.Services[name]
		t.Run(name, func(t *testing.T) {
			for _, p := range s.Ports {
				if p.HostIP != "127.0.0.1" {
					t.Errorf("the port %s is open on %q", p.Published, p.HostIP)
				}
			}
			if !s.ReadOnly {
				t.Error("its root can be written")
			}
			if !slices.ContainsFunc(s.SecurityOpt, func(o string) bool {
				return o == "no-new-privileges" || o == "no-new-privileges:true"
			}) {
				t.Errorf("security_opt: %v", s.SecurityOpt)
			}
			if memory := s.MemLimit; memory == 0 && (s.Deploy == nil || s.Deploy.Resources.Limits == nil || s.Deploy.Resources.Limits.MemoryBytes == 0) {
				t.Error("no memory limit")
			}
			if s.HealthCheck == nil || s.HealthCheck.Disable || len(s.HealthCheck.Test) < 2 {
				t.Fatalf("no health check: %+v", s.HealthCheck)
			}
			if s.Privileged || s.NetworkMode == "host" {
				t.Error("it is privileged, or in the host's network")
			}
			for _, v := range s.Volumes {
				if strings.Contains(v.Source, "docker.sock") {
					t.Error("it has Docker's socket")
				}
			}
			if !ours(s) {
				return
			}
			running[program(s.Image)] = true
			if !slices.Contains(s.CapDrop, "ALL") {
				t.Errorf("cap_drop: %v", s.CapDrop)
			}
			check := strings.Join(s.HealthCheck.Test, " ")
			if s.HealthCheck.Test[0] != "CMD" || !strings.Contains(check, "probe") {
				t.Errorf("the health check needs a shell, or does not use probe: %s", check)
			}
			env := make(map[string]string)
			for k, v := range s.Environment {
				if v != nil {
					env[k] = *v
				}
			}
			if names := unknown(env, flags(t, program(s.Image)), readers(t)); len(names) > 0 {
				t.Errorf("variables that %s does not know: %v", program(s.Image), names)
			}
			for k, v := range env {
				if secretLooking.MatchString(v) {
					t.Errorf("%s holds a secret", k)
				}
			}
		})
	}
	for _, p := range programs(t) {
		if !running[p] {
			t.Errorf("%s is in no service of %v", p, slices.Sorted(maps.Keys(project.Services)))
		}
	}
}
