package token

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/auth/authtest"
)

// counter counts the requests that a client sends.
type counter struct{ n atomic.Int64 }

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.n.Add(1)
	return http.DefaultTransport.RoundTrip(r)
}

// settle waits for the fetches under way.
func settle(v *Verifier) {
	for _, is := range v.issuers {
		is.mu.Lock()
		done := is.flight
		is.mu.Unlock()
		if done != nil {
			<-done
		}
	}
}

func expect(t *testing.T, v *Verifier, name, raw string, want error) {
	t.Helper()
	if _, err := v.Verify(t.Context(), raw); !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", name, err, want)
	}
}

func TestRotatedKeyIsFound(t *testing.T) {
	i, v, clock := pair(t)
	expect(t, v, "first key", i.MintFresh(forService()), nil)
	old := i.MintFresh(forService())
	i.Rotate()
	expect(t, v, "second key", i.MintFresh(forService()), nil)
	expect(t, v, "the key that was withdrawn", old, ErrInvalid)
	i.Rotate()
	expect(t, v, "third key within a minute", i.MintFresh(forService()), ErrInvalid)
	clock.add(unknownEvery)
	expect(t, v, "third key after it", i.MintFresh(forService()), nil)
	if n := i.Requests(); n != 3 {
		t.Errorf("the keys were asked for %d times", n)
	}
}

func TestStormOfUnknownKeys(t *testing.T) {
	i, v, _ := pair(t)
	var wg sync.WaitGroup
	for range 100 {
		raw := i.Sign("EdDSA", map[string]any{"kid": "unknown"}, forService())
		wg.Go(func() { expect(t, v, "unknown key", raw, ErrInvalid) })
	}
	wg.Wait()
	if n := i.Requests(); n != 2 {
		t.Errorf("the keys were asked for %d times", n)
	}
}

func TestFirstRequestsShareOneFetch(t *testing.T) {
	i, v, _ := pair(t)
	arrived, release := make(chan struct{}), make(chan struct{})
	i.BeforeKeys(func() { close(arrived); <-release })
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := v.Verify(ctx, i.Sign("EdDSA", nil, forService()))
		left <- err
	}()
	<-arrived
	var begun, wg sync.WaitGroup
	for range 100 {
		raw := i.Sign("EdDSA", nil, forService())
		begun.Add(1)
		wg.Go(func() {
			begun.Done()
			expect(t, v, "first request", raw, nil)
		})
	}
	begun.Wait()
	leave()
	if err := <-left; !errors.Is(err, ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that leaves: %v", err)
	}
	close(release)
	wg.Wait()
	if n := i.Requests(); n != 1 {
		t.Errorf("the keys were asked for %d times", n)
	}
}

func TestIssuerThatIsDownIsAskedRarely(t *testing.T) {
	clock, trips := newClock(), new(counter)
	i := authtest.NewIssuer(t)
	i.Now = clock.Now
	v := newVerifier(t, Config{Issuers: []string{i.URL}, Now: clock.Now, HTTP: &http.Client{Transport: trips}})
	i.SetDown(true)
	asked := func() bool { return trips.n.Swap(0) > 0 }
	for _, pause := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
		expect(t, v, "down", i.MintFresh(forService()), ErrUnavailable)
		if !asked() {
			t.Fatalf("before the pause of %d s: the issuer was not asked", pause)
		}
		clock.add(pause*time.Second - time.Millisecond)
		expect(t, v, "in the pause", i.MintFresh(forService()), ErrUnavailable)
		if asked() {
			t.Fatalf("the issuer was asked in the pause of %d s", pause)
		}
		clock.add(time.Millisecond)
	}
	expect(t, v, "a bad token meanwhile", i.MintFresh(forService("aud", "https://other.example")), ErrInvalid)
	i.SetDown(false)
	expect(t, v, "up again", i.MintFresh(forService()), nil)

	i.SetDown(true)
	clock.add(keysUsable)
	expect(t, v, "down again", i.MintFresh(forService()), ErrUnavailable)
	asked()
	clock.add(minPause)
	expect(t, v, "after the first pause", i.MintFresh(forService()), ErrUnavailable)
	if !asked() {
		t.Error("the pauses go on where they ended before")
	}
}

