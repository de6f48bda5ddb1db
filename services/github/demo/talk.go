package demo

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// thread is an issue or a pull request with what was said.
type thread struct {
	number      int
	title, body string
	author      string
	state       string
	labels      []string
	at          time.Time
	comments    []object
	pull        *pull // nil for an issue
}

// pull is what a pull request has beside.
type pull struct {
	head    string
	files   []object
	reviews []object
	remarks []object // on lines
}

// talkRoutes are about issues and pull requests.
var talkRoutes = map[string]answer{
	"GET /issues":                        (*request).issues,
	"POST /issues":                       (*request).newIssue,
	"GET /issues/{number}":               (*request).issue,
	"PATCH /issues/{number}":             (*request).changeIssue,
	"GET /issues/{number}/comments":      func(r *request) (any, error) { return r.part(func(t *thread) []object { return t.comments }) },
	"POST /issues/{number}/comments":     (*request).newComment,
	"POST /issues/{number}/labels":       (*request).addLabels,
	"GET /pulls":                         (*request).pulls,
	"GET /pulls/{number}":                (*request).pullRequest,
	"GET /pulls/{number}/files":          func(r *request) (any, error) { return r.partOfPull(func(p *pull) []object { return p.files }) },
	"GET /pulls/{number}/reviews":        func(r *request) (any, error) { return r.partOfPull(func(p *pull) []object { return p.reviews }) },
	"POST /pulls/{number}/reviews":       (*request).newReview,
	"GET /pulls/{number}/comments":       func(r *request) (any, error) { return r.partOfPull(func(p *pull) []object { return p.remarks }) },
	"DELETE /issues/{number}/labels/{l}": (*request).removeLabel,
}

func (repo *repository) open() (n int) {
	for _, t := range repo.numbered {
		if t.state == "open" {
			n++
		}
	}
	return n
}

func (r *request) thread() (*thread, error) {
	n, _ := strconv.Atoi(r.PathValue("number"))
	i := slices.IndexFunc(r.repo.numbered, func(t *thread) bool { return t.number == n })
	if i < 0 {
		return nil, errNotFound
	}
	return r.repo.numbered[i], nil
}

func anys(list []object) []any {
	out := []any{}
	for _, o := range list {
		out = append(out, o)
	}
	return out
}

func (r *request) part(of func(*thread) []object) (any, error) {
	t, err := r.thread()
	if err != nil {
		return nil, err
	}
	return anys(of(t)), nil
}

func (r *request) partOfPull(of func(*pull) []object) (any, error) {
	t, err := r.thread()
	if err != nil || t.pull == nil {
		return nil, errNotFound
	}
	return anys(of(t.pull)), nil
}

func (t *thread) object(h *hub, repo *repository) object {
	r := &request{hub: h, repo: repo}
	kind := "issues/"
	labels := []any{}
	for _, l := range t.labels {
		labels = append(labels, object{"name": l, "color": "ededed"})
	}
	o := object{
		"id": 1000*repo.id + t.number, "number": t.number, "title": t.title, "body": t.body, "state": t.state, "labels": labels, "user": h.account(t.author),
		"comments": len(t.comments), "created_at": stamp(t.at), "updated_at": stamp(t.at), "assignees": []any{}, "locked": false,
		"repository_url": h.url + "/repos/" + repo.owner + "/" + repo.name,
	}
	if t.pull != nil {
		kind = "pull/"
		o["pull_request"] = object{"url": fmt.Sprintf("%s/repos/%s/%s/pulls/%d", h.url, repo.owner, repo.name, t.number)}
	}
	o["html_url"] = r.web(kind + strconv.Itoa(t.number))
	return o
}

// wanted reports whether a list that is asked for has a thread.
func (r *request) wanted(t *thread) bool {
	state := cmp.Or(r.page.Get("state"), "open")
	if state != "all" && state != t.state || r.page.Get("creator") != "" && r.page.Get("creator") != t.author {
		return false
	}
	for l := range strings.SplitSeq(r.page.Get("labels"), ",") {
		if l != "" && !slices.Contains(t.labels, l) {
			return false
		}
	}
	return true
}

func (r *request) issues() (any, error) {
	list := []any{}
	for _, t := range slices.Backward(r.repo.numbered) {
		if r.wanted(t) {
			list = append(list, t.object(r.hub, r.repo))
		}
	}
	return list, nil
}

func (r *request) issue() (any, error) {
	t, err := r.thread()
	if err != nil {
		return nil, err
	}
	return t.object(r.hub, r.repo), nil
}

func (r *request) newIssue() (any, error) {
	if len(r.repo.numbered) >= maxNumbered {
		return nil, status{http.StatusForbidden, "The demo keeps no more issues: start it again"}
	}
	t := &thread{title: r.text("title"), body: r.text("body"), author: "mona", state: "open", at: r.now(), labels: r.texts("labels")}
	for _, other := range r.repo.numbered {
		t.number = max(t.number, other.number+1)
	}
	r.repo.numbered = append(r.repo.numbered, t)
	return t.object(r.hub, r.repo), nil
}

// texts returns a list of the body.
func (r *request) texts(name string) (list []string) {
	values, _ := r.body[name].([]any)
	for _, v := range values {
		if s, ok := v.(string); ok {
			list = append(list, s)
		}
	}
	return list
}

