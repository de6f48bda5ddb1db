package upstream

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestCredentialsKnowTheirHost sends a read, by a redirect, to what looks like the
// base URL, and holds that only the base URL itself gets the credential.
func TestCredentialsKnowTheirHost(t *testing.T) {
	base, err := ParseBase("--url", "https://api.github.com")
	if err != nil {
		t.Fatal(err)
	}
	for to, want := range map[string]bool{
		"https://api.github.com/x":             true,
		"HTTPS://API.GitHub.com:443/x":         true,
		"//api.github.com/x":                   true,
		"https://user:pass@api.github.com/x":   true,
		"http://api.github.com/x":              false,
		"https://api.github.com:8443/x":        false,
		"https://api.github.com:0443/x":        false,
		"https://api.github.com./x":            false,
		"https://api.github.com@example.com/x": false,
		"https://api.github.com.example.com/x": false,
		"https://github.com/x":                 false,
		"https://apİ.gİthub.com/x":             false, // in Unicode's lower case the same
		"https://api.githuſb.com/x":            false,
		"https://[::ffff:127.0.0.1]/x":         false,
		"https://2130706433/x":                 false,
	} {
		c, err := Open(Config{Name: "GitHub", BaseURLs: []*url.URL{base}, Retries: -1})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		c.base = tripper(func(q *http.Request) (*http.Response, error) {
			got = append(got, q.Header.Get("Authorization"))
			w := httptest.NewRecorder()
			if q.URL.Path == "/" {
				w.Header().Set("Location", to)
				w.WriteHeader(http.StatusFound)
			}
			return w.Result(), nil
		})
		c.foreign = tripper(func(q *http.Request) (*http.Response, error) {
			if a := q.Header.Get("Authorization"); a != "" || q.URL.User != nil || strings.Contains(q.URL.String(), canary) {
				t.Errorf("%s: got %q, %s", to, a, q.URL)
			}
			return httptest.NewRecorder().Result(), nil
		})
		_, err = read(c.HTTP().Do(mustRequest(t, as(t.Context(), canary), "https://api.github.com/")))
		if err != nil || (len(got) == 2) != want || want && got[1] != "Bearer "+canary {
			t.Errorf("%s: %v, %q", to, err, got)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

func mustRequest(t *testing.T, ctx context.Context, to string) *http.Request {
	t.Helper()
	q, err := http.NewRequestWithContext(ctx, "GET", to, nil)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// TestOnePathDoesNotOpenTheBreaker holds that who asks again and again for what
// makes the upstream fail does not take it away from others.
func TestOnePathDoesNotOpenTheBreaker(t *testing.T) {
	r := newRig(t, Config{OpenAfter: 3, Retries: -1}, func(w http.ResponseWriter, q *http.Request) {
		if strings.HasPrefix(q.URL.Path, "/poison") {
			json(w, 502, `{}`)
			return
		}
		json(w, 200, `{}`)
	})
	for i := range 20 {
		if got, err := r.do(as(t.Context(), "tenant"), "GET", "/poison?"+strconv.Itoa(i), ""); err != nil || got.status != 502 {
			t.Fatal(got, err)
		}
	}
	if got, err := r.do(as(t.Context(), "other"), "GET", "/fine", ""); err != nil || got.status != 200 {
		t.Error(got, err)
	}
	// A host that cannot be reached is away whatever is asked of it.
	gone := httptest.NewServer(nil)
	gone.Close()
	away := &rig{}
	away.open(t, Config{OpenAfter: 3, Retries: -1}, gone.URL)
	var open *OpenError
	for range 4 {
		_, err := away.do(t.Context(), "GET", "/x", "")
		if errors.As(err, &open) {
			return
		}
	}
	t.Error("a host that is away was asked four times")
}

// TestBombsAreNotUnpacked holds that the bound is on what comes out.
func TestBombsAreNotUnpacked(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	if _, err := z.Write([]byte(`"` + strings.Repeat("a", 8<<20) + `"`)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"application/json", "text/plain"} {
		r := newRig(t, Config{MaxBody: 1 << 20, MaxStream: 1 << 20}, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		})
		var large *TooLargeError
		if got, err := r.do(t.Context(), "GET", "/x", ""); !errors.As(err, &large) || len(got.body) > 1<<20 {
			t.Errorf("%s of %d bytes: %v after %d", kind, bomb.Len(), err, len(got.body))
		}
	}
}

// TestWindowsEnd holds that an upstream, or a proxy before it, whose clock is wrong
// does not keep a credential out until the process ends.
func TestWindowsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reset, remaining := "4102444800", "0"
		r := newScript(t, Config{}, func(w http.ResponseWriter, _ *http.Request) {
			json(w, 200, `{}`, "X-RateLimit-Limit", "60", "X-RateLimit-Remaining", remaining, "X-RateLimit-Reset", reset)
		})
		r.get(t, t.Context(), "/x")
		var limit *LimitError
		if _, err := r.do(t.Context(), "GET", "/x", ""); !errors.As(err, &limit) || limit.After > maxHonoured {
			t.Errorf("%v %+v", err, limit)
		}
		remaining = "59"
		time.Sleep(maxHonoured)
		r.get(t, t.Context(), "/x")
	})
}

