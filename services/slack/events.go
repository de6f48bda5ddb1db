package slack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"
)

const (
	// maxEvent bounds a delivery, in bytes: Slack's are a few kilobytes.
	maxEvent = 1 << 20
	// maxEventAge is how old a signature may be, and how far ahead a clock.
	maxEventAge = 5 * time.Minute
	// maxEvents bounds the deliveries that are known again.
	maxEvents = 10_000
	// maxChallenge bounds what is sent back to prove whose address it is.
	maxChallenge = 1000
	// maxTeams bounds the workspaces that one event is for.
	maxTeams = 20
)

// events hears from Slack what has changed. It is an http.Handler for
// POST /webhooks/slack, safe for concurrent use.
type events struct {
	secrets [][]byte
	tell    func(subject string)

	mu    sync.Mutex
	seen  map[[sha256.Size]byte]struct{}
	order [][sha256.Size]byte // oldest first, from next on in a ring
	next  int
}

// newEvents returns the handler of deliveries, nil without a secret: what cannot
// be checked is not believed.
func newEvents(secrets [][]byte, tell func(subject string)) *events {
	if len(secrets) == 0 {
		return nil
	}
	return &events{secrets: secrets, tell: tell, seen: make(map[[sha256.Size]byte]struct{})}
}

// ServeHTTP takes a delivery. Nothing in it is believed before its signature is
// checked, and nothing of it is kept but that it came.
func (h *events) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sent, mac, ok := eventSignature(r.Header)
	if !ok {
		refuseEvent(w, http.StatusUnauthorized, "X-Slack-Signature or X-Slack-Request-Timestamp is missing or malformed")
		return
	}
	if age := time.Since(sent); age > maxEventAge || age < -maxEventAge {
		refuseEvent(w, http.StatusUnauthorized, "the signature is more than five minutes old: is the clock right?")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxEvent))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		refuseEvent(w, http.StatusRequestEntityTooLarge, "the delivery is too large")
		return
	case err != nil:
		refuseEvent(w, http.StatusBadRequest, "the delivery broke off")
		return
	}
	if !h.signed(r.Header.Get("X-Slack-Request-Timestamp"), body, mac) {
		refuseEvent(w, http.StatusUnauthorized, "the signature does not fit: the app has another signing secret")
		return
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		refuseEvent(w, http.StatusUnsupportedMediaType, "a delivery of Slack's events is JSON")
		return
	}
	var d delivery
	if err := json.Unmarshal(body, &d); err != nil {
		refuseEvent(w, http.StatusBadRequest, "the delivery is not JSON of an event")
		return
	}
	if d.Type == "url_verification" {
		proveAddress(w, d.Challenge)
		return
	}
	// A delivery that is sent again has the id of the first, and another signature.
	if d.Type == "event_callback" && h.first(d.mark(body)) {
		for _, subject := range d.subjects() {
			h.tell(subject)
		}
	}
	w.WriteHeader(http.StatusOK)
}

func refuseEvent(w http.ResponseWriter, status int, why string) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.Error(w, why, status)
}

// proveAddress answers the question whether this address wants events.
func proveAddress(w http.ResponseWriter, challenge string) {
	if challenge == "" || len(challenge) > maxChallenge {
		refuseEvent(w, http.StatusBadRequest, "there is no challenge in the request")
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = io.WriteString(w, challenge)
}

// eventSignature reads when a delivery was signed, and how. More than one of a
// header is a trick.
func eventSignature(header http.Header) (sent time.Time, mac [sha256.Size]byte, ok bool) {
	times, macs := header.Values("X-Slack-Request-Timestamp"), header.Values("X-Slack-Signature")
	if len(times) != 1 || len(macs) != 1 || len(macs[0]) != len("v0=")+hex.EncodedLen(len(mac)) || macs[0][:3] != "v0=" {
		return sent, mac, false
	}
	n, err := strconv.ParseInt(times[0], 10, 64)
	if err != nil || n < 0 {
		return sent, mac, false
	}
	_, err = hex.Decode(mac[:], []byte(macs[0][3:]))
	return time.Unix(n, 0), mac, err == nil
}

// signed reports whether one of the secrets has signed body.
func (h *events) signed(sent string, body []byte, mac [sha256.Size]byte) bool {
	found := false
	for _, secret := range h.secrets {
		sum := hmac.New(sha256.New, secret)
		_, _ = io.WriteString(sum, "v0:"+sent+":")
		sum.Write(body)
		if hmac.Equal(sum.Sum(nil), mac[:]) {
			found = true
		}
	}
	return found
}

// first reports whether a mark was not seen before. It is from now on, until as
// many others came after it as are remembered.
func (h *events) first(mark [sha256.Size]byte) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.seen[mark]; ok {
		return false
	}
	if len(h.order) < maxEvents {
		h.order = append(h.order, mark)
	} else {
		delete(h.seen, h.order[h.next])
		h.order[h.next] = mark
		h.next = (h.next + 1) % len(h.order)
	}
	h.seen[mark] = struct{}{}
	return true
}

