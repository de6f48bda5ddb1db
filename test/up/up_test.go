package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

// program is a running up.
type program struct {
	cmd    *exec.Cmd
	shift  int
	stdout *bufio.Reader
	stderr bytes.Buffer
	// pids are the processes of the services, once it has printed its banner.
	pids []int
}

// start builds up and runs it on ports that are free. It is killed with the test.
func start(t *testing.T, args ...string) *program {
	t.Helper()
	return startWith(t, nil, args...)
}

// startWith is start with further variables in the environment.
func startWith(t *testing.T, env []string, args ...string) *program {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "up")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := &program{shift: freeShift(t)}
	p.cmd = exec.Command(bin, append([]string{"-shift", strconv.Itoa(p.shift)}, args...)...)
	p.cmd.Stderr = &p.stderr
	// Demo data must not come from the cache of whoever runs the tests, nor from the
	// network; what go has built may.
	built, err := exec.CommandContext(t.Context(), "go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Env = append(p.cmd.Environ(), "XDG_CACHE_HOME="+t.TempDir(), "GOCACHE="+strings.TrimSpace(string(built)),
		"DATABASE_URL=", "DATABASE_URL_FILE=", "DATABASE_FILE=", "DB_HOST=", "DATABASE_DEMO_DIR="+t.TempDir(), "DATABASE_DEMO_POSTGRES=/nowhere",
		"SLACK_BOT_TOKEN=", "SLACK_BOT_TOKEN_FILE=", "SLACK_USER_TOKEN=", "SLACK_USER_TOKEN_FILE=", "SLACK_CLIENT_ID=",
		"GITHUB_TOKEN=", "GITHUB_TOKEN_FILE=", "GITHUB_TOKENS_FILE=", "GITHUB_APP_ID=", "GITHUB_CLIENT_ID=")
	p.cmd.Env = append(p.cmd.Env, env...)
	p.cmd.SysProcAttr = attributes()
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdout = bufio.NewReader(stdout)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			p.cmd.Process.Kill()
			p.cmd.Wait()
		}
	})
	return p
}

// freeShift moves the ports of all services to where none is taken.
func freeShift(t *testing.T) int {
	t.Helper()
	for range 100 {
		shift := 10_000 + rand.IntN(10_000)
		if portsFree(shifted(t, shift)) == nil {
			return shift
		}
	}
	t.Fatal("no ports are free")
	return 0
}

func shifted(t *testing.T, shift int) []fleet.Service {
	t.Helper()
	root, err := fleet.Root()
	if err != nil {
		t.Fatal(err)
	}
	services, err := fleet.Services(root)
	if err != nil {
		t.Fatal(err)
	}
	for i := range services {
		services[i].Port += shift
	}
	return services
}

var started = regexp.MustCompile(`\| started as process (\d+)\n`)

// banner waits until the services are ready and returns what up has printed.
func (p *program) banner(t *testing.T) []string {
	t.Helper()
	var lines []string
	for {
		line, err := p.stdout.ReadString('\n')
		if err != nil {
			p.cmd.Wait()
			t.Fatalf("it ended before it was ready: %v\n%s%s", p.cmd.ProcessState, strings.Join(lines, ""), &p.stderr)
		}
		lines = append(lines, line)
		if m := started.FindStringSubmatch(line); m != nil {
			pid, err := strconv.Atoi(m[1])
			if err != nil {
				t.Fatal(err)
			}
			p.pids = append(p.pids, pid)
		}
		if strings.HasPrefix(line, "Ctrl-C") {
			return lines
		}
	}
}

// end waits for up and returns its exit status.
func (p *program) end(t *testing.T) int {
	t.Helper()
	limit := time.AfterFunc(30*time.Second, func() { p.cmd.Process.Kill() })
	defer limit.Stop()
	if _, err := io.Copy(io.Discard, p.stdout); err != nil {
		t.Error(err)
	}
	var exit *exec.ExitError
	if err := p.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return p.cmd.ProcessState.ExitCode()
}

func (p *program) nothingLeft(t *testing.T) {
	t.Helper()
	if len(p.pids) == 0 {
		t.Error("up has not named the processes of its services")
	}
	for _, pid := range p.pids {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("the process %d is still there: %v", pid, err)
		}
	}
	if err := portsFree(shifted(t, p.shift)); err != nil {
		t.Error(err)
	}
}