func (r *request) changeIssue() (any, error) {
	t, err := r.thread()
	if err != nil {
		return nil, err
	}
	t.title, t.state = cmp.Or(r.text("title"), t.title), cmp.Or(r.text("state"), t.state)
	if _, given := r.body["body"]; given {
		t.body = r.text("body")
	}
	return t.object(r.hub, r.repo), nil
}

func (r *request) addLabels() (any, error) {
	t, err := r.thread()
	if err != nil {
		return nil, err
	}
	for _, l := range append(r.texts("labels"), r.texts("")...) {
		if !slices.Contains(t.labels, l) && len(t.labels) < maxLabels {
			t.labels = append(t.labels, l)
		}
	}
	return t.object(r.hub, r.repo)["labels"], nil
}

func (r *request) removeLabel() (any, error) {
	t, err := r.thread()
	if err != nil {
		return nil, err
	}
	t.labels = slices.DeleteFunc(t.labels, func(l string) bool { return l == r.PathValue("l") })
	return t.object(r.hub, r.repo)["labels"], nil
}

func (r *request) newComment() (any, error) {
	t, err := r.thread()
	if err != nil {
		return nil, err
	}
	if len(t.comments) >= maxNumbered {
		return nil, status{http.StatusForbidden, "The demo keeps no more comments: start it again"}
	}
	c := r.comment(r.repo, "mona", r.now(), r.text("body"))
	c["html_url"] = r.web(fmt.Sprintf("issues/%d#issuecomment-%v", t.number, c["id"]))
	t.comments = append(t.comments, c)
	return c, nil
}

// comment is one with a new id.
func (h *hub) comment(repo *repository, author string, at time.Time, body string) object {
	h.serial++
	return object{"id": h.serial, "user": h.account(author), "body": body, "created_at": stamp(at), "updated_at": stamp(at), "submitted_at": stamp(at),
		"html_url": fmt.Sprintf("%s/%s/%s#comment-%d", h.url, repo.owner, repo.name, h.serial)}
}

func (r *request) newReview() (any, error) {
	t, err := r.thread()
	if err != nil || t.pull == nil {
		return nil, errNotFound
	}
	if len(t.pull.reviews) >= maxNumbered {
		return nil, status{http.StatusForbidden, "The demo keeps no more reviews: start it again"}
	}
	state := map[string]string{"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED"}[r.text("event")]
	c := r.comment(r.repo, "mona", r.now(), r.text("body"))
	c["state"], c["commit_id"] = cmp.Or(state, "COMMENTED"), r.repo.branches[t.pull.head].sha
	t.pull.reviews = append(t.pull.reviews, c)
	return c, nil
}

func (r *request) pulls() (any, error) {
	list := []any{}
	for _, t := range slices.Backward(r.repo.numbered) {
		if t.pull != nil && r.wanted(t) {
			list = append(list, r.pullObject(t))
		}
	}
	return list, nil
}

func (r *request) pullRequest() (any, error) {
	t, err := r.thread()
	if err != nil || t.pull == nil {
		return nil, errNotFound
	}
	return r.pullObject(t), nil
}

func (r *request) pullObject(t *thread) object {
	o := t.object(r.hub, r.repo)
	delete(o, "pull_request")
	added, removed := 0, 0
	for _, f := range t.pull.files {
		added, removed = added+f["additions"].(int), removed+f["deletions"].(int)
	}
	side := func(branch string) object {
		return object{"ref": branch, "label": r.repo.owner + ":" + branch, "sha": r.repo.branches[branch].sha, "user": r.account(r.repo.owner), "repo": r.repo.object(r.hub)}
	}
	maps.Copy(o, object{
		"head": side(t.pull.head), "base": side(r.repo.defaultBranch), "draft": false, "merged": false, "mergeable": true, "mergeable_state": "unstable",
		"additions": added, "deletions": removed, "changed_files": len(t.pull.files), "commits": 1, "review_comments": len(t.pull.remarks),
	})
	return o
}

func (r *request) searchIssues() (any, error) {
	words, qualifiers := r.words()
	list := []any{}
	for _, name := range slices.Sorted(maps.Keys(r.repos)) {
		if q := qualifiers["repo"]; q != "" && !strings.EqualFold(q, name) {
			continue
		}
		for _, t := range slices.Backward(r.repos[name].numbered) {
			kind := "issue"
			if t.pull != nil {
				kind = "pr"
			}
			matches := has(t.title+" "+t.body, words) && (qualifiers["author"] == "" || qualifiers["author"] == t.author) &&
				(qualifiers["state"] == "" || qualifiers["state"] == t.state) && (qualifiers["label"] == "" || slices.Contains(t.labels, qualifiers["label"]))
			for _, q := range []string{qualifiers["is"], qualifiers["type"]} {
				matches = matches && (q == "" || q == t.state || q == kind || q == "pull-request" && kind == "pr" || q != "open" && q != "closed" && q != "issue" && q != "pr")
			}
			if matches {
				list = append(list, t.object(r.hub, r.repos[name]))
			}
		}
	}
	return found(list)
}
