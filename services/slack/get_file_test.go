package slack_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

const png = "\x89PNG\r\n\x1a\n"

// shared adds a file that mona posts in #general, and returns its id.
func (r *rig) shared(f slacktest.File) string { return r.sharedIn(slacktest.General, f) }

func (r *rig) sharedIn(channel string, f slacktest.File) string {
	id := r.AddFile(f)
	r.Post(channel, slacktest.Message{User: slacktest.Mona, Text: "see", Files: []string{id}})
	return id
}

// fileMeta is what get_file says beside a file.
type fileMeta struct {
	Name, Mimetype, User, URL, Charset, Note string
	Size                                     int64
	Lines                                    *struct{ Start, End, Total int64 }
	Truncated                                bool
	Next                                     int64 `json:"next_start_line"`
	Thumbnail                                int
}

// file calls get_file, which has to work.
func (r *rig) file(t testing.TB, args string) (body string, meta fileMeta, image *mcp.ImageContent) {
	t.Helper()
	res, err := r.client.CallTool(t.Context(), &mcp.CallToolParams{Name: "get_file", Arguments: json.RawMessage(args)})
	if err != nil {
		t.Fatal(err)
	}
	body = res.Content[0].(*mcp.TextContent).Text
	if res.IsError {
		t.Fatal(body)
	}
	if err := json.Unmarshal([]byte(res.Content[1].(*mcp.TextContent).Text), &meta); err != nil {
		t.Fatal(err)
	}
	if len(res.Content) > 2 {
		image = res.Content[2].(*mcp.ImageContent)
	}
	return body, meta, image
}

// noFile calls get_file, which has to fail, and returns what it says.
func (r *rig) noFile(t testing.TB, id string) string {
	t.Helper()
	text, failed := r.call(t, "get_file", fmt.Sprintf(`{"file":%q}`, id))
	if !failed {
		t.Fatalf("%s was read: %s", id, text)
	}
	return text
}

func TestGetFileText(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	id := r.shared(slacktest.File{Name: "notes.txt", Content: []byte("one\ntwo\nthree\n")})
	body, meta, _ := r.file(t, fmt.Sprintf(`{"file":%q}`, id))
	if body != "one\ntwo\nthree\n" || meta.Name != "notes.txt" || meta.Size != 14 || meta.User == "" || meta.Truncated || meta.Lines != nil || meta.Charset != "" {
		t.Errorf("%q, %+v", body, meta)
	}
	for _, name := range []string{
		"https://octo.slack.com/files/U000000001/" + id + "/notes.txt",
		"<https://octo.slack.com/files/U000000001/" + id + "/notes.txt|notes>",
		"https://files.slack.com/files-pri/T000000001-" + id + "/notes.txt",
	} {
		if again, _, _ := r.file(t, fmt.Sprintf(`{"file":%q}`, name)); again != body {
			t.Errorf("%s is %q", name, again)
		}
	}
	body, meta, _ = r.file(t, fmt.Sprintf(`{"file":%q,"start_line":2}`, id))
	if body != "two\nthree\n" || meta.Lines.Start != 2 || meta.Lines.End != 3 || meta.Lines.Total != 3 || meta.Truncated {
		t.Errorf("%q, %+v", body, meta)
	}
	if text, failed := r.call(t, "get_file", fmt.Sprintf(`{"file":%q,"start_line":9}`, id)); !failed || !strings.Contains(text, "start_line") {
		t.Error(text)
	}
	for _, bad := range []string{"notes.txt", "https://octo.slack.com/archives/C000000001/p1", "F1", "../F000000001"} {
		if text := r.noFile(t, bad); !strings.Contains(text, "INVALID_INPUT") {
			t.Error(text)
		}
	}
}

// A long text is read piece by piece, each whole lines.
func TestGetFileGoesOn(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	var whole strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&whole, "line %d é\n", i+1)
	}
	for charset, in := range map[string][]byte{"utf-8": []byte(whole.String()), "utf-16le": utf16le(whole.String())} {
		id := r.shared(slacktest.File{Name: "log.txt", Content: in})
		var got strings.Builder
		start := int64(1)
		for calls := 0; start > 0; calls++ {
			body, meta, _ := r.file(t, fmt.Sprintf(`{"file":%q,"start_line":%d,"max_bytes":20000}`, id, start))
			if meta.Lines == nil || meta.Lines.Start != start || len(body) > 20000 || !strings.HasSuffix(body, "\n") || calls > 10 || charset != "utf-8" && meta.Charset != charset {
				t.Fatalf("%s: %d bytes, %+v", charset, len(body), meta)
			}
			got.WriteString(body)
			start = meta.Next
		}
		if got.String() != whole.String() {
			t.Errorf("%s: %d bytes of %d", charset, got.Len(), whole.Len())
		}
	}
}

