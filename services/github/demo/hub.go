package demo

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// object is one of JSON.
type object = map[string]any

// hub is a GitHub in memory, as far as the demo needs one.
type hub struct {
	url string
	now func() time.Time

	mu     sync.Mutex // guards what follows
	repos  map[string]*repository
	serial int
}

// maxBody bounds a request, maxNumbered the issues that a demo can have and what
// is said to each, and maxLabels those of an issue, as GitHub has it.
const (
	maxBody     = 1 << 20
	maxNumbered = 1000
	maxLabels   = 100
)

// status is an error with GitHub's answer.
type status struct {
	code    int
	message string
}

func (s status) Error() string { return s.message }

var errNotFound = status{http.StatusNotFound, "Not Found"}

// request is one of the API. The lock is held.
type request struct {
	*hub
	*http.Request
	repo *repository // nil where the address has none
	body object
	page url.Values
}

type answer func(*request) (any, error)

// routes are the addresses that there are, in patterns of http.ServeMux.
func routes() map[string]answer {
	all := map[string]answer{
		"GET /user":                 func(r *request) (any, error) { return r.account("mona"), nil },
		"GET /user/orgs":            func(r *request) (any, error) { return []any{object{"login": "octo", "id": 2}}, nil },
		"GET /user/repos":           (*request).mine,
		"GET /users/{owner}":        func(r *request) (any, error) { return r.account(r.PathValue("owner")), nil },
		"GET /users/{owner}/repos":  (*request).mine,
		"GET /orgs/{owner}/repos":   (*request).mine,
		"GET /rate_limit":           (*request).rates,
		"GET /search/repositories":  (*request).searchRepositories,
		"GET /search/issues":        (*request).searchIssues,
		"GET /search/code":          (*request).searchCode,
		"GET /logs/{job}":           nil, // text, see ServeHTTP
		"GET /repositories/{id}":    (*request).byID,
		"GET /repos/{owner}/{repo}": func(r *request) (any, error) { return r.repo.object(r.hub), nil },
	}
	for _, area := range []map[string]answer{codeRoutes, talkRoutes, buildRoutes} {
		for pattern, a := range area {
			method, path, _ := strings.Cut(pattern, " ")
			all[method+" /repos/{owner}/{repo}"+path] = a
		}
	}
	return all
}

// handler serves the API.
func (h *hub) handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, a := range routes() {
		if a == nil {
			mux.HandleFunc(pattern, serveLog)
			continue
		}
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { h.serve(w, r, a) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		reply(w, r, nil, status{http.StatusNotFound, "Not Found: the demo has no " + r.Method + " " + r.URL.Path})
	})
	return mux
}

func (h *hub) serve(w http.ResponseWriter, r *http.Request, a answer) {
	if got := r.Header.Get("Authorization"); got != "Bearer "+token {
		reply(w, r, nil, status{http.StatusUnauthorized, "Bad credentials"})
		return
	}
	req := &request{hub: h, Request: r, page: r.URL.Query()}
	if r.Method != http.MethodGet {
		data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err == nil && len(data) > 0 {
			err = req.read(data)
		}
		if err != nil {
			reply(w, r, nil, status{http.StatusBadRequest, "Problems parsing JSON"})
			return
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if name := r.PathValue("repo"); name != "" {
		req.repo = h.repos[strings.ToLower(r.PathValue("owner")+"/"+name)]
		if req.repo == nil {
			reply(w, r, nil, errNotFound)
			return
		}
	}
	out, err := a(req)
	if to, ok := out.(redirect); ok && err == nil {
		http.Redirect(w, r, string(to), http.StatusFound)
		return
	}
	if list, ok := out.([]any); ok && err == nil {
		out = req.paged(w, list)
	}
	reply(w, r, out, err)
}

// read takes the body apart: an object, or a list, which has no name.
func (r *request) read(data []byte) error {
	var list []any
	if json.Unmarshal(data, &list) == nil {
		r.body = object{"": list}
		return nil
	}
	return json.Unmarshal(data, &r.body)
}

func reply(w http.ResponseWriter, r *http.Request, out any, err error) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-RateLimit-Limit", "5000")
	w.Header().Set("X-RateLimit-Remaining", "4999")
	w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10))
	w.Header().Set("X-OAuth-Scopes", "repo, workflow")
	var s status
	switch {
	case errors.As(err, &s):
		w.WriteHeader(s.code)
		out = object{"message": s.message}
	case err != nil:
		w.WriteHeader(http.StatusInternalServerError)
		out = object{"message": "Server Error"}
	case r.Method == http.MethodPost:
		w.WriteHeader(http.StatusCreated)
	}
	_ = json.NewEncoder(w).Encode(out) // whoever hung up does not need it
}