func TestOldKeysAreUsedWhileTheIssuerIsDown(t *testing.T) {
	i, v, clock := pair(t)
	fresh := func() string { return i.MintFresh(forService()) }
	expect(t, v, "at first", fresh(), nil)
	i.SetDown(true)
	for _, age := range []time.Duration{time.Hour, 10 * time.Hour, 12*time.Hour + 59*time.Minute} {
		clock.add(age)
		expect(t, v, "down", fresh(), nil)
		settle(v)
	}
	i.Rotate()
	expect(t, v, "a new key while down", fresh(), ErrUnavailable)
	expect(t, v, "a known key while down", i.Mint(forService()), nil)
	clock.add(time.Minute)
	expect(t, v, "down for a day", i.Mint(forService()), ErrUnavailable)
	i.SetDown(false)
	clock.add(maxPause)
	expect(t, v, "up again", fresh(), nil)
}

func TestKeysAreRefreshedInTheBackground(t *testing.T) {
	i, v, clock := pair(t)
	old := i.MintFresh(forService("exp", clock.Now().Add(time.Hour).Unix()))
	expect(t, v, "at first", i.MintFresh(forService()), nil)
	i.Rotate()
	clock.add(keysFresh - time.Second)
	expect(t, v, "while the keys are fresh", i.Mint(forService()), nil)
	settle(v)
	if n := i.Requests(); n != 1 {
		t.Fatalf("the keys were asked for %d times", n)
	}
	release := make(chan struct{})
	i.BeforeKeys(func() { <-release })
	clock.add(time.Second)
	expect(t, v, "with the old keys, without waiting", i.Mint(forService()), nil)
	close(release)
	settle(v)
	expect(t, v, "the withdrawn key", old, ErrInvalid)
	if n := i.Requests(); n < 2 {
		t.Errorf("the keys were asked for %d times", n)
	}
}

func TestTwoIssuersWithTheSameKeyNames(t *testing.T) {
	clock := newClock()
	one, two := authtest.NewIssuer(t), authtest.NewIssuer(t)
	one.Now, two.Now = clock.Now, clock.Now
	v := newVerifier(t, Config{Issuers: []string{one.URL, two.URL}, Now: clock.Now})
	if got := v.AuthorizationServers(); len(got) != 2 || got[0] != one.URL || got[1] != two.URL {
		t.Errorf("AuthorizationServers() = %q", got)
	}
	// Both sign with a key of their own that is called fresh-0.
	expect(t, v, "one", one.MintFresh(forService()), nil)
	expect(t, v, "two", two.MintFresh(forService()), nil)
	expect(t, v, "two's key in one's name", two.MintFresh(forService("iss", one.URL)), ErrInvalid)
	expect(t, v, "one's key in two's name", one.MintFresh(forService("iss", two.URL)), ErrInvalid)
}

func TestUnknownIssuerIsNeverAsked(t *testing.T) {
	stranger := authtest.NewIssuer(t)
	_, v, clock := pair(t)
	stranger.Now = clock.Now
	expect(t, v, "stranger", stranger.Mint(forService()), ErrInvalid)
	if stranger.Requests() != 0 {
		t.Error("a token chose whom to ask")
	}
}

