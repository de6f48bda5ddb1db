//go:build k8s

package k8s

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"html"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
	"github.com/mcpfleet/mcpfleet/test/internal/proc"
)

const (
	// slackVariable holds the program that serves a workspace.
	slackVariable = "MCPFLEET_K8S_SLACK"
	// slackIP is of the node while the tests run, and nobody else's (RFC 5737).
	slackIP = "192.0.2.30"
	// slackPort is where it listens, and slackTLSPort where it does so behind TLS,
	// without which nobody signs in.
	slackPort    = 8080
	slackTLSPort = 8443
	// slackAppSecret is of the app of ci/slack-sign-in-values.yaml, and
	// slackSigningSecret what its events are signed with.
	slackAppSecret     = "not a secret"
	slackSigningSecret = "0123456789abcdef0123456789abcdef"
)

// workspace is the Slack that the tests share. It listens on the node.
var workspace struct {
	mu      sync.Mutex
	process *proc.Process
	gateway *http.Server
	// authority is the certificate that the gateway's is held to.
	authority string
}

// buildSlack builds the workspace of the slack service's own tests, which no other
// module can import, as a program in dir.
func buildSlack(ctx context.Context, dir string) (program string, err error) {
	root, err := fleet.Root()
	if err != nil {
		return "", err
	}
	program = filepath.Join(dir, "slacktest")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-o", program, "./services/slack/internal/slacktest")
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go test -c: %w\n%s", err, out)
	}
	return program, nil
}

// stopSlack returns what the workspace says of requests that Slack would not
// understand.
func stopSlack() error {
	workspace.mu.Lock()
	defer workspace.mu.Unlock()
	if workspace.process == nil {
		return nil
	}
	defer exec.Command("ip", "address", "del", slackIP+"/32", "dev", "lo").Run()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	workspace.gateway.Close()
	workspace.process.Stdin.Close()
	if err := workspace.process.Wait(ctx); err != nil {
		return fmt.Errorf("the workspace: %w\n%s", err, workspace.process.Log())
	}
	return nil
}

// slack makes the Secrets that ci/slack-values.yaml and its like name, and a
// Service through which pods reach a workspace.
func slack(t *testing.T, ns string) {
	t.Helper()
	workspace.mu.Lock()
	defer workspace.mu.Unlock()
	if workspace.process == nil {
		run(t, "", "ip", "address", "replace", slackIP+"/32", "dev", "lo")
		p, err := proc.Start(os.Getenv(slackVariable), "serve", "-addr", net.JoinHostPort(slackIP, strconv.Itoa(slackPort)),
			"-client-id", "1234567890.1234567890", "-client-secret", slackAppSecret, "-redirect", "https://slack.mcp.example.com/oauth/slack/callback")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if _, err := p.Await(ctx, "serving", 1); err != nil {
			t.Fatal(err)
		}
		workspace.process = p
		workspace.gateway, workspace.authority = gateway(t, "slack-api")
	}
	serviceOfNode(t, ns, "slack-api", slackIP, slackPort, slackTLSPort)
	secret(t, ns, "mcp-slack", map[string]string{"bot-token": "xoxb-fake-bot\n", "signing-secret": slackSigningSecret + "\n"})
	secret(t, ns, "mcp-slack-ca", map[string]string{"ca.crt": workspace.authority})
	secret(t, ns, "mcp-slack-app", map[string]string{"client-secret": slackAppSecret + "\n"})
}

// gateway serves the workspace with TLS, under a name and its own certificate.
func gateway(t *testing.T, name string) (server *http.Server, authority string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", net.JoinHostPort(slackIP, strconv.Itoa(slackTLSPort)))
	if err != nil {
		t.Fatal(err)
	}
	behind := &url.URL{Scheme: "http", Host: net.JoinHostPort(slackIP, strconv.Itoa(slackPort))}
	server = &http.Server{
		Handler:   &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(behind) }},
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}}},
	}
	go server.ServeTLS(l, "", "")
	return server, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}))
}

// browser asks one replica after the other, and keeps cookies as one that is at
// the service's own URL does.
type browser struct {
	pods   []pod
	turn   int
	cookie string
}

