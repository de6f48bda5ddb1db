package demo

import (
	"crypto/sha1" //nolint:gosec // Git names what it keeps by it
	"encoding/base64"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// repository is one with its code, talk and builds.
type repository struct {
	id            int
	owner, name   string
	about         string
	language      string
	branches      map[string]*commit
	releases      []object
	numbered      []*thread
	runs, checks  []object
	at            time.Time
	stars         int
	labels        []string
	defaultBranch string
}

// commit is one with all files of its tree.
type commit struct {
	sha, message, author string
	at                   time.Time
	files                map[string]string
	parent               *commit
}

// codeRoutes are about what a repository holds.
var codeRoutes = map[string]answer{
	"GET /languages":           (*request).languages,
	"GET /commits":             (*request).commits,
	"GET /commits/{ref...}":    (*request).commit,
	"GET /branches":            (*request).listBranches,
	"GET /tags":                (*request).tags,
	"GET /labels":              (*request).listLabels,
	"GET /compare/{range...}":  (*request).compare,
	"GET /contents/{path...}":  (*request).contents,
	"GET /git/trees/{sha...}":  (*request).tree,
	"GET /git/blobs/{sha}":     (*request).blob,
	"GET /releases":            (*request).listReleases,
	"GET /releases/latest":     (*request).latest,
	"GET /releases/tags/{tag}": (*request).release,
}

// named returns the name that Git has for something.
func named(kind, content string) string {
	return fmt.Sprintf("%x", sha1.Sum(fmt.Appendf(nil, "%s %d\x00%s", kind, len(content), content)))
}

// commit adds one to a branch.
func (repo *repository) commit(branch string, from *commit, at time.Time, author, message string, files map[string]string) *commit {
	c := &commit{message: message, author: author, at: at, parent: from, files: make(map[string]string)}
	if from != nil {
		maps.Copy(c.files, from.files)
	}
	maps.Copy(c.files, files)
	c.sha = named("commit", repo.name+branch+message+at.UTC().Format(time.RFC3339))
	repo.branches[branch] = c
	return c
}

// history is the commits from c back to the first, newest first.
func (c *commit) history() (list []*commit) {
	for ; c != nil; c = c.parent {
		list = append(list, c)
	}
	return list
}

// resolve returns the commit that a branch, a tag or the beginning of its name
// leads to, and for "" the newest.
func (repo *repository) resolve(ref string) (*commit, error) {
	ref = strings.TrimPrefix(strings.TrimPrefix(ref, "refs/"), "heads/")
	if ref == "" || ref == "HEAD" {
		ref = repo.defaultBranch
	}
	if c := repo.branches[ref]; c != nil {
		return c, nil
	}
	for _, r := range repo.releases {
		if r["tag_name"] == strings.TrimPrefix(ref, "tags/") {
			return repo.resolve(fmt.Sprint(r["target_commitish"]))
		}
	}
	for _, tip := range repo.branches {
		for _, c := range tip.history() {
			if len(ref) >= 7 && strings.HasPrefix(c.sha, ref) {
				return c, nil
			}
		}
	}
	return nil, errNotFound
}

func (repo *repository) object(h *hub) object {
	return object{
		"id": repo.id, "name": repo.name, "full_name": repo.owner + "/" + repo.name, "owner": h.account(repo.owner), "private": false,
		"html_url": h.url + "/" + repo.owner + "/" + repo.name, "description": repo.about, "fork": false, "language": repo.language,
		"default_branch": repo.defaultBranch, "stargazers_count": repo.stars, "forks_count": 2, "open_issues_count": repo.open(), "size": 12,
		"created_at": stamp(repo.at), "updated_at": stamp(repo.branches[repo.defaultBranch].at), "pushed_at": stamp(repo.branches[repo.defaultBranch].at),
		"visibility": "public", "archived": false, "has_issues": true, "topics": []string{"demo"}, "permissions": object{"admin": false, "push": true, "pull": true},
		"license": object{"key": "mit", "spdx_id": "MIT", "name": "MIT License"},
	}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (r *request) languages() (any, error) {
	sizes := object{}
	for p, text := range r.repo.branches[r.repo.defaultBranch].files {
		if language, ok := map[string]string{".py": "Python", ".md": "Markdown"}[path.Ext(p)]; ok {
			before, _ := sizes[language].(int)
			sizes[language] = before + len(text)
		}
	}
	return sizes, nil
}

func (c *commit) object(r *request) object {
	who := object{"name": c.author, "email": c.author + "@octo.example", "date": stamp(c.at)}
	parents := []any{}
	if c.parent != nil {
		parents = append(parents, object{"sha": c.parent.sha})
	}
	return object{
		"sha": c.sha, "html_url": r.web("commit/" + c.sha), "author": r.account(c.author), "committer": r.account(c.author), "parents": parents,
		"commit": object{"message": c.message, "author": who, "committer": who, "tree": object{"sha": named("tree", c.sha)}},
	}
}

// web is the address of a page of the repository.
func (r *request) web(rest string) string {
	return r.hub.url + "/" + r.repo.owner + "/" + r.repo.name + "/" + rest
}

func (r *request) commits() (any, error) {
	c, err := r.repo.resolve(r.page.Get("sha"))
	if err != nil {
		return nil, err
	}
	list := []any{}
	within, author, since := r.page.Get("path"), r.page.Get("author"), r.page.Get("since")
	for _, c := range c.history() {
		if author != "" && c.author != author || since != "" && stamp(c.at) < since || within != "" && !c.touches(within) {
			continue
		}
		list = append(list, c.object(r))
	}
	return list, nil
}

// touches reports whether a commit changes a file or a directory.
func (c *commit) touches(within string) bool {
	for p, text := range c.files {
		if p != within && !strings.HasPrefix(p, within+"/") {
			continue
		}
		if c.parent == nil || c.parent.files[p] != text {
			return true
		}
	}
	return false
}

// commit answers for a commit, and for what is built of it: a branch may have
// slashes, so that the rest of the address is read here.
func (r *request) commit() (any, error) {
	ref := r.PathValue("ref")
	for _, part := range []struct {
		name string
		answer
	}{{"/check-runs", (*request).checkRuns}, {"/status", (*request).combined}} {
		if rest, ok := strings.CutSuffix(ref, part.name); ok {
			r.SetPathValue("ref", rest)
			return part.answer(r)
		}
	}
	c, err := r.repo.resolve(ref)
	if err != nil {
		return nil, err
	}
	return c.object(r), nil
}

func (r *request) listBranches() (any, error) {
	list := []any{}
	for _, name := range slices.Sorted(maps.Keys(r.repo.branches)) {
		list = append(list, object{"name": name, "commit": object{"sha": r.repo.branches[name].sha}})
	}
	return list, nil
}

func (r *request) tags() (any, error) {
	list := []any{}
	for _, rel := range r.repo.releases {
		c, err := r.repo.resolve(fmt.Sprint(rel["tag_name"]))
		if err != nil {
			return nil, err
		}
		list = append(list, object{"name": rel["tag_name"], "commit": object{"sha": c.sha}})
	}
	return list, nil
}

func (r *request) listLabels() (any, error) {
	list := []any{}
	for _, l := range r.repo.labels {
		list = append(list, object{"name": l, "color": "ededed"})
	}
	return list, nil
}

func (r *request) compare() (any, error) {
	base, head, _ := strings.Cut(r.PathValue("range"), "...")
	from, err := r.repo.resolve(base)
	if err != nil {
		return nil, err
	}
	to, err := r.repo.resolve(head)
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, c := range to.history() {
		if !slices.Contains(from.history(), c) {
			list = append([]any{c.object(r)}, list...)
		}
	}
	return object{"status": "ahead", "ahead_by": len(list), "behind_by": 0, "total_commits": len(list), "commits": list, "files": []any{},
		"base_commit": from.object(r), "merge_base_commit": from.object(r)}, nil
}

// contents answers with a file, or with the entries of a directory.
func (r *request) contents() (any, error) {
	c, err := r.repo.resolve(r.page.Get("ref"))
	if err != nil {
		return nil, err
	}
	at := strings.Trim(r.PathValue("path"), "/")
	if text, ok := c.files[at]; ok {
		o := r.entry(at, "file", named("blob", text), len(text))
		o["encoding"], o["content"] = "base64", base64.StdEncoding.EncodeToString([]byte(text))
		return o, nil
	}
	entries := make(map[string]object)
	for p, text := range c.files {
		rest, ok := strings.CutPrefix(p, at+"/")
		if at == "" {
			rest, ok = p, true
		}
		if !ok {
			continue
		}
		name, below, isDir := strings.Cut(rest, "/")
		full := path.Join(at, name)
		if isDir {
			entries[name] = r.entry(full, "dir", named("tree", full+below), 0)
		} else {
			entries[name] = r.entry(full, "file", named("blob", text), len(text))
		}
	}
	if len(entries) == 0 {
		return nil, errNotFound
	}
	list := []any{}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		list = append(list, entries[name])
	}
	return list, nil
}

func (r *request) entry(p, kind, sha string, size int) object {
	return object{"type": kind, "name": path.Base(p), "path": p, "sha": sha, "size": size,
		"url": r.hub.url + r.URL.Path, "html_url": r.web("blob/" + r.repo.defaultBranch + "/" + p)}
}

func (r *request) tree() (any, error) {
	c, err := r.repo.resolve(r.PathValue("sha"))
	if err != nil {
		return nil, err
	}
	list, dirs := []any{}, make(map[string]bool)
	for _, p := range slices.Sorted(maps.Keys(c.files)) {
		for d := path.Dir(p); d != "." && !dirs[d]; d = path.Dir(d) {
			dirs[d] = true
			list = append(list, object{"path": d, "mode": "040000", "type": "tree", "sha": named("tree", d)})
		}
		list = append(list, object{"path": p, "mode": "100644", "type": "blob", "sha": named("blob", c.files[p]), "size": len(c.files[p])})
	}
	return object{"sha": named("tree", c.sha), "tree": list, "truncated": false}, nil
}

func (r *request) blob() (any, error) {
	for _, tip := range r.repo.branches {
		for _, c := range tip.history() {
			for _, text := range c.files {
				if named("blob", text) == r.PathValue("sha") {
					return object{"sha": r.PathValue("sha"), "size": len(text), "encoding": "base64", "content": base64.StdEncoding.EncodeToString([]byte(text))}, nil
				}
			}
		}
	}
	return nil, errNotFound
}

func (r *request) listReleases() (any, error) {
	list := []any{}
	for _, rel := range r.repo.releases {
		list = append(list, rel)
	}
	return list, nil
}

func (r *request) latest() (any, error) {
	if len(r.repo.releases) == 0 {
		return nil, errNotFound
	}
	return r.repo.releases[0], nil
}

func (r *request) release() (any, error) {
	for _, rel := range r.repo.releases {
		if rel["tag_name"] == r.PathValue("tag") {
			return rel, nil
		}
	}
	return nil, errNotFound
}

func (r *request) searchCode() (any, error) {
	words, qualifiers := r.words()
	list := []any{}
	for _, name := range slices.Sorted(maps.Keys(r.repos)) {
		repo := r.repos[name]
		if q := qualifiers["repo"]; q != "" && !strings.EqualFold(q, name) {
			continue
		}
		in := *r
		in.repo = repo
		files := repo.branches[repo.defaultBranch].files
		for _, p := range slices.Sorted(maps.Keys(files)) {
			if len(words) == 0 || !has(p+"\n"+files[p], words) {
				continue
			}
			o := in.entry(p, "file", named("blob", files[p]), len(files[p]))
			o["repository"], o["text_matches"] = repo.object(r.hub), fragments(files[p], words)
			list = append(list, o)
		}
	}
	return found(list)
}

// fragments are the lines around the first of the words.
func fragments(text string, words []string) []any {
	lines := strings.Split(text, "\n")
	i := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(strings.ToLower(l), words[0]) })
	if i < 0 {
		return []any{}
	}
	around := strings.Join(lines[max(0, i-1):min(len(lines), i+2)], "\n")
	return []any{object{"property": "content", "fragment": around, "matches": []any{object{"text": words[0]}}}}
}
