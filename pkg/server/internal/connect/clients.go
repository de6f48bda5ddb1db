package connect

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
)

// withKey adds the API key to a server's entry, as the client writes a variable:
// before and after go around its name.
func (t Target) withKey(e entry, before, after string) entry {
	if t.KeyEnv != "" {
		e["headers"] = entry{"Authorization": "Bearer " + before + t.KeyEnv + after}
	}
	return e
}

// started is the entry of a program. A variable that is not set where the client
// runs is handed on as an empty one, which is as good as none to the program: it
// then says itself what is missing.
func (t Target) started(before, after string) entry {
	e := entry{"command": t.Program}
	if len(t.Args) > 0 {
		e["args"] = t.Args
	}
	if env := t.environment(before, after); len(env) > 0 {
		e["env"] = env
	}
	return e
}

func (t Target) environment(before, after string) entry {
	env := entry{}
	for _, v := range t.Env {
		env[v.Name] = before + v.Name + after
	}
	return env
}

// Claude Desktop has no entry for a URL in its file: mcp-remote carries stdio
// there. It puts no variables into the entries of programs either.
func desktopRemote(t Target) (any, error) {
	u, err := url.Parse(t.URL)
	if err != nil {
		return nil, errors.New("not the URL of a service")
	}
	args := []string{"-y", "mcp-remote", t.URL}
	if h := u.Hostname(); u.Scheme == "http" && h != "localhost" && h != "127.0.0.1" {
		args = append(args, "--allow-http") // of other hosts it wants TLS
	}
	server := entry{"command": "npx"}
	if t.KeyEnv != "" {
		// A header without a space: some systems break the argument there.
		args = append(args, "--header", "X-API-Key:${"+t.KeyEnv+"}")
		server["env"] = entry{t.KeyEnv: "put the key here"}
	}
	server["args"] = args
	return section{"mcpServers", server}, nil
}

func desktopLocal(t Target) (any, error) {
	// What is optional is left out: a placeholder that nobody replaces would be
	// taken for the value.
	var needed []Variable
	for _, v := range t.Env {
		if !v.Optional {
			needed = append(needed, v)
		}
	}
	t.Env = needed
	server := t.started("put the value of ", " here")
	return section{"mcpServers", server}, nil
}

// Claude Code puts the key in, not the shell: it then is neither among the
// arguments of a process nor in the client's file.
func claudeRemote(t Target) (any, error) {
	w := words{"claude", "mcp", "add", "--transport", "http", t.Name, t.URL}
	if t.KeyEnv != "" {
		w = append(w, "--header", "Authorization: Bearer ${"+t.KeyEnv+"}")
	}
	return w, nil
}

func claudeLocal(t Target) (any, error) {
	w := words{"claude", "mcp", "add", t.Name}
	for _, v := range t.Env {
		w = append(w, "--env", v.Name+"=${"+v.Name+":-}")
	}
	return append(append(w, "--", t.Program), t.Args...), nil
}

func cursorRemote(t Target) (any, error) {
	return section{"mcpServers", t.withKey(entry{"url": t.URL}, "${env:", "}")}, nil
}

func cursorLocal(t Target) (any, error) {
	return section{"mcpServers", t.started("${env:", "}")}, nil
}

// cursorLink is documented at https://cursor.com/docs/mcp/install-links.
func cursorLink(name string, server entry) string {
	raw, err := json.Marshal(server)
	if err != nil {
		return ""
	}
	return "cursor://anysphere.cursor-deeplink/mcp/install?name=" + url.QueryEscape(name) +
		"&config=" + url.QueryEscape(base64.StdEncoding.EncodeToString(raw))
}

func vscodeRemote(t Target) (any, error) {
	return section{"servers", t.withKey(entry{"type": "http", "url": t.URL}, "${env:", "}")}, nil
}

func vscodeLocal(t Target) (any, error) {
	server := t.started("${env:", "}")
	server["type"] = "stdio"
	return section{"servers", server}, nil
}

// vscodeLink is documented at
// https://code.visualstudio.com/api/extension-guides/ai/mcp#mcp-url-handler.
func vscodeLink(name string, server entry) string {
	named := entry{"name": name}
	for k, v := range server {
		named[k] = v
	}
	raw, err := json.Marshal(named)
	if err != nil {
		return ""
	}
	// A plus sign is itself there, not a space.
	return "vscode:mcp/install?" + strings.ReplaceAll(url.QueryEscape(string(raw)), "+", "%20")
}

func geminiRemote(t Target) (any, error) {
	return section{"mcpServers", t.withKey(entry{"httpUrl": t.URL}, "$", "")}, nil
}

func geminiLocal(t Target) (any, error) {
	return section{"mcpServers", t.started("${", ":-}")}, nil
}

func opencodeRemote(t Target) (any, error) {
	return section{"mcp", t.withKey(entry{"type": "remote", "url": t.URL, "enabled": true}, "{env:", "}")}, nil
}

func opencodeLocal(t Target) (any, error) {
	server := entry{"type": "local", "command": append([]string{t.Program}, t.Args...), "enabled": true}
	if env := t.environment("{env:", "}"); len(env) > 0 {
		server["environment"] = env
	}
	return section{"mcp", server}, nil
}

func inspectorRemote(t Target) (any, error) {
	w := words{"npx", "-y", "@modelcontextprotocol/inspector", "--cli", t.URL, "--transport", "http", "--method", "tools/list"}
	if t.KeyEnv != "" {
		w = append(w, "--header", bearer(t.KeyEnv))
	}
	return w, nil
}

func inspectorLocal(t Target) (any, error) {
	w := words{"npx", "-y", "@modelcontextprotocol/inspector", "--cli"}
	for _, v := range t.Env {
		w = append(w, "-e", shell+v.Name+`="$`+v.Name+`"`)
	}
	w = append(append(w, t.Program), t.Args...)
	return append(w, "--method", "tools/list"), nil
}

// curl lists the tools in one request of protocol revision 2026-07-28, which has
// no sessions.
func curlRemote(t Target) (any, error) {
	w := words{"curl", "-s", t.URL}
	if t.KeyEnv != "" {
		w = append(w, "-H", bearer(t.KeyEnv))
	}
	return append(w,
		"-H", "Content-Type: application/json", "-H", "Accept: application/json, text/event-stream",
		"-H", "Mcp-Protocol-Version: 2026-07-28", "-H", "Mcp-Method: tools/list",
		"-d", `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{`+
			`"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`), nil
}

func curlLocal(Target) (any, error) {
	return nil, errors.New("curl speaks HTTP: give the URL of a service that runs with --http")
}

// bearer is a header that the shell puts the key into.
func bearer(variable string) string { return shell + `"Authorization: Bearer $` + variable + `"` }