func TestDiscovery(t *testing.T) {
	i := authtest.NewIssuer(t)
	keys, err := json.Marshal(i.JWKS())
	if err != nil {
		t.Fatal(err)
	}
	const as, oidc = "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"
	for _, tt := range []struct {
		name   string
		issuer string            // its path
		docs   map[string]string // SELF stands for the server
		want   error
	}{
		{"RFC 8414", "", map[string]string{as: `{"issuer":"SELF","jwks_uri":"SELF/keys"}`}, nil},
		{"OpenID Connect", "", map[string]string{oidc: `{"issuer":"SELF","jwks_uri":"SELF/keys"}`}, nil},
		{"a name that ends in a slash", "/", map[string]string{oidc: `{"issuer":"SELF/","jwks_uri":"SELF/keys"}`}, nil},
		{"RFC 8414 with a path", "/t/1", map[string]string{as + "/t/1": `{"issuer":"SELF/t/1","jwks_uri":"SELF/keys"}`}, nil},
		{"OpenID Connect with the path behind", "/t/1", map[string]string{oidc + "/t/1": `{"issuer":"SELF/t/1","jwks_uri":"SELF/keys"}`}, nil},
		{"OpenID Connect with the path before", "/t/1", map[string]string{"/t/1" + oidc: `{"issuer":"SELF/t/1","jwks_uri":"SELF/keys"}`}, nil},
		{"another's metadata, then its own", "/t", map[string]string{as + "/t": `{"issuer":"SELF","jwks_uri":"SELF/evil"}`, "/t" + oidc: `{"issuer":"SELF/t","jwks_uri":"SELF/keys"}`}, nil},
		{"HTML, then its own", "", map[string]string{as: `<html>`, oidc: `{"issuer":"SELF","jwks_uri":"SELF/keys"}`}, nil},
		{"another's metadata", "", map[string]string{as: `{"issuer":"https://other.example","jwks_uri":"SELF/keys"}`}, ErrUnavailable},
		{"a slash too many", "", map[string]string{as: `{"issuer":"SELF/","jwks_uri":"SELF/keys"}`}, ErrUnavailable},
		{"no issuer", "", map[string]string{as: `{"jwks_uri":"SELF/keys"}`}, ErrUnavailable},
		{"no jwks_uri", "", map[string]string{as: `{"issuer":"SELF"}`}, ErrUnavailable},
		{"root's metadata for a path", "/t", map[string]string{as: `{"issuer":"SELF/t","jwks_uri":"SELF/keys"}`}, ErrUnavailable},
		{"nothing", "", nil, ErrUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			mux := http.NewServeMux()
			srv := httptest.NewServer(mux)
			defer srv.Close()
			mux.HandleFunc("/keys", respond("%s", keys))
			for path, doc := range tt.docs {
				mux.HandleFunc(path, respond("%s", strings.ReplaceAll(doc, "SELF", srv.URL)))
			}
			v := newVerifier(t, Config{Issuers: []string{srv.URL + tt.issuer}})
			expect(t, v, "token", i.Mint(forService("iss", srv.URL+tt.issuer)), tt.want)
		})
	}
}

