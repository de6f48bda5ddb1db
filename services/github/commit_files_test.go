package github_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	head1 = "1111111111111111111111111111111111111111"
	head2 = "2222222222222222222222222222222222222222"
	made  = "cccccccccccccccccccccccccccccccccccccccc"
)

// branch is a repository with one, which answers what a commit asks.
type branch struct {
	mu   sync.Mutex
	head string // "" before it is created
	// refusal is the status that the request for a commit is answered with, 0 to make it.
	refusal int
	// move answers the request that moves or creates the branch.
	move http.HandlerFunc
}

func (b *branch) set(head string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.head = head
}

const tree1 = `{"sha":"7ee1","tree":[{"path":"README.md","mode":"100644","type":"blob","sha":"b1","size":10},{"path":"dir","mode":"040000","type":"tree","sha":"7ee2"},` +
	`{"path":"dir/run.sh","mode":"100755","type":"blob","sha":"b2","size":4},{"path":"same","mode":"100644","type":"blob","sha":"b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0","size":5},` +
	`{"path":"link","mode":"120000","type":"blob","sha":"b3","size":4},{"path":"huge","mode":"100644","type":"blob","sha":"b4","size":2000000}],"truncated":false}`

// serve scripts the answers of r.
func (b *branch) serve(r *rig) {
	const repo = " /repos/octocat/hello/"
	status := b.refusal
	if status == 0 {
		status = 201
	}
	r.Handle("GET"+repo+"git/ref/heads/{branch...}", func(w http.ResponseWriter, q *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.head == "" {
			http.Error(w, `{"message":"Not Found"}`, 404)
			return
		}
		fmt.Fprintf(w, `{"ref":"refs/heads/%s","object":{"type":"commit","sha":%q}}`, q.PathValue("branch"), b.head)
	})
	r.JSON("GET"+repo+"git/commits/{sha}", 200, `{"tree":{"sha":"7ee1"}}`)
	r.JSON("GET"+repo+"git/trees/7ee1", 200, tree1)
	r.JSON("GET"+repo+"git/blobs/b1", 200, `{"encoding":"base64","size":10,"content":"`+base64.StdEncoding.EncodeToString([]byte("one\r\ntwo\r\n"))+`"}`)
	r.JSON("GET"+repo+"commits", 200, `[{"sha":"`+head1+`"}]`)
	r.JSON("POST"+repo+"git/blobs", 201, `{"sha":"bb"}`)
	r.JSON("POST"+repo+"git/trees", 201, `{"sha":"7ee9"}`)
	r.JSON("POST"+repo+"git/commits", status, `{"sha":"`+made+`"}`)
	move := func(w http.ResponseWriter, q *http.Request) {
		if b.move != nil {
			b.move(w, q)
			return
		}
		b.set(made)
		fmt.Fprint(w, `{"object":{"sha":"`+made+`"}}`)
	}
	r.Handle("PATCH"+repo+"git/refs/heads/{branch...}", move)
	r.Handle("POST"+repo+"git/refs", move)
}

// commit calls commit_files with one change of README.md and further arguments.
func (r *rig) commit(t *testing.T, more string) (string, bool) {
	t.Helper()
	return r.call(t, "commit_files", `{"owner":"octocat","repo":"hello","branch":"main","message":"Second line","changes":[{"path":"README.md","edits":[{"old":"two\n","new":"2\n"}]}]`+more+`}`)
}

var wholeCommit = []string{
	`POST git/trees {"base_tree":"7ee1","tree":[{"path":"README.md","mode":"100644","type":"blob","content":"one\r\n2\r\n"}]}`,
	`POST git/commits {"message":"Second line","tree":"7ee9","parents":["` + head1 + `"]}`,
	`PATCH git/refs/heads/main {"sha":"` + made + `","force":false}`,
}

