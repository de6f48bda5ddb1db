package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/connect"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/nearest"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/terminal"
)

// Main is the whole of a service's main function: it reads the command line and
// runs a command until it is done or the process is told to end. open makes the
// service from its own flags, the fields of C, whose tags are kong's and three
// more: secret:"" keeps a flag off the command line, or secret:"url" if it holds
// a password; wanted:"required" says that the service can do nothing without the
// variable, and wanted:"optional" less, so that the command config asks for it;
// instead:"flag,flag" names the flags that do as well.
func Main[C any, S Service](name string, open func(context.Context, C, *slog.Logger) (S, error)) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	p := &process{name: name, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, environ: os.Environ()}
	// Only config asks for it, and says so if it is not known.
	p.program, _ = os.Executable()
	os.Exit(run(ctx, p, open, os.Args[1:]))
}

// process is what a command has of the world around it.
type process struct {
	name    string
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
	environ []string
	program string // the path of the executable
	log     *slog.Logger
	argv    []string // without the program
	model   *kong.Application
}

// grammar is the command line of a service whose own flags are C.
type grammar[C any] struct {
	logFlags

	Serve      serveCmd[C]    `cmd:"" default:"withargs" help:"Serve MCP on stdio, or over HTTP with --http. This is the default."`
	Tools      toolsCmd[C]    `cmd:"" help:"List the tools and their arguments."`
	Call       callCmd[C]     `cmd:"" help:"Call one tool, in this process or on a remote service."`
	Doctor     doctorCmd[C]   `cmd:"" help:"Check the configuration and what the service depends on."`
	Probe      probeCmd[C]    `cmd:"" help:"Tell by the exit status whether a service is well: its health endpoint, or a round trip of the protocol."`
	Config     configCmd      `cmd:"" help:"Print the configuration of an MCP client for this service."`
	Keygen     keygenCmd      `cmd:"" help:"Make an API key, and the line of the keys file that lets it in."`
	Completion completionCmd  `cmd:"" help:"Print a script that makes a shell complete commands, flags, tools and their arguments."`
	Version    versionCmd     `cmd:"" help:"Print the version."`
	Flags      flagsCmd       `cmd:"" hidden:"" help:"Print every flag and its environment variable as JSON."`
	Complete   completeCmd[C] `cmd:"" hidden:"" help:"Print what may come next on a command line, for the scripts of completion."`
}

// errFailed ends a command with status 1 after it has said why itself.
var errFailed = errors.New("failed")

// run is Main without the process: it returns the exit status. Status 2 means
// that the command line is wrong.
func run[C any, S Service](ctx context.Context, p *process, open func(context.Context, C, *slog.Logger) (S, error), argv []string) int {
	var g grammar[C]
	status := -1
	p.argv = argv
	parser, err := kong.New(&g,
		kong.Name("mcp-"+p.name),
		kong.Description("An MCP server of the mcp-fleet. Every flag can be set in the environment instead."),
		kong.UsageOnError(),
		tagVars(),
		kong.Writers(p.stdout, p.stderr),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: maxHelpColumns}),
		kong.Exit(func(code int) { status = code }),
	)
	if err != nil {
		p.complain(err.Error())
		return 1
	}
	groupFlags(parser.Model)
	parsed, err := parser.Parse(argv)
	if status >= 0 { // --help
		return status
	}
	if err != nil {
		p.complain(err.Error() + commandHint(parser.Model, argv) + flagHint(err, argv))
		fmt.Fprintf(p.stderr, "Run %s --help for what there is.\n", helpOn(parser.Model, err, argv))
		return 2
	}
	if err := refuseSecrets(parsed); err != nil {
		p.complain(err.Error())
		return 2
	}
	p.model = parser.Model
	if p.log, err = logging.New(p.stderr, g.Level, g.Format); err != nil {
		p.complain(err.Error())
		return 2
	}
	warnUnknownVariables(p)

	err = parsed.Run(p, &invocation[C]{ctx: ctx, p: p, open: func(ctx context.Context, c C, log *slog.Logger) (Service, error) {
		return open(ctx, c, log)
	}})
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFailed):
		return 1
	}
	p.complain(logging.Redact(err.Error()))
	return 1
}

// complain says on standard error why a command ends. What it says may have come
// from elsewhere: a terminal gets nothing of it that it would obey.
func (p *process) complain(text string) {
	out := terminal.For(p.stderr, p.environ)
	if out.Terminal {
		text = terminal.Clean(text)
	}
	fmt.Fprintf(out, "%s %s\n", out.Paint(terminal.Bad, "mcp-"+p.name+":"), text)
}

// tagVars are what the tags of a grammar refer to.
func tagVars() kong.Vars { return kong.Vars{"clients": strings.Join(connect.Clients(), ",")} }

// refuseSecrets returns an error if the command line holds a secret, which
// every user of the machine can read there.
func refuseSecrets(parsed *kong.Context) error {
	for _, p := range parsed.Path {
		if p.Flag == nil || !p.Flag.Tag.Has("secret") {
			continue
		}
		if v, ok := p.Flag.Target.Interface().(string); p.Flag.Tag.Get("secret") == "url" && ok && !mayHoldPassword(v) {
			continue
		}
		return fmt.Errorf("--%s: others can read a command line; set %s instead, or give --%s-file", p.Flag.Name, p.Flag.Envs[0], p.Flag.Name)
	}
	return nil
}

// mayHoldPassword reports whether a URL, or a connection string of words, holds a
// password. What cannot be read does if it could.
func mayHoldPassword(text string) bool {
	if strings.Contains(text, "password") {
		return true
	}
	u, err := url.Parse(text)
	if err != nil {
		return strings.Contains(text, "@")
	}
	_, given := u.User.Password()
	return given
}

// commandHint proposes a command for a first word that is none.
func commandHint(model *kong.Application, argv []string) string {
	if len(argv) == 0 {
		return ""
	}
	var names []string
	for _, n := range model.Children {
		if n.Name == argv[0] {
			return ""
		}
		if !n.Hidden {
			names = append(names, n.Name)
		}
	}
	if near := nearest.Names(argv[0], names); len(near) > 0 {
		return "; did you mean the command " + near[0] + "?"
	}
	return ""
}

// flagHint says how a tool's arguments are written, for who wrote them as flags.
func flagHint(err error, argv []string) string {
	if strings.HasPrefix(err.Error(), "unknown flag") && slices.Contains(argv, "call") {
		return "; the arguments of a tool are written key=value, without --"
	}
	return ""
}

// helpOn names the command whose flags the help should show: the one that was
// given, or serve. A first word that is no command needs the list of them.
func helpOn(model *kong.Application, err error, argv []string) string {
	isGiven := func(n *kong.Node) bool { return n.Name == argv[0] }
	if len(argv) > 0 && !strings.HasPrefix(argv[0], "-") && !slices.ContainsFunc(model.Children, isGiven) {
		return model.Name
	}
	if failed := new(kong.ParseError); errors.As(err, &failed) && failed.Context != nil {
		if n := failed.Context.Selected(); n != nil {
			return model.Name + " " + n.Name
		}
	}
	return model.Name + " serve"
}

// invocation is what a command's Run method is given.
type invocation[C any] struct {
	ctx  context.Context
	p    *process
	open func(context.Context, C, *slog.Logger) (Service, error)
}