func TestAnswersOfAnIssuerThatAreNotUsed(t *testing.T) {
	i := authtest.NewIssuer(t)
	keys, err := json.Marshal(i.JWKS())
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := httptest.NewServer(respond("%s", keys))
	defer elsewhere.Close()
	many := `{"keys":[` + strings.Repeat(`{},`, maxKeys) + `{}]}`
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		want   error
	}{
		{"good", respond("%s", keys), nil},
		{"redirected on its host", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/more", http.StatusFound) }, nil},
		{"redirected elsewhere", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) }, ErrUnavailable},
		{"redirected for ever", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/keys", http.StatusFound) }, ErrUnavailable},
		{"too large", respond("%s%s", keys, strings.Repeat(" ", maxDocument)), ErrUnavailable},
		{"too many keys", respond("%s", many), ErrUnavailable},
		{"HTML", respond("<html>%s</html>", keys), ErrUnavailable},
		{"no keys member", respond("{}"), ErrUnavailable},
		{"an array", respond("[]"), ErrUnavailable},
		{"status 500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500); _, _ = w.Write(keys) }, ErrUnavailable},
		{"a broken connection", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, ErrUnavailable},
		{"all keys withdrawn", respond(`{"keys":[]}`), ErrInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			mux := http.NewServeMux()
			srv := httptest.NewServer(mux)
			defer srv.Close()
			mux.HandleFunc("/.well-known/", respond(`{"issuer":%q,"jwks_uri":%q}`, srv.URL, srv.URL+"/keys"))
			mux.HandleFunc("/keys", tt.answer)
			mux.HandleFunc("/more", respond("%s", keys))
			trips := new(counter)
			v := newVerifier(t, Config{Issuers: []string{srv.URL}, HTTP: &http.Client{Transport: trips}})
			expect(t, v, "token", i.Mint(forService("iss", srv.URL)), tt.want)
			if n := trips.n.Load(); n > 5 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestKeysOfAnHTTPSIssuerNeedHTTPS(t *testing.T) {
	i := authtest.NewIssuer(t)
	mux := http.NewServeMux()
	srv := httptest.NewTLSServer(mux)
	defer srv.Close()
	uri := "http://localhost/keys"
	mux.HandleFunc("/.well-known/", func(w http.ResponseWriter, r *http.Request) {
		respond(`{"issuer":%q,"jwks_uri":%q}`, srv.URL, uri)(w, r)
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(i.JWKS()) })
	clock := newClock()
	i.Now = clock.Now
	v := newVerifier(t, Config{Issuers: []string{srv.URL}, HTTP: srv.Client(), Now: clock.Now})
	expect(t, v, "http", i.Mint(forService("iss", srv.URL)), ErrUnavailable)
	uri = srv.URL + "/keys"
	clock.add(minPause)
	expect(t, v, "https", i.Mint(forService("iss", srv.URL)), nil)
}

func TestRedirectFromHTTPSIsNotFollowed(t *testing.T) {
	i := authtest.NewIssuer(t)
	plain := false
	v := bubbled(t, func(r *http.Request) (*http.Response, error) {
		plain = plain || r.URL.Scheme == "http"
		return &http.Response{StatusCode: 302, Body: http.NoBody, Header: http.Header{"Location": {"http://" + r.URL.Host + r.URL.Path}}}, nil
	})
	expect(t, v, "redirected", i.Mint(forService("iss", "https://id.example.com")), ErrUnavailable)
	if plain {
		t.Error("the redirect was followed")
	}
}

func TestOnlyOneKeyMayFit(t *testing.T) {
	i := authtest.NewIssuer(t)
	all := i.JWKS()["keys"].([]any)
	copyOf := func(n int, changes map[string]any) map[string]any {
		m := make(map[string]any)
		for name, value := range all[n].(map[string]any) {
			m[name] = value
		}
		for name, value := range changes {
			m[name] = value
		}
		return m
	}
	const plain, ps, ec = 0, 1, 5
	for _, tt := range []struct {
		name string
		keys []any
		want bool
	}{
		{"one", []any{copyOf(plain, nil)}, true},
		{"the same twice", []any{copyOf(plain, nil), copyOf(plain, nil)}, true},
		{"the same for two algorithms", []any{copyOf(plain, map[string]any{"alg": "PS256"}), copyOf(plain, map[string]any{"alg": "RS256"})}, true},
		{"another kind of the same name", []any{copyOf(ec, map[string]any{"kid": "rsa"}), copyOf(plain, nil)}, true},
		{"another algorithm of the same name", []any{copyOf(ps, map[string]any{"kid": "rsa"}), copyOf(plain, nil)}, true},
		{"two of the same name", []any{copyOf(plain, nil), copyOf(ps, map[string]any{"kid": "rsa", "alg": ""})}, false},
		{"two of the same name, the other way round", []any{copyOf(ps, map[string]any{"kid": "rsa", "alg": ""}), copyOf(plain, nil)}, false},
		{"none of the name", []any{copyOf(plain, map[string]any{"kid": "RSA"})}, false},
		{"a point that is not on its curve", []any{copyOf(plain, nil), copyOf(ec, map[string]any{"kid": "rsa", "x": "AAAA"})}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			mux := http.NewServeMux()
			srv := httptest.NewServer(mux)
			defer srv.Close()
			mux.HandleFunc("/.well-known/", respond(`{"issuer":%q,"jwks_uri":%q}`, srv.URL, srv.URL+"/keys"))
			mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
				_ = json.NewEncoder(w).Encode(map[string]any{"keys": tt.keys})
			})
			v := newVerifier(t, Config{Issuers: []string{srv.URL}})
			var want error
			if !tt.want {
				want = ErrInvalid
			}
			expect(t, v, "token", i.Mint(forService("iss", srv.URL)), want)
		})
	}
}

