package upstream

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func TestClassesOfAddresses(t *testing.T) {
	for in, want := range map[string]class{
		"8.8.8.8": public, "2606:4700::1111": public, "64:ff9b::808:808": public,
		"127.0.0.1": ofThisMachine, "::1": ofThisMachine, "::ffff:127.0.0.1": ofThisMachine, "64:ff9b::7f00:1": ofThisMachine,
		"10.1.2.3": private, "172.16.0.1": private, "192.168.1.1": private, "fd00::1": private, "100.64.0.1": private, "::ffff:10.0.0.1": private,
		"169.254.169.254": never, "fe80::1": never, "fe80::1%eth0": never, "0.0.0.0": never, "::": never, "0.1.2.3": never, "224.0.0.1": never, "255.255.255.255": never,
		"240.0.0.1": never, "ff02::1": never, "192.0.2.1": never, "198.18.0.1": never, "2002:7f00:1::": never, "::7f00:1": never, "64:ff9b::a9fe:a9fe": never,
	} {
		if got := classOf(netip.MustParseAddr(in)); got != want {
			t.Errorf("%s: %d, want %d", in, got, want)
		}
	}
}

// TestAnswersDoNotChooseInnerAddresses holds that what an upstream points to is
// reached only if anybody could reach it.
func TestAnswersDoNotChooseInnerAddresses(t *testing.T) {
	inner := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was reached") }))
	t.Cleanup(inner.Close)
	innerURL, _ := url.Parse(inner.URL)
	base, _ := url.Parse("https://192.0.2.1/")
	c, err := Open(Config{Name: "GitHub", BaseURLs: []*url.URL{base}, Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	for _, to := range []string{inner.URL, "https://localhost:" + innerURL.Port(), "https://[::ffff:127.0.0.1]:" + innerURL.Port(), "https://169.254.169.254/latest/meta-data", "https://10.0.0.1/", "http://8.8.8.8/", "file:///etc/passwd"} {
		_, err := read(c.Fetch(t.Context(), to))
		var refused *RefusedError
		if !errors.As(err, &refused) {
			t.Errorf("%s: %v", to, err)
		}
	}

	// A base URL of this machine permits this machine, and nothing further in.
	local := newRig(t, Config{Retries: -1}, func(w http.ResponseWriter, _ *http.Request) { json(w, 200, `"log"`) })
	if got, err := read(local.Fetch(t.Context(), local.url)); err != nil || got.body != `"log"` {
		t.Errorf("%+v %v", got, err)
	}
	var refused *RefusedError
	if _, err := read(local.Fetch(t.Context(), "http://169.254.169.254/")); !errors.As(err, &refused) {
		t.Error(err)
	}
	if _, err := read(local.Fetch(t.Context(), "http://10.0.0.1/")); !errors.As(err, &refused) {
		t.Error(err)
	}
}

func TestParseBase(t *testing.T) {
	for raw, want := range map[string]string{
		"https://api.github.com":            "https://api.github.com/",
		" https://ghes.example.com/api/v3 ": "https://ghes.example.com/api/v3/",
		"http://127.0.0.1:4801":             "http://127.0.0.1:4801/",
		"http://[::1]:4801/x/":              "http://[::1]:4801/x/",
		"http://localhost":                  "http://localhost/",
		"http://ghes.example.com":           "",
		"http://127.0.0.1.example.com":      "",
		"https://user:c4nary@example.com":   "",
		"https://example.com/?x=c4nary":     "",
		"https://example.com/?":             "",
		"https://example.com/#x":            "",
		"ftp://example.com":                 "",
		"https:example.com":                 "",
		"https://":                          "",
		"":                                  "",
		"https://c4nary:%zz":                "",
	} {
		u, err := ParseBase("--x", raw)
		if want == "" {
			if err == nil {
				t.Errorf("%q: %s", raw, u)
			} else if e := err.Error(); len(e) < 5 || e[:5] != "--x: " || strings.Contains(e, "c4nary") {
				t.Errorf("%q: %v", raw, err)
			}
			continue
		}
		if err != nil || u.String() != want {
			t.Errorf("%q: %v %v", raw, u, err)
		}
	}
	if u, err := ParsePlainBase("--x", "http://ghes.example.com"); err != nil || u.String() != "http://ghes.example.com/" {
		t.Error(u, err)
	}
}