func utf16le(s string) []byte {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

// What is behind 4 MiB of a text cannot be shown, which is said.
func TestGetFileEnds(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	line := strings.Repeat("x", 1023) + "\n"
	id := r.shared(slacktest.File{Name: "huge.log", Content: []byte(strings.Repeat(line, 5000))})
	body, meta, _ := r.file(t, fmt.Sprintf(`{"file":%q,"start_line":4090}`, id))
	if !meta.Truncated || meta.Next != 0 || meta.Note == "" || meta.Lines.End != 4096 || len(body) != 7<<10 {
		t.Errorf("%d bytes, %+v", len(body), meta)
	}
	one := r.shared(slacktest.File{Name: "one.json", Content: []byte(strings.Repeat("y", 500_000))})
	body, meta, _ = r.file(t, fmt.Sprintf(`{"file":%q,"max_bytes":2000}`, one))
	if len(body) != 2000 || !meta.Truncated || meta.Next != 0 {
		t.Errorf("%d bytes, %+v", len(body), meta)
	}
}

func TestGetFileImage(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	data := []byte(png + strings.Repeat("\x00", 3000))
	id := r.shared(slacktest.File{Name: "plot.png", Mimetype: "image/png", Content: data, Thumbnails: true})
	_, meta, image := r.file(t, fmt.Sprintf(`{"file":%q}`, id))
	if image == nil || image.MIMEType != "image/png" || !bytes.Equal(image.Data, data) || meta.Thumbnail != 0 {
		t.Fatalf("%+v", meta)
	}
	// How large the smaller forms are is not known before.
	for name, n := range map[string]int{"thumb1024": 2500, "thumb960": 1000} {
		r.Handle(name, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write([]byte(png + strings.Repeat("\x00", n)))
		})
	}
	r.Handle("files.info", slacktest.JSON(fmt.Sprintf(`{"ok":true,"file":{"id":%q,"name":"plot.png","mimetype":"image/png","size":3008,"channels":["C000000001"],
		"url_private":"%[2]sfull","thumb_480":"%[2]sthumb480","thumb_1024":"%[2]sthumb1024","thumb_960":"%[2]sthumb960"}}`, id, r.URL)))
	_, meta, image = r.file(t, fmt.Sprintf(`{"file":%q,"max_bytes":2048}`, id))
	if image == nil || len(image.Data) != 1008 || meta.Thumbnail != 960 || r.Asked("full")+r.Asked("thumb480") != 0 {
		t.Fatalf("%+v", meta)
	}
	r.Handle("files.info", nil)
	no := r.shared(slacktest.File{Name: "no.png", Mimetype: "image/png", Content: []byte("<script>")})
	if body, _, image := r.file(t, fmt.Sprintf(`{"file":%q}`, no)); image != nil || strings.Contains(body, "script") {
		t.Errorf("a file that is called an image is shown: %q", body)
	}
	big := r.shared(slacktest.File{Name: "big.png", Mimetype: "image/png", Content: data})
	if _, meta, image := r.file(t, fmt.Sprintf(`{"file":%q,"max_bytes":2048}`, big)); image != nil || !strings.Contains(meta.Note, "max_bytes") {
		t.Errorf("%+v", meta)
	}
}