func TestAnswersInBothErasUntilInterrupted(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		p := start(t)
		lines := p.banner(t)
		services := shifted(t, p.shift)
		if len(p.pids) != len(services) {
			t.Errorf("%d processes for %d services", len(p.pids), len(services))
		}
		text := strings.Join(lines, "")
		asked := 0
		for _, line := range lines {
			if strings.HasPrefix(line, "  curl ") {
				asked++
				if answer := perform(t, line); !strings.Contains(answer, `"result":`) {
					t.Errorf("%sis answered with\n%s", line, answer)
				}
			}
		}
		if asked != 2 {
			t.Errorf("the banner has %d requests to try", asked)
		}
		for _, want := range []string{
			"files has demo data, with FILES_ROOT=demo=", filepath.FromSlash("/demo/files;"), "database-demo: serving without a database",
			"slack is not configured, its tools say so: set SLACK_BOT_TOKEN;", "https://api.slack.com/apps", "github has no account", "built in ",
			"\ncursor, into .cursor/mcp.json:\n", "\nvscode, into .vscode/mcp.json:\n", "\ngemini-cli, into ", "\nopencode, into ", "\nclaude-desktop, into ",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("it does not say %q:\n%s", want, text)
			}
		}
		if strings.Contains(text, "\x1b") {
			t.Error("there are colours in a pipe")
		}
		for _, s := range services {
			for _, want := range []string{
				"claude mcp add --transport http " + s.Name + " " + endpoint(s) + "\n",
				`"` + s.Name + `":{"url":"` + endpoint(s) + `"}`,
				"http://" + address(s.Port) + "/ ",
			} {
				if !strings.Contains(text, want) {
					t.Errorf("the banner lacks %q:\n%s", want, text)
				}
			}
			if res := get(t, "http://"+address(s.AdminPort())+"/metrics"); !strings.Contains(res, "# HELP") {
				t.Errorf("%s has no metrics: %.200s", s.Name, res)
			}
		}
		if err := p.cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if status := p.end(t); status != 0 {
			t.Errorf("%s: exit status %d\n%s", signal, status, &p.stderr)
		}
		p.nothingLeft(t)
	}
}

var word = regexp.MustCompile(`'[^']*'|\S+`)

// perform does what a shell would with a line of the banner: it takes the URL,
// the headers and the body from it.
func perform(t *testing.T, line string) string {
	t.Helper()
	words := word.FindAllString(line, -1)
	for i, w := range words {
		words[i] = strings.Trim(w, "'")
	}
	body := words[slices.Index(words, "-d")+1]
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, words[2], strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range words {
		if w == "-H" {
			name, value, _ := strings.Cut(words[i+1], ": ")
			req.Header.Set(name, value)
		}
	}
	return do(t, req)
}

func get(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, req)
}

func do(t *testing.T, req *http.Request) string {
	t.Helper()
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		t.Errorf("%s: %s", req.URL, res.Status)
	}
	return string(body)
}

