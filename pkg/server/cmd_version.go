package server

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type versionCmd struct{}

func (versionCmd) Run(p *process) error {
	fmt.Fprintf(p.stdout, "mcp-%s %s\n", p.name, Version())
	if rev := revision(); rev != "" {
		fmt.Fprintf(p.stdout, "revision %s\n", rev)
	}
	_, err := fmt.Fprintf(p.stdout, "%s %s/%s\nprotocol %s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH,
		strings.Join(mcp.SupportedProtocolVersions(), " "))
	return err
}

// FlagInfo describes a flag of the process for programs.
type FlagInfo struct {
	Name    string   `json:"name"`
	Env     []string `json:"env,omitempty"`
	Type    string   `json:"type"`
	Default string   `json:"default,omitempty"`
	Help    string   `json:"help"`
	Service bool     `json:"service"`          // the service's own, not shared by the fleet
	Secret  bool     `json:"secret,omitempty"` // it holds a secret, or may
}

type flagsCmd struct {
	All bool `help:"Also those that the help leaves out, such as secrets by environment."`
}

func (c flagsCmd) Run(p *process) error {
	return printJSON(p.stdout, flagsOf(p.model, c.All))
}

// flagsOf lists the flags that a serving process takes; without hidden, those that
// the help shows.
func flagsOf(model *kong.Application, hidden bool) []FlagInfo {
	shared := sharedFlags()
	var list []FlagInfo
	for _, group := range serveNode(model).AllFlags(!hidden) {
		for _, f := range group {
			if f.Name == "help" {
				continue
			}
			list = append(list, FlagInfo{Name: f.Name, Env: f.Envs, Type: f.Target.Type().String(), Default: f.Default,
				Help: f.Help, Service: !slices.Contains(shared, f.Name), Secret: f.Tag.Has("secret")})
		}
	}
	return list
}

func serveNode(model *kong.Application) *kong.Node {
	for _, n := range model.Children {
		if n.Name == "serve" {
			return n
		}
	}
	return model.Node
}

// sharedFlags names the flags that every service has.
func sharedFlags() []string {
	var g struct {
		logFlags
		Config
	}
	k, err := kong.New(&g)
	if err != nil {
		panic("flags: " + err.Error()) // a wrong struct tag of this package
	}
	var names []string
	for _, f := range k.Model.Flags {
		names = append(names, f.Name)
	}
	return names
}

// variables lists the environment variables that any command reads.
func variables(model *kong.Application) []string {
	var names []string
	_ = kong.Visit(model, func(n kong.Visitable, next kong.Next) error {
		if f, ok := n.(*kong.Flag); ok {
			names = append(names, f.Envs...)
		}
		return next(nil)
	})
	slices.Sort(names)
	return slices.Compact(names)
}