// paged returns the page of a list that is asked for, and says where the next is.
func (r *request) paged(w http.ResponseWriter, list []any) []any {
	size, number := r.count("per_page", 30, 100), r.count("page", 1, 1<<20)
	from := min(len(list), (number-1)*size)
	to := min(len(list), from+size)
	if to < len(list) {
		next := *r.URL
		q := maps.Clone(r.page)
		q.Set("page", strconv.Itoa(number+1))
		next.RawQuery = q.Encode()
		w.Header().Set("Link", "<"+r.hub.url+next.String()+`>; rel="next"`)
	}
	return append([]any{}, list[from:to]...)
}

func (r *request) count(name string, standard, most int) int {
	n, err := strconv.Atoi(r.page.Get(name))
	if err != nil || n < 1 {
		return standard
	}
	return min(n, most)
}

// text returns a field of the body.
func (r *request) text(name string) string {
	s, _ := r.body[name].(string)
	return s
}

func (h *hub) account(login string) object {
	kind := "User"
	if login == "octo" {
		kind = "Organization"
	}
	return object{"login": login, "id": 1 + len(login), "type": kind, "html_url": h.url + "/" + login}
}

func (r *request) rates() (any, error) {
	rate := object{"limit": 5000, "remaining": 4999, "used": 1, "reset": time.Now().Add(time.Hour).Unix()}
	return object{"rate": rate, "resources": object{"core": rate, "search": rate, "code_search": rate, "graphql": rate}}, nil
}

// mine lists the repositories of an owner, or all.
func (r *request) mine() (any, error) {
	list := []any{}
	owner := r.PathValue("owner")
	for _, name := range slices.Sorted(maps.Keys(r.repos)) {
		if owner == "" || strings.HasPrefix(name, strings.ToLower(owner)+"/") {
			list = append(list, r.repos[name].object(r.hub))
		}
	}
	if len(list) == 0 {
		return nil, errNotFound
	}
	return list, nil
}

func (r *request) byID() (any, error) {
	for _, repo := range r.repos {
		if strconv.Itoa(repo.id) == r.PathValue("id") {
			return repo.object(r.hub), nil
		}
	}
	return nil, errNotFound
}

func found(list []any) (any, error) {
	return object{"total_count": len(list), "incomplete_results": false, "items": list}, nil
}

// words are those of a search that are no qualifiers, in lower case, and the
// qualifiers.
func (r *request) words() (words []string, qualifiers map[string]string) {
	qualifiers = make(map[string]string)
	for w := range strings.FieldsSeq(r.page.Get("q")) {
		if name, value, ok := strings.Cut(w, ":"); ok {
			qualifiers[name] = value
			continue
		}
		words = append(words, strings.ToLower(strings.Trim(w, `"`)))
	}
	return words, qualifiers
}

// has reports whether text holds all words.
func has(text string, words []string) bool {
	text = strings.ToLower(text)
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

func (r *request) searchRepositories() (any, error) {
	words, _ := r.words()
	list := []any{}
	for _, name := range slices.Sorted(maps.Keys(r.repos)) {
		if repo := r.repos[name]; has(name+" "+repo.about, words) {
			list = append(list, repo.object(r.hub))
		}
	}
	return found(list)
}