// TestAnswersAreTheirCredentials holds that what one credential was shown is no
// other's, however the upstream tags it, and that a credential that was withdrawn
// gets nothing out of memory.
func TestAnswersAreTheirCredentials(t *testing.T) {
	withdrawn := false
	r := newRig(t, Config{}, func(w http.ResponseWriter, q *http.Request) {
		switch {
		case q.Header.Get("Authorization") == "Bearer a" && !withdrawn:
			json(w, 200, `"private"`, "Etag", `"same"`, "Cache-Control", "public, max-age=3600")
		case q.Header.Get("If-None-Match") != "" && !withdrawn:
			t.Error("a tag of another's answer was sent")
			w.WriteHeader(http.StatusNotModified)
		default:
			json(w, 404, `"nothing"`, "Etag", `"same"`)
		}
	})
	if got := r.get(t, as(t.Context(), "a"), "/x"); got.body != `"private"` {
		t.Error(got)
	}
	for _, token := range []string{"b", "A", "ab", ""} {
		ctx := t.Context()
		if token != "" {
			ctx = as(ctx, token)
		}
		if got := r.get(t, ctx, "/x"); got.status != 404 {
			t.Errorf("%q: %+v", token, got)
		}
	}
	withdrawn = true
	if got := r.get(t, as(t.Context(), "a"), "/x"); got.status != 404 {
		t.Errorf("after it was withdrawn: %+v", got)
	}
}

func TestMetadataOfCloudsIsNobodys(t *testing.T) {
	for _, ip := range []string{"169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254", "192.0.0.192"} {
		if got := classOf(netip.MustParseAddr(ip)); got != never {
			t.Errorf("%s: %d", ip, got)
		}
	}
}

// TestProxiesGetNoCredentials holds that nothing is sent to a proxy in the clear,
// and that it is not asked for addresses in disguise.
func TestProxiesGetNoCredentials(t *testing.T) {
	for _, u := range []string{"http://ghes.example.com/", "http://127.0.0.1/"} {
		if at, err := proxy(mustRequest(t, t.Context(), u)); at != nil || err != nil {
			t.Error(u, at, err)
		}
	}
	base, _ := url.Parse("https://192.0.2.1/")
	o := newOutside(Config{Name: "GitHub", BaseURLs: []*url.URL{base}}.defaults())
	for _, name := range []string{"2130706433", "0x7f000001", "127.1", "0177.0.0.1", "10.0.1", "a.0x7f", "localhost.", "LOCALHOST", "x.localhost", "[::ffff:10.0.0.1]", "[fe80::1%25eth0]", "[64:ff9b::a00:1]"} {
		u, err := url.Parse("https://" + name + "/")
		if err != nil {
			t.Fatal(err)
		}
		if !o.inner(t.Context(), u) {
			t.Errorf("%s is asked for", name)
		}
	}
}