// A service that ends leaves the others alone, and is in the exit status.
func TestServiceThatEnds(t *testing.T) {
	p := start(t)
	p.banner(t)
	services := shifted(t, p.shift)
	if err := syscall.Kill(p.pids[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for line := ""; !strings.Contains(line, services[0].Name+" HAS ENDED (signal: killed)"); {
		var err error
		if line, err = p.stdout.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range services[1:] {
		get(t, "http://"+address(s.Port)+"/livez")
	}
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if status := p.end(t); status != 1 {
		t.Errorf("exit status %d", status)
	}
	if want := services[0].Name + " has ended (signal: killed)"; !strings.Contains(p.stderr.String(), want) {
		t.Errorf("it says %q, not %q", &p.stderr, want)
	}
	p.nothingLeft(t)
}

func TestLastServiceThatEnds(t *testing.T) {
	p := start(t, "calculator")
	p.banner(t)
	if err := syscall.Kill(p.pids[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if status := p.end(t); status != 1 {
		t.Errorf("exit status %d", status)
	}
	if !strings.Contains(p.stderr.String(), "no service is left") {
		t.Errorf("it says %q", &p.stderr)
	}
}

// One that cannot start is reported at once and the others come up.
func TestServiceThatDoesNotStart(t *testing.T) {
	p := startWith(t, []string{"FILES_ROOT=/no/such/directory"}, "calculator", "files")
	text := strings.Join(p.banner(t), "")
	if !strings.Contains(text, "\nfiles is not running: it has ended (exit status ") || !strings.Contains(text, "\ncalculator   ready ") {
		t.Errorf("it says\n%s", text)
	}
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if status := p.end(t); status != 1 {
		t.Errorf("exit status %d", status)
	}
}

// With emulators all services have something to serve.
func TestEmulators(t *testing.T) {
	p := start(t, "-demo", "github", "slack")
	text := strings.Join(p.banner(t), "")
	for _, want := range []string{"github is on an EMULATOR in github-demo's own process", "slack is on an EMULATOR in slack-demo's own process"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	root, err := fleet.Root()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ service, tool, arg, want string }{
		{"github", "search_issues", "query=winter", "octo/shop"},
		{"slack", "get_channel_history", "channel=deploys", "Linus Benedict"},
	} {
		services := shifted(t, p.shift)
		i := slices.IndexFunc(services, func(s fleet.Service) bool { return s.Name == c.service })
		cmd := exec.CommandContext(t.Context(), filepath.Join(root, "bin", "mcp-"+c.service), "call", c.tool, c.arg, "--url", endpoint(services[i]))
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: %v\n%s", c.tool, err, out)
		}
	}
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if status := p.end(t); status != 0 {
		t.Errorf("exit status %d\n%s", status, &p.stderr)
	}
}

// What cannot be built is left out.
func TestServiceThatCannotBeBuilt(t *testing.T) {
	root, err := fleet.Root()
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	list := []instance{{Service: fleet.Service{Name: "calculator"}}, {Service: fleet.Service{Name: "teapot"}}}
	built, err := build(t.Context(), &screen{w: &said}, root, t.TempDir(), list)
	if err != nil || len(built) != 1 || built[0].Name != "calculator" {
		t.Errorf("built are %v, %v", built, err)
	}
	if !strings.Contains(said.String(), "teapot is left out: building ./services/teapot/cmd/mcp-teapot") {
		t.Errorf("it says\n%s", &said)
	}
	if _, err := build(t.Context(), &screen{w: &said}, root, t.TempDir(), list[1:]); err == nil {
		t.Error("nothing was built, and that is fine")
	}
}

func TestColours(t *testing.T) {
	for _, tt := range []struct {
		set  []string
		want bool
	}{{nil, true}, {[]string{"NO_COLOR", "1"}, false}, {[]string{"NO_COLOR", ""}, true}, {[]string{"TERM", "dumb"}, false}} {
		if got := wantsColour(environment(tt.set...)); got != tt.want {
			t.Errorf("with %v there are colours: %v", tt.set, got)
		}
	}
	if newScreen(&bytes.Buffer{}, environment()).colour {
		t.Error("there are colours where there is no terminal")
	}
	if got, want := (&screen{colour: true}).paint("36", "x"), "\x1b[36mx\x1b[0m"; got != want {
		t.Errorf("%q", got)
	}
}

func TestMerge(t *testing.T) {
	into := map[string]any{"mcpServers": map[string]any{"a": "1"}}
	merge(into, map[string]any{"mcpServers": map[string]any{"b": "<&>"}, "more": true})
	if got, want := compact(into), `{"mcpServers":{"a":"1","b":"<&>"},"more":true}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPortTaken(t *testing.T) {
	shift := freeShift(t)
	services := shifted(t, shift)
	s := services[len(services)-1]
	l, err := net.Listen("tcp", address(s.AdminPort()))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	err = run(t.Context(), &screen{w: io.Discard}, options{shift: shift})
	if want := "the port " + strconv.Itoa(s.AdminPort()) + " of " + s.Name + " is taken"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestUnknownService(t *testing.T) {
	if err := run(t.Context(), &screen{w: io.Discard}, options{names: []string{"calculater"}}); err == nil || !strings.Contains(err.Error(), `"calculater": name some of calculator, `) {
		t.Errorf("got %v", err)
	}
}

func TestPrefixer(t *testing.T) {
	var b bytes.Buffer
	p := &prefixer{w: &b, prefix: "x | "}
	for _, s := range []string{"a", "b\nc\n", "", "\n", "d"} {
		if n, err := io.WriteString(p, s); n != len(s) || err != nil {
			t.Errorf("%q: %d, %v", s, n, err)
		}
	}
	p.Flush()
	p.Flush()
	if want := "x | ab\nx | c\nx | \nx | d\n"; b.String() != want {
		t.Errorf("got %q, want %q", &b, want)
	}
}