func TestCommitFiles(t *testing.T) {
	r, p := newWriteRig(t)
	(&branch{head: head1}).serve(r)
	text, failed := r.commit(t, `,"expect_head":"`+head1+`"`)
	if want := `{"sha":"` + made + `","branch":"main","files":[{"path":"README.md","action":"update"}]}`; failed || text != want {
		t.Error(text)
	}
	if diff := cmp.Diff(wholeCommit, r.changes()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff("Commit to main of octocat/hello, which is at 111111111111?\nSecond line\nupdate README.md (10 to 8 bytes by 1 edits)\n", p.asked()); diff != "" {
		t.Error(diff)
	}
	var read []string
	for _, q := range r.Requests()[:4] {
		read = append(read, q.Method+" "+strings.TrimPrefix(q.Path, "/repos/octocat/hello/"))
	}
	if diff := cmp.Diff([]string{"GET git/ref/heads/main", "GET git/commits/" + head1, "GET git/trees/7ee1?recursive=1", "GET git/blobs/b1"}, read); diff != "" {
		t.Error(diff)
	}
}

func TestCommitFilesOfEveryKind(t *testing.T) {
	r, p := newWriteRig(t)
	(&branch{}).serve(r)
	text, failed := r.call(t, "commit_files", `{"owner":"octocat","repo":"hello","branch":"new/branch","from_ref":"main","message":"All","changes":[`+
		`{"path":"new.txt","content":""},{"path":"bin","content":"AAE=","encoding":"base64"},{"path":"nul","content":"a\u0000b"},`+
		`{"path":"dir/run.sh","content":"x"},{"path":"README.md","executable":true},{"path":"same","content":"hello"},{"path":"huge","delete":true}]}`)
	want := `{"sha":"` + made + `","branch":"new/branch","branch_created":true,"files":[{"path":"new.txt","action":"create"},{"path":"bin","action":"create"},{"path":"nul","action":"create"},` +
		`{"path":"dir/run.sh","action":"update"},{"path":"README.md","action":"chmod"},{"path":"huge","action":"delete"}],"unchanged":["same"]}`
	if failed || text != want {
		t.Error(cmp.Diff(want, text))
	}
	if diff := cmp.Diff([]string{
		`POST git/blobs {"content":"AAE=","encoding":"base64"}`,
		`POST git/blobs {"content":"YQBi","encoding":"base64"}`,
		`POST git/trees {"base_tree":"7ee1","tree":[{"path":"new.txt","mode":"100644","type":"blob","content":""},{"sha":"bb","path":"bin","mode":"100644","type":"blob"},` +
			`{"sha":"bb","path":"nul","mode":"100644","type":"blob"},{"path":"dir/run.sh","mode":"100755","type":"blob","content":"x"},` +
			`{"sha":"b1","path":"README.md","mode":"100755","type":"blob"},{"sha":null,"path":"huge","mode":"100644","type":"blob"}]}`,
		`POST git/commits {"message":"All","tree":"7ee9","parents":["` + head1 + `"]}`,
		`POST git/refs {"ref":"refs/heads/new/branch","sha":"` + made + `"}`,
	}, r.changes()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff("Commit to the new branch new/branch of octocat/hello, from main at 111111111111?\nAll\ncreate new.txt (0 bytes)\ncreate bin (2 bytes)\ncreate nul (3 bytes)\n"+
		"update dir/run.sh (4 to 1 bytes)\nchmod README.md, executable\ndelete huge (2000000 bytes)\n", p.asked()); diff != "" {
		t.Error(diff)
	}
}

// TestCommitFilesRefuses changes nothing, not even objects, and asks nobody.
func TestCommitFilesRefuses(t *testing.T) {
	for _, tt := range []struct{ name, args, want string }{
		{"branch", `"branch":"a..b","message":"m","changes":[{"path":"x","content":"y"}]`, "branch must be"},
		{"full name of a branch", `"branch":"refs/heads/main","message":"m","changes":[{"path":"x","content":"y"}]`, "its name alone"},
		{"from_ref", `"branch":"main","from_ref":"x:y","message":"m","changes":[{"path":"x","content":"y"}]`, "from_ref must be"},
		{"message", `"branch":"main","message":" \n","changes":[{"path":"x","content":"y"}]`, "message is blank"},
		{"no changes", `"branch":"main","message":"m","changes":[]`, "changes"},
		{"too many", `"branch":"main","message":"m","changes":[` + strings.Repeat(`{"path":"x","content":"y"},`, 100) + `{"path":"x","content":"y"}]`, "changes"},
		{"path", `"branch":"main","message":"m","changes":[{"path":".git/hooks/x","content":"y"}]`, ".git is not part"},
		{"link", `"branch":"main","message":"m","changes":[{"path":"link","content":"y"}]`, "a symbolic link"},
		{"too large to edit", `"branch":"main","message":"m","changes":[{"path":"huge","edits":[{"old":"a","new":"b"}]}]`, "huge has 2000000 bytes"},
		{"edit", `"branch":"main","message":"m","changes":[{"path":"README.md","edits":[{"old":"three","new":"b"}]}]`, "changes: README.md: edit 1: old is not there"},
		{"head", `"branch":"main","message":"m","expect_head":"` + head2 + `","changes":[{"path":"x","content":"y"}]`, `"code":"CONFLICT"`},
		{"head says where it is", `"branch":"main","message":"m","expect_head":"` + head2 + `","changes":[{"path":"x","content":"y"}]`, `"details":{"head":"` + head1 + `"}`},
		{"head is no commit", `"branch":"main","message":"m","expect_head":"main","changes":[{"path":"x","content":"y"}]`, "expect_head"},
		{"nothing new", `"branch":"main","message":"m","changes":[{"path":"same","content":"hello"}]`, "has all of this already"},
		{"too much", `"branch":"main","message":"m","changes":[{"path":"x","content":"` + strings.Repeat("x", 3<<20) + `"},{"path":"y","content":"` + strings.Repeat("x", 3<<20) + `"}]`, "they hold 6291456 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, p := newWriteRig(t)
			(&branch{head: head1}).serve(r)
			text, failed := r.call(t, "commit_files", `{"owner":"octocat","repo":"hello",`+tt.args+`}`)
			if !failed || !strings.Contains(text, tt.want) {
				t.Errorf("%.500s", text)
			}
			if p.asked() != "" || len(r.changes()) > 0 {
				t.Errorf("asked %q, sent %q", p.asked(), r.changes())
			}
		})
	}
}

func TestCommitFilesNobodyAgrees(t *testing.T) {
	r, p := newWriteRig(t)
	(&branch{head: head1}).serve(r)
	p.refuses = true
	if text, failed := r.commit(t, ""); !failed || !strings.Contains(text, "CANCELLED") || len(r.changes()) > 0 {
		t.Error(text, r.changes())
	}
}

// TestCommitFilesRaces moves the branch at each moment that it can.
func TestCommitFilesRaces(t *testing.T) {
	fail := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, body, status) }
	}
	for _, tt := range []struct {
		name    string
		prepare func(b *branch, p *person)
		more    string
		code    string
		want    string
		writes  int
	}{
		{"while a person is asked", func(b *branch, p *person) { p.meanwhile = func() { b.set(head2) } }, "", "CONFLICT", `"head":"` + head2 + `"`, 0},
		{"while it is written", func(b *branch, _ *person) {
			b.move = func(w http.ResponseWriter, q *http.Request) {
				b.set(head2)
				fail(422, `{"message":"Update is not a fast forward"}`)(w, q)
			}
		}, "", "CONFLICT", `"head":"` + head2 + `"`, 3},
		{"it was deleted", func(b *branch, _ *person) {
			b.move = func(w http.ResponseWriter, q *http.Request) {
				b.set("")
				fail(422, `{"message":"Reference does not exist"}`)(w, q)
			}
		}, "", "CONFLICT", `has moved or is gone`, 3},
		{"somebody else created it", func(b *branch, _ *person) {
			b.head = ""
			b.move = func(w http.ResponseWriter, q *http.Request) {
				b.set(head2)
				fail(422, `{"message":"Reference already exists"}`)(w, q)
			}
		}, `,"from_ref":"dev"`, "CONFLICT", `"head":"` + head2 + `"`, 3},
		{"there is none", func(b *branch, _ *person) { b.head = "" }, "", "RESOURCE_NOT_FOUND", "from_ref creates it", 0},
		{"it is protected", func(b *branch, _ *person) {
			b.move = fail(422, `{"message":"Repository rule violations found"}`)
		}, "", "PERMISSION_DENIED", "open a pull request", 3},
		{"the answer is lost and it has not moved", func(b *branch, _ *person) {
			b.move = func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
		}, "", "SERVICE_UNAVAILABLE", `"details":{"sha":"` + made + `"}`, 3},
		{"a proxy gave up and it has not moved", func(b *branch, _ *person) { b.move = fail(502, "bad gateway") }, "", "SERVICE_UNAVAILABLE", "commit again only if it is not there", 3},
		{"the answer is lost and it has moved", func(b *branch, _ *person) {
			b.move = func(http.ResponseWriter, *http.Request) { b.set(made); panic(http.ErrAbortHandler) }
		}, "", "", `"sha":"` + made + `"`, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, p := newWriteRig(t)
			b := &branch{head: head1}
			tt.prepare(b, p)
			b.serve(r)
			text, failed := r.commit(t, tt.more)
			if failed != (tt.code != "") || !strings.Contains(text, tt.code) || !strings.Contains(text, tt.want) || strings.Contains(text, `"retryable":true`) {
				t.Error(text)
			}
			if got := r.changes(); len(got) != tt.writes {
				t.Errorf("sent %q", got)
			}
		})
	}
}