func TestKeysThatAreNotUsed(t *testing.T) {
	published := authtest.NewIssuer(t).JWKS()["keys"].([]any)
	plain, ec, ed := published[0].(map[string]any), published[5].(map[string]any), published[9].(map[string]any)
	shifted := func() map[string]any {
		x, _ := decode(ec["x"].(string))
		y, _ := decode(ec["y"].(string))
		return map[string]any{"x": encodeText(string(x[:31])), "y": encodeText(string(x[31:]) + string(y))}
	}
	for _, tt := range []struct {
		name    string
		key     map[string]any
		changes map[string]any
		used    bool
	}{
		{"RSA", plain, nil, true},
		{"EC", ec, nil, true},
		{"Ed25519", ed, nil, true},
		{"for signatures, by its operations", plain, map[string]any{"use": "", "key_ops": []string{"verify"}}, true},
		{"for no operation", plain, map[string]any{"key_ops": []string{}}, false},
		{"for encryption", plain, map[string]any{"use": "enc"}, false},
		{"with its private part", plain, map[string]any{"d": "AQAB"}, false},
		{"with a long name", plain, map[string]any{"kid": strings.Repeat("k", maxKid+1)}, false},
		{"2047 bits", plain, map[string]any{"n": "P" + strings.Repeat("_", 341)}, false},
		{"more than 8192 bits", plain, map[string]any{"n": strings.Repeat("____", 400)}, false},
		{"an even modulus", plain, map[string]any{"n": strings.Repeat("_", 341) + "g"}, false},
		{"an exponent of one", plain, map[string]any{"e": "AQ"}, false},
		{"an even exponent", plain, map[string]any{"e": "BA"}, false},
		{"an exponent of 40 bits", plain, map[string]any{"e": "AQAAAAE"}, false},
		{"no modulus", plain, map[string]any{"n": ""}, false},
		{"a modulus that is not base64url", plain, map[string]any{"n": "?" + plain["n"].(string)}, false},
		{"another curve", ec, map[string]any{"crv": "secp256k1"}, false},
		{"a larger curve", ec, map[string]any{"crv": "P-384"}, false},
		{"a point that is not on its curve", ec, map[string]any{"x": ec["y"]}, false},
		{"coordinates of 31 and 33 bytes", ec, shifted(), false},
		{"the point at infinity", ec, map[string]any{"x": "", "y": ""}, false},
		{"an Ed25519 key of 31 bytes", ed, map[string]any{"x": ed["x"].(string)[:42]}, false},
		{"X25519", ed, map[string]any{"crv": "X25519"}, false},
		{"a symmetric key", plain, map[string]any{"kty": "oct"}, false},
	} {
		key := make(map[string]any)
		for _, from := range []map[string]any{tt.key, tt.changes} {
			for name, value := range from {
				key[name] = value
			}
		}
		doc, err := json.Marshal(map[string]any{"keys": []any{key}})
		if err != nil {
			t.Fatal(err)
		}
		set, err := parseKeys(doc, slog.New(slog.DiscardHandler))
		if err != nil || (len(set.keys) == 1) != tt.used {
			t.Errorf("%s: %+v, %v", tt.name, set, err)
		}
	}
}

