package server

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// keeper is an event store whose errors fail the test.
type keeper struct {
	*events
	t *testing.T
}

func (k keeper) open(session, stream string) {
	k.t.Helper()
	if err := k.Open(k.t.Context(), session, stream); err != nil {
		k.t.Fatal(err)
	}
}

func (k keeper) add(session, stream, data string) {
	k.t.Helper()
	if err := k.Append(k.t.Context(), session, stream, []byte(data)); err != nil {
		k.t.Fatal(err)
	}
}

func (k keeper) has(session, stream string, index int, want ...string) {
	k.t.Helper()
	var got []string
	for data, err := range k.After(k.t.Context(), session, stream, index) {
		if err != nil {
			k.t.Fatal(err)
		}
		got = append(got, string(data))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		k.t.Errorf("%s %q after %d: %s", session, stream, index, diff)
	}
}

func (k keeper) purged(session, stream string, index int) {
	k.t.Helper()
	n := 0
	for _, err := range k.After(k.t.Context(), session, stream, index) {
		if n++; n > 1 || !errors.Is(err, mcp.ErrEventsPurged) {
			k.t.Errorf("%s %q after %d: %v", session, stream, index, err)
		}
	}
	if n == 0 {
		k.t.Errorf("%s %q after %d: no error", session, stream, index)
	}
}

// counts are what the store holds: sessions, streams besides standing ones,
// those in their sessions' tables, events and bytes.
func (k keeper) counts() [5]int {
	n := [5]int{len(k.sessions), k.streams.Len(), 0, k.kept.Len(), k.size}
	for _, s := range k.sessions {
		n[2] += len(s.opened)
		if len(s.byID) != len(s.opened)+1 {
			k.t.Errorf("%d streams, of which %d are not standing", len(s.byID), len(s.opened))
		}
	}
	return n
}

func TestEventsAreKept(t *testing.T) {
	k := keeper{newEvents(maxEvents), t}
	k.open("a", "")
	k.open("a", "1")
	k.open("b", "")
	k.add("a", "1", "")
	k.add("a", "1", "x")
	k.add("a", "", "s")
	k.add("a", "1", "y")
	k.open("a", "1") // changes nothing
	k.has("a", "1", -1, "", "x", "y")
	k.has("a", "1", 0, "x", "y")
	k.has("a", "1", 2)
	k.has("a", "1", 1000)
	k.has("a", "", -1, "s")
	k.has("b", "", -1)
	k.purged("b", "1", 0)
	k.purged("c", "", -1)
}

// A session has a new stream for each request, for as long as it lives.
func TestStreamsOfASessionAreBounded(t *testing.T) {
	k := keeper{newEvents(maxEvents), t}
	k.open("other", "")
	k.open("other", "old")
	k.add("other", "old", "kept")
	k.open("busy", "")
	k.add("busy", "", "standing")
	for i := range 10_000 {
		id := fmt.Sprint(i)
		k.open("busy", id)
		k.add("busy", id, "")
		k.add("busy", id, "r"+id)
	}
	k.has("busy", "9999", 0, "r9999")
	k.has("busy", fmt.Sprint(10_000-sessionStreams), 0, fmt.Sprint("r", 10_000-sessionStreams))
	k.purged("busy", fmt.Sprint(10_000-sessionStreams-1), 0)
	k.has("busy", "", -1, "standing")
	k.has("other", "old", -1, "kept")
	if err := k.Append(t.Context(), "busy", "0", []byte("late")); !errors.Is(err, mcp.ErrEventsPurged) {
		t.Errorf("an event of a stream that was dropped: %v", err)
	}
	if n := k.counts(); n[1] != sessionStreams+1 || n[2] != n[1] || n[3] != 2*sessionStreams+2 {
		t.Errorf("kept: %v", n)
	}
}