func TestCommitFilesWithoutPermission(t *testing.T) {
	for status, body := range map[int]string{404: `{"message":"Not Found"}`, 403: `{"message":"Resource not accessible by personal access token"}`} {
		r, _ := newWriteRig(t)
		r.JSON("GET /repos/octocat/hello/git/ref/heads/main", 200, `{"ref":"refs/heads/main","object":{"sha":"`+head1+`"}}`)
		r.JSON("GET /repos/octocat/hello/git/commits/{sha}", 200, `{"tree":{"sha":"7ee1"}}`)
		r.JSON("GET /repos/octocat/hello/git/trees/7ee1", 200, tree1)
		r.JSON("POST /repos/octocat/hello/git/trees", status, body)
		text, failed := r.call(t, "commit_files", `{"owner":"octocat","repo":"hello","branch":"main","message":"m","changes":[{"path":"x","content":"y"}]}`)
		if !failed || !strings.Contains(text, "PERMISSION_DENIED") || len(r.changes()) != 1 {
			t.Error(text, r.changes())
		}
	}
}

// TestCommitFilesBeforeTheBranch fails while objects are written, which nobody has
// seen: the call may be made again.
func TestCommitFilesBeforeTheBranch(t *testing.T) {
	for status, want := range map[int]string{
		502: `"SERVICE_UNAVAILABLE","message":"GitHub did not answer; main of octocat/hello has not moved, so that the same call may be made again","retryable":true`,
		429: `"RATE_LIMITED"`,
		422: `"INVALID_INPUT"`,
	} {
		r, _ := newWriteRig(t)
		(&branch{head: head1, refusal: status}).serve(r)
		text, failed := r.commit(t, "")
		if !failed || !strings.Contains(text, want) || len(r.changes()) != 2 {
			t.Error(text, r.changes())
		}
	}
}