// ask returns the page at a URL, or what a form of it leads to.
func (b *browser) ask(t *testing.T, to string, form url.Values) string {
	t.Helper()
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(t.Context(), method, to, body)
	if err != nil {
		t.Fatal(err)
	}
	req.URL.Scheme = "http"
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if b.cookie != "" {
		req.Header.Set("Cookie", b.cookie)
	}
	at := b.pods[b.turn%len(b.pods)]
	b.turn++
	res, err := transport(net.JoinHostPort(at.Status.PodIP, "8080"), false).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %s %s with status %d, %v:\n%s", at.name(), method, req.URL.Path, res.StatusCode, err, page)
	}
	for _, c := range res.Cookies() {
		b.cookie = c.Name + "=" + c.Value
	}
	return string(page)
}

var (
	ticketField  = regexp.MustCompile(`name="ticket" value="([^"]+)"`)
	continueLink = regexp.MustCompile(`<a href="([^"]+)"[^>]*>go on</a>`)
)

// A person's sign-in leaves from one replica and comes back to another, and then
// every one of them has their token.
func (r *release) signInAtSlack(t *testing.T, service string) {
	t.Helper()
	b := &browser{pods: r.awaitPods(t, service, 2)}
	link := asked(t, r.connectTo(t, service, net.JoinHostPort(b.pods[0].Status.PodIP, "8080"), modern), "list_channels", struct{}{})
	if !strings.Contains(link, "/oauth/slack/start?ticket=") {
		t.Fatalf("the link is %q", link)
	}
	page := b.ask(t, link, nil)
	ticket := ticketField.FindStringSubmatch(page)
	if ticket == nil || !strings.Contains(page, "key:test") {
		t.Fatalf("the page has no form for the caller:\n%s", page)
	}
	form, _, _ := strings.Cut(link, "?")
	page = b.ask(t, form, url.Values{"ticket": {html.UnescapeString(ticket[1])}, "credential": {r.key}})
	onward := continueLink.FindStringSubmatch(page)
	if onward == nil {
		t.Fatalf("nothing leads to Slack:\n%s", page)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, html.UnescapeString(onward[1]), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.URL.Scheme = "http"
	res, err := transport(net.JoinHostPort(slackIP, strconv.Itoa(slackPort)), false).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	back := res.Header.Get("Location")
	if res.StatusCode != http.StatusFound || !strings.HasPrefix(back, "https://slack.mcp.example.com/oauth/slack/callback?") {
		t.Fatalf("Slack answers with status %d and leads to %q", res.StatusCode, back)
	}
	if page = b.ask(t, back, nil); !strings.Contains(page, "Slack is connected") {
		t.Fatalf("the last page:\n%s", page)
	}
	for _, at := range b.pods {
		out := call(t, r.connectTo(t, service, net.JoinHostPort(at.Status.PodIP, "8080"), modern), "list_channels", struct{}{})
		if list, _ := out["channels"].([]any); len(list) == 0 {
			t.Errorf("%s lists %v", at.name(), out)
		}
	}
}

// An event is taken with its signature, and without an API key.
func (r *release) takeEvents(t *testing.T, service string) {
	t.Helper()
	const challenge = `{"type":"url_verification","challenge":"is it you?"}`
	for signed, want := range map[bool]int{true: http.StatusOK, false: http.StatusUnauthorized} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+r.host(service)+"/webhooks/slack", strings.NewReader(challenge))
		if err != nil {
			t.Fatal(err)
		}
		sent := strconv.FormatInt(time.Now().Unix(), 10)
		sum := hmac.New(sha256.New, []byte(slackSigningSecret))
		io.WriteString(sum, "v0:"+sent+":"+challenge)
		signature := hex.EncodeToString(sum.Sum(nil))
		if !signed {
			signature = strings.Repeat("0", len(signature))
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Slack-Request-Timestamp", sent)
		req.Header.Set("X-Slack-Signature", "v0="+signature)
		res, err := transport(net.JoinHostPort(address(t.Context(), t, r.host(service)), "80"), false).RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
		res.Body.Close()
		if err != nil || res.StatusCode != want || signed && string(text) != "is it you?" {
			t.Errorf("an event, signed: %v, is answered with status %d, %q, %v", signed, res.StatusCode, text, err)
		}
	}
}