func TestStreamsOfAllSessionsAreBounded(t *testing.T) {
	k := keeper{newEvents(maxEvents), t}
	const sessions = maxStreams/sessionStreams + 10
	for s := range sessions {
		k.open(fmt.Sprint(s), "")
		for i := range sessionStreams {
			k.open(fmt.Sprint(s), fmt.Sprint(i))
		}
	}
	if n := k.counts(); n[0] != sessions || n[1] != maxStreams || n[2] != maxStreams {
		t.Errorf("kept: %v", n)
	}
	k.purged("0", "255", -1)
	k.has("0", "", -1)
	k.has(fmt.Sprint(sessions-1), "0", -1)
	k.open("0", "more")
	k.add("0", "more", "x")
	k.has("0", "more", -1, "x")
}

func TestBytesOfEventsAreBounded(t *testing.T) {
	k := keeper{newEvents(10 * (eventCost + 100)), t}
	k.open("a", "")
	k.open("a", "1")
	k.open("b", "")
	x := strings.Repeat("x", 100)
	k.add("a", "1", x)
	k.add("a", "1", "second")
	for range 9 {
		k.add("b", "", x)
	}
	// The stream goes on from where its client has it.
	k.purged("a", "1", -1)
	k.has("a", "1", 0, "second")
	k.add("a", "1", "third")
	k.purged("a", "1", 0)
	k.has("a", "1", 1, "third")

	k.add("a", "1", strings.Repeat("y", 10_000))
	if n := k.counts(); n[3] != 1 || n[4] != 10_000+eventCost {
		t.Errorf("kept besides one that is too large: %v", n)
	}
	k.purged("b", "", 7)
	k.has("b", "", 8)
	k.add("b", "", "next")
	k.has("b", "", 8, "next")

	// Events without data take room too.
	for range 10_000 {
		k.add("b", "", "")
	}
	if n := k.counts(); n[3] > 20 || n[4] > k.most {
		t.Errorf("kept: %v", n)
	}
}

func TestNothingIsKeptOfASessionThatEnded(t *testing.T) {
	k := keeper{newEvents(maxEvents), t}
	for _, s := range []string{"a", "b"} {
		k.open(s, "")
		k.add(s, "", "standing")
		for i := range 2 * sessionStreams {
			k.open(s, fmt.Sprint(i))
			k.add(s, fmt.Sprint(i), "x")
		}
	}
	for _, s := range []string{"a", "b", "b", "c"} {
		if err := k.SessionClosed(t.Context(), s); err != nil {
			t.Error(err)
		}
	}
	// A request of the session may be on its way while it ends.
	k.open("a", "late")
	if err := k.Append(t.Context(), "a", "late", nil); !errors.Is(err, mcp.ErrEventsPurged) {
		t.Error(err)
	}
	if n := k.counts(); n != [5]int{} {
		t.Errorf("kept: %v", n)
	}
}

func TestLastStreamsOfASessionAreResumed(t *testing.T) {
	r := newRig(t, Config{RateLimit: "off"})
	res, _ := r.post(t, initialize)
	session := []string{headerSession, res.Header.Get(headerSession), "Mcp-Protocol-Version", "2025-11-25"}
	var ids []string
	for range sessionStreams + 1 {
		res, body := r.post(t, ping, session...)
		_, rest, _ := strings.Cut(body, "id: ")
		id, _, _ := strings.Cut(rest, "\n")
		if res.StatusCode != 200 || !strings.HasSuffix(id, "_0") {
			t.Fatalf("%d %s", res.StatusCode, body)
		}
		ids = append(ids, id)
	}
	for id, want := range map[string]int{ids[0]: 400, ids[1]: 200, ids[sessionStreams]: 200} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", r.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(session); i += 2 {
			req.Header.Set(session[i], session[i+1])
		}
		req.Header.Set("Accept", "text/event-stream")
		req.Header.Set("Last-Event-ID", id)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != want || want == 200 && !strings.Contains(string(body), `"result":{}`) {
			t.Errorf("%d %s, %v; want %d", res.StatusCode, body, err, want)
		}
	}
}