func TestGetFileOfOtherKinds(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	canvas := r.AddCanvas("Plan", "# Plan\n- one\n")
	r.Post(slacktest.General, slacktest.Message{User: slacktest.Mona, Text: "see", Files: []string{canvas}})
	if body, meta, _ := r.file(t, fmt.Sprintf(`{"file":"https://octo.slack.com/docs/T000000001/%s"}`, canvas)); body != "# Plan\n- one\n" || meta.Mimetype != "text/markdown" {
		t.Errorf("%q, %+v", body, meta)
	}
	asked := r.Asked("file")
	pdf := r.shared(slacktest.File{Name: "a.pdf", Mimetype: "application/pdf", Content: []byte("%PDF-1.7")})
	if body, _, _ := r.file(t, fmt.Sprintf(`{"file":%q}`, pdf)); !strings.Contains(body, "application/pdf of 8 bytes") || r.Asked("file") != asked {
		t.Error(body)
	}
	lies := r.shared(slacktest.File{Name: "a.txt", Mimetype: "text/plain", Content: []byte("PK\x03\x04\x00\x00\x00")})
	if body, _, _ := r.file(t, fmt.Sprintf(`{"file":%q}`, lies)); !strings.Contains(body, "application/zip") || strings.Contains(body, "PK") {
		t.Error(body)
	}
	gdrive := r.shared(slacktest.File{Name: "doc", Mode: "external", Mimetype: "application/vnd.google-apps.document", URL: "https://docs.example/x"})
	if body, meta, _ := r.file(t, fmt.Sprintf(`{"file":%q}`, gdrive)); meta.URL != "https://docs.example/x" || !strings.Contains(body, "another service") {
		t.Errorf("%q, %+v", body, meta)
	}
	if text := r.noFile(t, r.shared(slacktest.File{Name: "gone", Mode: "tombstone"})); strings.Contains(text, "INTERNAL") {
		t.Error(text)
	}
	if text := r.noFile(t, r.shared(slacktest.File{Name: "old", Mode: "hidden_by_limit"})); !strings.Contains(text, "RESOURCE_NOT_FOUND") || !strings.Contains(text, "plan") {
		t.Error(text)
	}
	if text := r.noFile(t, "F0NOSUCHFILE"); strings.Contains(text, "INTERNAL") {
		t.Error(text)
	}
	// What messages say nothing about is looked up.
	connect := r.shared(slacktest.File{Name: "c.txt", Content: []byte("ours"), Access: "check_file_info"})
	if body, _, _ := r.file(t, fmt.Sprintf(`{"file":%q}`, connect)); body != "ours" {
		t.Error(body)
	}
	snippet := r.shared(slacktest.File{Name: "s.go", Mode: "snippet", Content: []byte("package s\n")})
	if body, _, _ := r.file(t, fmt.Sprintf(`{"file":%q}`, snippet)); body != "package s\n" {
		t.Error(body)
	}
	r.Handle("forbidden", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	r.Handle("files.info", slacktest.JSON(fmt.Sprintf(`{"ok":true,"file":{"id":%q,"name":"s.go","mimetype":"text/plain","mode":"snippet","channels":["C000000001"],"url_private":"%sforbidden","preview":"package s\n"}}`, snippet, r.URL)))
	if body, meta, _ := r.file(t, fmt.Sprintf(`{"file":%q}`, snippet)); body != "package s\n" || !strings.Contains(meta.Note, "preview") || !meta.Truncated {
		t.Errorf("%q, %+v", body, meta)
	}
}

// A file is read where the channel that it is in may be.
func TestGetFileAsksThePolicy(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken, DenyChannels: []string{"random"}})
	secret := r.sharedIn(slacktest.Random, slacktest.File{Name: "secret-plan.txt", Content: []byte("the plan")})
	text := r.noFile(t, secret)
	if !strings.Contains(text, "RESOURCE_NOT_FOUND") || strings.Contains(text, "plan") || r.Asked("file") != 0 {
		t.Error(text)
	}
	r.Post(slacktest.General, slacktest.Message{User: slacktest.Mona, Text: "see", Files: []string{secret}})
	if body, _, _ := r.file(t, fmt.Sprintf(`{"file":%q}`, secret)); body != "the plan" {
		t.Error(body)
	}
	own := r.AddFile(slacktest.File{Name: "own.txt", Content: []byte("mine"), User: slacktest.Mona})
	if body, _, _ := r.file(t, fmt.Sprintf(`{"file":%q}`, own)); body != "mine" {
		t.Error(body)
	}
	// What the bot of everybody made is nobody's in particular.
	b := newRig(t, slack.Config{BotToken: botToken})
	its := b.AddFile(slacktest.File{Name: "its.txt", Content: []byte("x"), User: slacktest.Octobot})
	if text := b.noFile(t, its); !strings.Contains(text, "RESOURCE_NOT_FOUND") {
		t.Error(text)
	}
}

// Where the bytes are is in the hand of who shares a file: the token goes nowhere
// else.
func TestGetFileSendsNoTokenElsewhere(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	r.Handle("files.info", slacktest.JSON(`{"ok":true,"file":{"id":"F0000000AB","name":"a.txt","mimetype":"text/plain","size":3,"mode":"hosted","user":"U000000001","channels":["C000000001"],"url_private":"https://files.example/a.txt"}}`))
	if text := r.noFile(t, "F0000000AB"); strings.Contains(text, "files.example") || strings.Contains(text, userToken) {
		t.Error(text)
	}
}
