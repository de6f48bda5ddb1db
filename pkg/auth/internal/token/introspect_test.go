package token

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// asker is a verifier with an introspection endpoint.
type asker struct {
	*Verifier
	clock *clock
	log   *strings.Builder
	asked atomic.Int64
}

func newAsker(t *testing.T, answer http.HandlerFunc, issuers ...string) *asker {
	t.Helper()
	a := &asker{clock: newClock(), log: new(strings.Builder)}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.asked.Add(1)
		answer(w, r)
	}))
	t.Cleanup(srv.Close)
	if issuers == nil {
		issuers = []string{"https://id.example.com"}
	}
	a.Verifier = newVerifier(t, Config{Issuers: issuers, IntrospectionURL: srv.URL + "/introspect?secret=query", ClientID: "me:&ü", ClientSecret: "s3cret+/%",
		Now: a.clock.Now, Log: slog.New(slog.NewTextHandler(a.log, nil))})
	return a
}

const active = `{"active":true,"aud":"` + audience + `","sub":"alice","client_id":"app","scope":"demo:read"`

func TestIntrospection(t *testing.T) {
	now := newClock().Now().Unix()
	exp := func(offset int64) string { return fmt.Sprintf(`,"exp":%d}`, now+offset) }
	for _, tt := range []struct {
		name, answer string
		want         error
	}{
		{"good", active + `}`, nil},
		{"with its issuer", active + `,"iss":"https://id.example.com"}`, nil},
		{"with its end", active + exp(60), nil},
		{"with its type", active + `,"token_type":"Bearer"}`, nil},
		{"inactive", `{"active":false}`, ErrInvalid},
		{"inactive, with claims", strings.Replace(active, "true", "false", 1) + `}`, ErrInvalid},
		{"active in quotes", strings.Replace(active, "true", `"true"`, 1) + `}`, ErrInvalid},
		{"active is 1", strings.Replace(active, "true", "1", 1) + `}`, ErrInvalid},
		{"active in capitals", strings.Replace(active, "active", "Active", 1) + `}`, ErrInvalid},
		{"no active", `{"aud":"` + audience + `","sub":"alice"}`, ErrInvalid},
		{"wrong audience", `{"active":true,"aud":"https://other.example","sub":"alice"}`, ErrInvalid},
		{"no audience", `{"active":true,"sub":"alice","client_id":"app"}`, ErrInvalid},
		{"expired", active + exp(-60), ErrInvalid},
		{"exp in quotes", active + `,"exp":"4102444800"}`, ErrInvalid},
		{"not yet", active + `,"nbf":4102444800}`, ErrInvalid},
		{"another issuer", active + `,"iss":"https://other.example"}`, ErrInvalid},
		{"nobody", `{"active":true,"aud":"` + audience + `"}`, ErrInvalid},
		{"refresh token", active + `,"token_type":"refresh_token"}`, ErrInvalid},
		{"bound token", active + `,"token_type":"DPoP"}`, ErrInvalid},
		{"bound to a key", active + `,"cnf":{"jkt":"x"}}`, ErrInvalid},
		{"ID token", active + `,"token_use":"id"}`, ErrInvalid},
		{"active twice", `{"active":false,` + active[1:] + `}`, ErrUnavailable},
		{"HTML", `<html>` + active + `}</html>`, ErrUnavailable},
		{"an array", `[` + active + `}]`, ErrUnavailable},
		{"nothing", ``, ErrUnavailable},
		{"too large", active + `}` + strings.Repeat(" ", maxAnswer), ErrUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newAsker(t, respond("%s", tt.answer))
			c, err := a.Verify(t.Context(), "opaque")
			if !errors.Is(err, tt.want) || (c == nil) != (err != nil) {
				t.Fatalf("%+v, %v, want %v", c, err, tt.want)
			}
			if c != nil {
				c.Expires = time.Time{}
				want := &Claims{Issuer: "https://id.example.com", Subject: "alice", ClientID: "app", Scopes: []string{"demo:read"}}
				if diff := cmp.Diff(want, c); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestIntrospectionThatFails(t *testing.T) {
	for _, status := range []int{204, 301, 302, 307, 308, 400, 401, 403, 404, 429, 500, 503} {
		a := newAsker(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
			fmt.Fprint(w, active+"}")
		})
		for range 3 {
			expect(t, a.Verifier, http.StatusText(status), "opaque-token", ErrUnavailable)
		}
		if n := a.asked.Load(); n != 3 {
			t.Errorf("%d: asked %d times", status, n)
		}
		log := a.log.String()
		if strings.Count(log, "\n") != 1 || strings.Contains(log, "opaque-token") || strings.Contains(log, "s3cret") || strings.Contains(log, "secret=") {
			t.Errorf("%d: %s", status, log)
		}
	}
	closed := newVerifier(t, Config{Issuers: []string{"https://id.example.com"}, IntrospectionURL: "http://127.0.0.1:1/?secret=query", ClientID: "me", ClientSecret: "s3cret"})
	if _, err := closed.Verify(t.Context(), "opaque"); !errors.Is(err, ErrUnavailable) || strings.Contains(err.Error(), "secret") {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestIntrospectionRequest(t *testing.T) {
	var got []string
	a := newAsker(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		id, secret, _ := r.BasicAuth()
		got = []string{r.Method, r.URL.String(), string(body), r.Header.Get("Content-Type"), r.Header.Get("Accept"), id, secret}
		fmt.Fprint(w, active+"}")
	})
	expect(t, a.Verifier, "opaque", "a+b/c~d==", nil)
	want := []string{"POST", "/introspect?secret=query", "token=a%2Bb%2Fc~d%3D%3D&token_type_hint=access_token",
		"application/x-www-form-urlencoded", "application/json", "me%3A%26%C3%BC", "s3cret%2B%2F%25"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsAskedAbout(t *testing.T) {
	a := newAsker(t, respond("%s", active+"}"))
	good := encodeText(`{"alg":"RS256"}`) + "." + encodeText(`{}`) + "." + encodeText("x")
	for _, tt := range []struct {
		name, raw string
		asked     bool
	}{
		{"JWT", good, false},
		{"JWT without signature", encodeText(`{"alg":"none"}`) + "." + encodeText(`{}`) + ".", false},
		{"JWT with space around its header", encodeText(" \n{} ") + "." + encodeText(`{}`) + ".", false},
		{"JWT with an ambiguous header", encodeText(`{"alg":"none","alg":"RS256"}`) + "." + encodeText(`{}`) + ".", false},
		{"empty", "", false},
		{"line break", "opaque\n", false},
		{"space", "opa que", false},
		{"not ASCII", "opäque", false},
		{"only padding", "==", false},
		{"huge", strings.Repeat("x", maxToken+1), false},
		{"word", "opaque", true},
		{"two dots", "a.b.c", true},
		{"header is no object", encodeText(`[]`) + "." + encodeText(`{}`) + ".", true},
		{"header is no JSON", encodeText(`{"alg"`) + "." + encodeText(`{}`) + ".", true},
		{"padded", good + "==", true},
		{"five parts", good + ".eA.eA", true},
	} {
		before := a.asked.Load()
		var want error
		if !tt.asked {
			want = ErrInvalid
		}
		expect(t, a.Verifier, tt.name, tt.raw, want)
		if asked := a.asked.Load() > before; asked != tt.asked {
			t.Errorf("%s: asked %v", tt.name, asked)
		}
	}
}

func encodeText(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func TestIntrospectionOfSeveralIssuers(t *testing.T) {
	issuers := []string{"https://a.example", "https://b.example"}
	a := newAsker(t, respond("%s", active+"}"), issuers...)
	expect(t, a.Verifier, "a subject that could be of both", "opaque", ErrInvalid)
	a = newAsker(t, respond("%s", active+`,"iss":"https://b.example"}`), issuers...)
	if c, err := a.Verify(t.Context(), "opaque"); err != nil || c.Issuer != "https://b.example" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestAnswersAreRemembered(t *testing.T) {
	answer := active + "}"
	a := newAsker(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer) })
	step := func(name string, wait time.Duration, want error, asked int64) {
		t.Helper()
		a.clock.add(wait)
		expect(t, a.Verifier, name, "opaque", want)
		if n := a.asked.Load(); n != asked {
			t.Errorf("%s: asked %d times, want %d", name, n, asked)
		}
	}
	step("first", 0, nil, 1)
	answer = `{"active":false}`
	step("within a minute of the withdrawal", 59*time.Second, nil, 1)
	step("after it", time.Second, ErrInvalid, 2)
	answer = active + "}"
	step("within ten seconds of the refusal", 9*time.Second, ErrInvalid, 2)
	step("after them", time.Second, nil, 3)
}

// inMemory answers requests without a network, so that time can stand still.
type inMemory func(*http.Request) (*http.Response, error)

func (f inMemory) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func bubbled(t *testing.T, f inMemory) *Verifier {
	return newVerifier(t, Config{Issuers: []string{"https://id.example.com"}, HTTP: &http.Client{Transport: f},
		IntrospectionURL: "https://id.example.com/introspect", ClientID: "me", ClientSecret: "secret"})
}

func TestSlowEndpointIsGivenUp(t *testing.T) {
	for name, raw := range map[string]string{"introspection": "opaque", "keys": encodeText(`{"alg":"ES256"}`) + "." +
		encodeText(`{"iss":"https://id.example.com","aud":"`+audience+`","sub":"alice","exp":4102444800}`) + "."} {
		synctest.Test(t, func(t *testing.T) {
			v := bubbled(t, func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, context.Cause(r.Context())
			})
			begun := time.Now()
			expect(t, v, name, raw, ErrUnavailable)
			if took := time.Since(begun); took != fetchTimeout {
				t.Errorf("%s: took %s", name, took)
			}
		})
	}
}

func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := bubbled(t, func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, context.Cause(r.Context())
		})
		var wg sync.WaitGroup
		wg.Go(func() { expect(t, v, "while it closes", "opaque", ErrUnavailable) })
		synctest.Wait()
		begun := time.Now()
		v.Close()
		wg.Wait()
		if took := time.Since(begun); took != 0 {
			t.Errorf("took %s", took)
		}
	})
}

func TestFloodOfJunkIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most, all atomic.Int64
		v := bubbled(t, func(*http.Request) (*http.Response, error) {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			all.Add(1)
			<-time.After(100 * time.Millisecond)
			now.Add(-1)
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"active":false}`))}, nil
		})
		var wg sync.WaitGroup
		var refused, postponed atomic.Int64
		for n := range 3 * maxWaiting {
			for range 2 {
				wg.Go(func() {
					switch _, err := v.Verify(t.Context(), fmt.Sprintf("junk-%d", n)); {
					case errors.Is(err, ErrInvalid):
						refused.Add(1)
					case errors.Is(err, ErrUnavailable):
						postponed.Add(1)
					}
				})
			}
		}
		wg.Wait()
		if most.Load() != maxAsked {
			t.Errorf("%d requests at a time", most.Load())
		}
		if refused.Load() == 0 || postponed.Load() == 0 || refused.Load()+postponed.Load() != 6*maxWaiting {
			t.Errorf("%d refused, %d postponed", refused.Load(), postponed.Load())
		}
		if all.Load() != maxWaiting {
			t.Errorf("%d requests", all.Load())
		}
	})
}

func TestSameTokenIsAskedAboutOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var asked atomic.Int64
		v := bubbled(t, func(*http.Request) (*http.Response, error) {
			asked.Add(1)
			<-release
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(active + "}"))}, nil
		})
		ctx, leave := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := v.Verify(ctx, "opaque"); !errors.Is(err, ErrUnavailable) {
				t.Errorf("a caller that leaves: %v", err)
			}
		})
		synctest.Wait()
		for range 100 {
			wg.Go(func() { expect(t, v, "the same token", "opaque", nil) })
		}
		synctest.Wait()
		leave()
		synctest.Wait()
		close(release)
		wg.Wait()
		if n := asked.Load(); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}