func TestWhatIsRefusedWithoutAsking(t *testing.T) {
	i, v, clock := pair(t)
	for name, raw := range map[string]string{
		"alg":      i.Sign("RS256", map[string]any{"alg": "none"}, forService()),
		"kid":      i.Sign("RS256", map[string]any{"kid": strings.Repeat("k", maxKid+1)}, forService()),
		"typ":      i.Sign("RS256", map[string]any{"typ": "id+jwt"}, forService()),
		"audience": i.Mint(forService("aud", "https://other.example")),
		"expired":  i.Mint(forService("exp", clock.Now().Unix()-60)),
		"ID token": i.Sign("RS256", map[string]any{"typ": "JWT"}, forService("nonce", "x")),
	} {
		expect(t, v, name, raw, ErrInvalid)
	}
	if n := i.Requests(); n != 0 {
		t.Errorf("the keys were asked for %d times", n)
	}
}

func TestUnknownKeysWhileTheIssuerIsDown(t *testing.T) {
	clock, trips := newClock(), new(counter)
	i := authtest.NewIssuer(t)
	i.Now = clock.Now
	v := newVerifier(t, Config{Issuers: []string{i.URL}, Now: clock.Now, HTTP: &http.Client{Transport: trips}})
	expect(t, v, "at first", i.Mint(forService()), nil)
	i.SetDown(true)
	unknown := func() string { return i.Sign("EdDSA", map[string]any{"kid": "unknown"}, forService()) }
	expect(t, v, "the first", unknown(), ErrUnavailable)
	trips.n.Store(0)
	for range 59 {
		clock.add(time.Second)
		expect(t, v, "within a minute", unknown(), ErrUnavailable)
	}
	if n := trips.n.Load(); n != 0 {
		t.Errorf("%d requests within a minute", n)
	}
	clock.add(time.Second)
	i.SetDown(false)
	expect(t, v, "after it", unknown(), ErrInvalid)

	// Whoever looked for a key in an older set need not ask again.
	clock.add(time.Minute)
	trips.n.Store(0)
	if set, err := v.issuers[i.URL].newer(t.Context(), new(keySet)); err != nil || len(set.keys) == 0 || trips.n.Load() != 0 {
		t.Errorf("newer than an old set: %v, %v, %d requests", set, err, trips.n.Load())
	}
}

func TestKeySetURI(t *testing.T) {
	v := newVerifier(t, Config{Issuers: []string{"https://id.example.com", "http://idp:8080"}})
	for _, tt := range []struct{ issuer, uri, want string }{
		{"https://id.example.com", "https://keys.example.net/1", ""},
		{"http://idp:8080", "http://idp:8080/keys", ""},
		{"http://idp:8080", "https://keys.example.net/1", ""},
		{"http://idp:8080", "http://keys.example.net/1", "must begin with https://"},
		{"https://id.example.com", "http://idp:8080/keys", "gives up the https"},
		{"https://id.example.com", "http://keys.example.net/1", "must begin with https://"},
		{"https://id.example.com", "file:///etc/passwd", "absolute URL"},
		{"https://id.example.com", "gopher://keys.example.net/1", "must begin with https://"},
		{"https://id.example.com", "https://me:hunter2@keys.example.net/1", "user name"},
		{"https://id.example.com", "/keys", "absolute URL"},
		{"https://id.example.com", "", "absolute URL"},
	} {
		doc, err := json.Marshal(map[string]string{"issuer": tt.issuer, "jwks_uri": tt.uri})
		if err != nil {
			t.Fatal(err)
		}
		got, err := v.issuers[tt.issuer].keySetURI(doc)
		if tt.want == "" && (err != nil || got != tt.uri) || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s for %s: %q, %v, want %q", tt.uri, tt.issuer, got, err, tt.want)
		}
	}
}