func TestCommitFilesInEmptyRepository(t *testing.T) {
	r, _ := newWriteRig(t)
	r.JSON("GET /repos/octocat/hello/git/ref/heads/main", 409, `{"message":"Git Repository is empty."}`)
	if text, failed := r.commit(t, ""); !failed || !strings.Contains(text, "it has no commit yet") {
		t.Error(text)
	}
}

// TestCommitFilesInHugeTree looks only into the directories that a commit is about
// if GitHub does not tell the whole tree.
func TestCommitFilesInHugeTree(t *testing.T) {
	r, _ := newWriteRig(t)
	r.JSON("GET /repos/octocat/hello/git/trees/7ee1", 200, `{"truncated":true,"tree":[{"path":"a","mode":"040000","type":"tree","sha":"7a"},{"path":"z","mode":"040000","type":"tree","sha":"7z"}]}`)
	r.JSON("GET /repos/octocat/hello/git/trees/7a", 200, `{"tree":[{"path":"b","mode":"040000","type":"tree","sha":"7b"},{"path":"c","mode":"040000","type":"tree","sha":"7c"}]}`)
	r.JSON("GET /repos/octocat/hello/git/trees/7b", 200, `{"tree":[{"path":"f","mode":"100755","type":"blob","sha":"b9","size":3}]}`)
	r.JSON("GET /repos/octocat/hello/git/ref/heads/main", 200, `{"ref":"refs/heads/main","object":{"sha":"`+head1+`"}}`)
	r.JSON("GET /repos/octocat/hello/git/commits/{sha}", 200, `{"tree":{"sha":"7ee1"}}`)
	r.JSON("POST /repos/octocat/hello/git/trees", 201, `{"sha":"7ee9"}`)
	r.JSON("POST /repos/octocat/hello/git/commits", 201, `{"sha":"`+made+`"}`)
	r.JSON("PATCH /repos/octocat/hello/git/refs/heads/main", 200, `{}`)
	text, failed := r.call(t, "commit_files", `{"owner":"octocat","repo":"hello","branch":"main","message":"m","changes":[{"path":"a/b/f","delete":true},{"path":"a/new/x","content":"y"}]}`)
	if failed || !strings.Contains(r.changes()[0], `"mode":"100755"`) {
		t.Error(text, r.changes())
	}
}
