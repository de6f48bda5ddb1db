package demo

import (
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"
)

// data holds the files of octo/shop: main, what a branch changes, and its patches.
//
//go:embed data
var data embed.FS

//go:embed data/job.log
var jobLog []byte

const branch = "refuse-what-has-no-price"

// files reads those of a folder of data. A folder whose name begins with a dot is
// kept by another name, or it would not be embedded.
func files(dir string) (map[string]string, error) {
	all := make(map[string]string)
	err := fs.WalkDir(data, "data/"+dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := data.ReadFile(p)
		name := strings.TrimPrefix(p, "data/"+dir+"/")
		all[strings.Replace(name, "dot-github/", ".github/", 1)] = string(text)
		return err
	})
	return all, err
}

// newHub returns a GitHub with two repositories, in which time has passed until
// now.
func newHub(url string, now time.Time) (http.Handler, error) {
	h := &hub{url: url, now: time.Now, repos: make(map[string]*repository), serial: 800}
	main, err := files("main")
	if err != nil {
		return nil, err
	}
	changed, err := files("branch")
	if err != nil {
		return nil, err
	}
	patches, err := files("patches")
	if err != nil {
		return nil, err
	}
	ago := func(hours int) time.Time { return now.Add(-time.Duration(hours) * time.Hour) }

	book := &repository{id: 12, owner: "octo", name: "handbook", about: "How we work", language: "Markdown", defaultBranch: "main", branches: make(map[string]*commit), at: ago(9000), stars: 3}
	book.commit("main", nil, ago(700), "mona", "How we release", map[string]string{"README.md": "# Handbook\n\nReleases go out on weekdays before noon, and come back as easily.\n"})
	h.repos["octo/handbook"] = book

	shop := &repository{id: 11, owner: "octo", name: "shop", about: "Prices, orders and shipping of the Octo company", language: "Python", defaultBranch: "main",
		branches: make(map[string]*commit), at: ago(9000), stars: 42, labels: []string{"bug", "good first issue", "question"}}
	h.repos["octo/shop"] = shop
	early := map[string]string{"README.md": main["README.md"], "shop/orders.py": main["shop/orders.py"]}
	first := shop.commit("main", nil, ago(800), "mona", "Orders", early)
	second := shop.commit("main", first, ago(60), "ada", "Prices come into force\n\nArticles of the winter catalogue have no price before the 1st.", main)
	head := shop.commit(branch, second, ago(22), "ada", "Refuse what has no price\n\nFixes #7.", changed)
	for _, rel := range []struct {
		tag, name, notes string
		hours            int
	}{
		{"v1.42.0", "1.42.0", "## What is new\n\n- Prices come into force at midnight (#5)\n\nRolled back: see #7.", 27},
		{"v1.41.9", "1.41.9", "- Shipping costs 4.90 everywhere", 800},
	} {
		h.serial++
		shop.releases = append(shop.releases, object{"id": h.serial, "tag_name": rel.tag, "name": rel.name, "body": rel.notes, "draft": false, "prerelease": false, "target_commitish": "main",
			"created_at": stamp(ago(rel.hours)), "published_at": stamp(ago(rel.hours)), "author": h.account("octobot"), "assets": []any{}, "html_url": url + "/octo/shop/releases/tag/" + rel.tag})
	}
	h.talk(shop, ago, patches)
	h.builds(shop, head, ago)
	return h.handler(), nil
}

// talk fills in issues and a pull request.
func (h *hub) talk(shop *repository, ago func(int) time.Time, patches map[string]string) {
	say := func(author string, hours int, text string) object { return h.comment(shop, author, ago(hours), text) }
	file := func(name, state, patch string) object {
		added, removed := strings.Count(patch, "\n+"), strings.Count(patch, "\n-")
		return object{"filename": name, "status": state, "additions": added, "deletions": removed, "changes": added + removed, "patch": strings.TrimSuffix(patch, "\n"), "sha": named("blob", patch)}
	}
	review := say("linus", 20, "Two mugs cost as much as one now: the test says so.")
	review["state"] = "CHANGES_REQUESTED"
	remark := say("linus", 20, "A dictionary has each article once, an order may have it twice.")
	remark["path"], remark["line"], remark["side"], remark["pull_request_review_id"] = "shop/prices.py", 23, "RIGHT", review["id"]
	remark["diff_hunk"] = patches["prices.patch"]
	shop.numbered = []*thread{
		{number: 6, title: "How is shipping to islands priced?", author: "grace", state: "open", labels: []string{"question"}, at: ago(300),
			body: "Customers ask. Is it 4.90 as well?", comments: []object{say("mona", 290, "For now, yes.")}},
		{number: 7, title: "Checkout fails for articles of the winter catalogue", author: "linus", state: "open", labels: []string{"bug"}, at: ago(26),
			body:     "Since 1.42.0 4 % of payments fail with `price is null`.\n\nSteps:\n1. put a scarf into the cart\n2. pay\n\nExpected: it is not for sale yet. Got: an error 500.",
			comments: []object{say("ada", 25, "`total` adds up `None`. What has no price must be refused by name."), say("octobot", 25, "1.41.9 is back.")}},
		{number: 8, title: "Refuse what has no price", author: "ada", state: "open", at: ago(22), body: "Fixes #7: an order with an article that is not for sale is refused, and says which.",
			pull: &pull{head: branch, reviews: []object{review}, remarks: []object{remark},
				files: []object{file("shop/prices.py", "modified", patches["prices.patch"]), file("tests/test_orders.py", "added", patches["test_orders.patch"])}}},
	}
}

// builds fills in a run that failed.
func (h *hub) builds(shop *repository, head *commit, ago func(int) time.Time) {
	const run, job = 501, 5001
	page := fmt.Sprintf("%s/octo/shop/actions/runs/%d", h.url, run)
	steps := []any{
		object{"name": "Run actions/checkout@v4", "number": 1, "status": "completed", "conclusion": "success", "started_at": "2026-11-22T10:02:11Z", "completed_at": "2026-11-22T10:02:13Z"},
		object{"name": "Run python -m pytest", "number": 2, "status": "completed", "conclusion": "failure", "started_at": "2026-11-22T10:02:14Z", "completed_at": "2026-11-22T10:02:16Z"},
	}
	shop.runs = []object{{"id": run, "name": "test", "display_title": head.message, "head_branch": branch, "head_sha": head.sha, "event": "pull_request", "status": "completed", "conclusion": "failure",
		"run_number": 31, "run_attempt": 1, "workflow_id": 1, "created_at": stamp(ago(22)), "updated_at": stamp(ago(22)), "run_started_at": stamp(ago(22)), "html_url": page, "actor": h.account("ada")}}
	shop.checks = []object{{"id": job, "run_id": run, "name": "test", "head_sha": head.sha, "status": "completed", "conclusion": "failure", "started_at": stamp(ago(22)), "completed_at": stamp(ago(22)),
		"html_url": page + fmt.Sprintf("/job/%d", job), "details_url": page + fmt.Sprintf("/job/%d", job), "app": object{"slug": "github-actions"}, "steps": steps}}
}
