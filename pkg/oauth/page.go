package oauth

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string

	pageTemplate = template.Must(template.New("page").Parse(pageHTML))
	// The style is named by its hash, so that nothing else on the page can be one.
	pagePolicy = "default-src 'none'; style-src 'sha256-" + sum256(pageCSS) + "'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

func sum256(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// page is what a person sees. Exactly one of its parts is shown.
type page struct {
	Title    string // of the provider
	Service  string
	Origin   string // where the service is
	Caller   string
	Problem  string // what went wrong, in our words
	Detail   string // what the provider says about it
	Ask      *ask
	Continue string // where to go on
	Done     *done
	Gone     *gone
}

// ask is the question before somebody is sent to the provider.
type ask struct {
	Ticket    string
	Prove     bool
	Revokes   bool // the provider can be told to end a token
	Wrong     bool // the credential was somebody else's
	Connected bool
	Account   string // which is connected, if that may be told
	Abilities []string
	Scopes    []string
}

type done struct{ Account, Manage string }

// gone is what became of a token that was to be taken back.
type gone struct {
	Account, Manage            string
	Forgotten, Revoked, Failed bool
}

// show answers with a page.
func (f *Flow) show(w http.ResponseWriter, status int, p page) {
	p.Title, p.Service, p.Origin = f.p.Title, f.service, origin(f.base)
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	if p.Ask != nil {
		// The same towards others. With no-referrer browsers send the form from the
		// origin "null", which who guards this one's origin would have to let in.
		h.Set("Referrer-Policy", "same-origin")
	}
	if p.Continue != "" {
		// Not a redirect: form-action would hold for each one that follows at the
		// provider.
		h.Set("Refresh", "0; url="+p.Continue)
	}
	w.WriteHeader(status)
	// A reader that hung up does not need the rest.
	_ = pageTemplate.Execute(w, struct {
		Style template.CSS
		page
	}{template.CSS(pageCSS), p})
}

// plain shortens what somebody else wrote to n characters that can be printed, in
// one line.
func plain(s string, n int) string {
	var b strings.Builder
	for _, r := range s {
		if n == 0 {
			return b.String() + "…"
		}
		if r == utf8.RuneError || unicode.IsSpace(r) || !unicode.IsPrint(r) {
			r = ' '
		}
		b.WriteRune(r)
		n--
	}
	return b.String()
}