// delivery is what is read of a delivery.
type delivery struct {
	Type      string `json:"type"`
	Challenge string `json:"challenge"`
	ID        string `json:"event_id"`
	// The workspace where it happened, the one by which this app hears of it, and
	// those that installed the app and may see it: they differ in channels that
	// organizations share.
	TeamID         string `json:"team_id"`
	ContextTeamID  string `json:"context_team_id"`
	Authorizations []struct {
		TeamID string `json:"team_id"`
	} `json:"authorizations"`
	Event event `json:"event"`
}

// event is what is read of an event, of any kind.
type event struct {
	Type string `json:"type"`
	// Channel is an id, or of some kinds an object with one.
	Channel  json.RawMessage `json:"channel"`
	TS       string          `json:"ts"`
	ThreadTS string          `json:"thread_ts"`
	// Message and Previous are those of a message that was changed or deleted.
	Message  eventOrigin `json:"message"`
	Previous eventOrigin `json:"previous_message"`
	// Item is what somebody reacted to.
	Item struct {
		Channel string `json:"channel"`
		TS      string `json:"ts"`
	} `json:"item"`
}

// eventOrigin is where a message is.
type eventOrigin struct {
	TS       string `json:"ts"`
	ThreadTS string `json:"thread_ts"`
}

// mark tells one delivery from others.
func (d *delivery) mark(body []byte) [sha256.Size]byte {
	if d.ID == "" {
		return sha256.Sum256(body)
	}
	return sha256.Sum256([]byte("event " + d.ID))
}

var (
	eventIDRule = regexp.MustCompile(`^[A-Z][A-Z0-9]{2,30}$`)
	eventTSRule = regexp.MustCompile(`^[0-9]{1,12}\.[0-9]{1,9}$`)
)

// subjects returns what an event is about, in every workspace that it is for: the
// channel, since its messages say how many answers and reactions they have, and
// the threads. Of a reaction Slack does not say in which thread the message is.
func (d *delivery) subjects() []string {
	e := &d.Event
	channel := e.channel()
	if !eventIDRule.MatchString(channel) {
		return nil
	}
	var threads []string
	for _, ts := range []string{e.ThreadTS, e.TS, e.Message.ThreadTS, e.Message.TS, e.Previous.ThreadTS, e.Previous.TS, e.Item.TS} {
		if eventTSRule.MatchString(ts) && !slices.Contains(threads, ts) {
			threads = append(threads, ts)
		}
	}
	teams := []string{d.TeamID, d.ContextTeamID}
	for _, a := range d.Authorizations[:min(len(d.Authorizations), maxTeams)] {
		teams = append(teams, a.TeamID)
	}
	slices.Sort(teams)
	var keys []string
	for _, team := range slices.Compact(teams) {
		if !eventIDRule.MatchString(team) {
			continue
		}
		keys = append(keys, subject{team: team, channel: channel}.key())
		for _, ts := range threads {
			keys = append(keys, subject{team: team, channel: channel, thread: ts}.key())
		}
	}
	return keys
}

// channelEvents are the kinds of events that are about a channel itself, or about
// who is in it.
var channelEvents = [...]string{
	"channel_archive", "channel_deleted", "channel_history_changed", "channel_left", "channel_rename", "channel_unarchive",
	"group_archive", "group_close", "group_deleted", "group_history_changed", "group_left", "group_rename", "group_unarchive",
	"im_close", "im_history_changed", "member_joined_channel", "member_left_channel",
}

// channel returns the id of the channel whose messages an event of this kind
// changes, or who sees them; "" of other kinds.
func (e *event) channel() string {
	switch e.Type {
	case "message", "app_mention":
	case "reaction_added", "reaction_removed":
		return e.Item.Channel
	default:
		if !slices.Contains(channelEvents[:], e.Type) {
			return ""
		}
	}
	var id string
	if json.Unmarshal(e.Channel, &id) == nil {
		return id
	}
	var object struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(e.Channel, &object) // what has no id is about no channel
	return object.ID
}
