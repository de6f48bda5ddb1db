package messages

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"
)

//go:embed page.html page.css
var files embed.FS

var (
	tmpl  = template.Must(template.New("page.html").Funcs(template.FuncMap{"clock": clock, "arrow": arrow}).ParseFS(files, "page.html"))
	style = mustRead("page.css")
	// The style is named by its hash, so that nothing else on the page can be one.
	policy = fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", digest(style))
)

func mustRead(name string) string {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(b)
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05.000") }

func arrow(direction string) string {
	if direction == "in" {
		return "→"
	}
	return "←"
}

// ServeHTTP answers with the page of the last messages, or with the same as JSON
// if that is asked for.
func (l *Log) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	list, all := l.last()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	accept := r.Header.Get("Accept")
	if r.URL.Query().Get("format") == "json" || strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html") {
		w.Header().Set("Content-Type", "application/json")
		// A reader that hung up does not need the rest.
		_ = json.NewEncoder(w).Encode(struct {
			Count    int       `json:"count"`
			Messages []Message `json:"messages"`
		}{all, list})
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Referrer-Policy", "no-referrer")
	_ = tmpl.Execute(w, struct {
		Style    template.CSS
		Count    int
		Messages []Message
	}{template.CSS(style), all, list})
}
