package github

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
)

// maxRemembered bounds the deliveries that are known again.
const maxRemembered = 10_000

// webhook hears from GitHub what has changed. It is an http.Handler for
// POST /webhooks/github, safe for concurrent use.
type webhook struct {
	secrets [][]byte
	tell    func(key string)

	mu    sync.Mutex
	seen  map[[sha256.Size]byte]struct{}
	order [][sha256.Size]byte // oldest first, from next on in a ring
	next  int
}

// newWebhook returns the handler of deliveries, nil without a secret: what cannot
// be checked is not believed.
func newWebhook(secrets [][]byte, tell func(key string)) *webhook {
	if len(secrets) == 0 {
		return nil
	}
	return &webhook{secrets: secrets, tell: tell, seen: make(map[[sha256.Size]byte]struct{})}
}

// ServeHTTP takes a delivery, which is bounded and in memory: server.Registry's
// routes see to that. Nothing in it is believed before its signature is checked.
func (h *webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	mac, ok := signature(r.Header.Values("X-Hub-Signature-256"))
	if !ok {
		refuse(w, http.StatusUnauthorized, "X-Hub-Signature-256 is missing or malformed: set the webhook's secret at GitHub")
		return
	}
	body, err := io.ReadAll(r.Body) // of what is in memory already
	if err != nil {
		refuse(w, http.StatusBadRequest, "the delivery broke off")
		return
	}
	if !h.signed(body, mac) {
		refuse(w, http.StatusUnauthorized, "the signature does not fit: the secret at GitHub is another one")
		return
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, "set the webhook's content type to application/json")
		return
	}
	// The header with the delivery's id is not signed, so that what was signed
	// counts once too.
	if !h.first(sha256.Sum256(mac[:]), sha256.Sum256([]byte("delivery "+r.Header.Get("X-GitHub-Delivery")))) {
		w.WriteHeader(http.StatusOK)
		return
	}
	keys, err := changedBy(r.Header.Get("X-GitHub-Event"), body)
	if err != nil {
		refuse(w, http.StatusBadRequest, "the delivery is not JSON of the event that it names")
		return
	}
	for _, key := range keys {
		h.tell(key)
	}
	w.WriteHeader(http.StatusNoContent)
}

func refuse(w http.ResponseWriter, status int, why string) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.Error(w, why, status)
}

// signature reads a header sha256=…. More than one is a trick.
func signature(values []string) (mac [sha256.Size]byte, ok bool) {
	if len(values) != 1 {
		return mac, false
	}
	digits, ok := strings.CutPrefix(values[0], "sha256=")
	if !ok || len(digits) != hex.EncodedLen(len(mac)) {
		return mac, false
	}
	_, err := hex.Decode(mac[:], []byte(digits))
	return mac, err == nil
}

// signed reports whether one of the secrets has signed body.
func (h *webhook) signed(body []byte, mac [sha256.Size]byte) bool {
	found := false
	for _, secret := range h.secrets {
		sum := hmac.New(sha256.New, secret)
		sum.Write(body)
		if hmac.Equal(sum.Sum(nil), mac[:]) {
			found = true
		}
	}
	return found
}

// first reports whether none of the marks of a delivery was seen before. They are
// from now on, until as many others came after them as are remembered.
func (h *webhook) first(marks ...[sha256.Size]byte) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	fresh := true
	for _, m := range marks {
		if _, ok := h.seen[m]; ok {
			fresh = false
			continue
		}
		if len(h.order) < 2*maxRemembered {
			h.order = append(h.order, m)
		} else {
			delete(h.seen, h.order[h.next])
			h.order[h.next] = m
			h.next = (h.next + 1) % len(h.order)
		}
		h.seen[m] = struct{}{}
	}
	return fresh
}

// delivery is what is read of a delivery.
type delivery struct {
	Repository struct {
		Name  string `json:"name"`
		Owner struct {
			Login string `json:"login"`
		} `json:"owner"`
	} `json:"repository"`
	Issue       mention `json:"issue"`
	PullRequest mention `json:"pull_request"`
	WorkflowRun struct {
		ID           int64     `json:"id"`
		PullRequests []mention `json:"pull_requests"`
	} `json:"workflow_run"`
	CheckRun struct {
		PullRequests []mention `json:"pull_requests"`
	} `json:"check_run"`
}

type mention struct {
	Number int64 `json:"number"`
}

// changedBy returns the keys of the subjects that an event is about.
func changedBy(event string, body []byte) ([]string, error) {
	switch event {
	case "issues", "issue_comment", "pull_request", "pull_request_review", "pull_request_review_comment", "workflow_run", "check_run":
	default:
		return nil, nil // ping, and what nobody watches
	}
	var d delivery
	if err := json.Unmarshal(body, &d); err != nil {
		return nil, err
	}
	r := repository{d.Repository.Owner.Login, d.Repository.Name}
	if err := r.check(); err != nil {
		return nil, err
	}
	var keys []string
	add := func(kind string, number int64) {
		if number > 0 {
			keys = append(keys, subject{r, kind, number}.key())
		}
	}
	// To GitHub a pull request is an issue too, by the same number.
	for _, n := range []mention{d.Issue, d.PullRequest} {
		add("issues", n.Number)
		add("pulls", n.Number)
	}
	add("runs", d.WorkflowRun.ID)
	for _, list := range [][]mention{d.WorkflowRun.PullRequests, d.CheckRun.PullRequests} {
		for _, n := range list[:min(len(list), 20)] {
			add("pulls", n.Number)
		}
	}
	return keys, nil
}
