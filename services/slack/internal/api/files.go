package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/upstream"
)

// FileInfo is a file with where it is shared.
type FileInfo struct {
	File
	User      string // who uploaded it
	Created   int64  // Unix seconds
	Permalink string
	// Access is "check_file_info" or "access_denied" for what cannot be read.
	Access string
	// External says that its bytes are not Slack's: a document of another service.
	External bool
	// Channels are the conversations that it is shared in, as far as the token sees.
	Channels []string
	// Preview is the beginning of a text.
	Preview string
	// Thumbs are smaller forms of an image, the largest first.
	Thumbs []Thumb
}

// Thumb is a smaller form of an image.
type Thumb struct {
	URL string
	// Size is that of its longer side, in pixels.
	Size int
}

// thumbs are those of a file as Slack writes them.
type thumbs struct {
	T1024 string `json:"thumb_1024"`
	T960  string `json:"thumb_960"`
	T800  string `json:"thumb_800"`
	T720  string `json:"thumb_720"`
	T480  string `json:"thumb_480"`
	T360  string `json:"thumb_360"`
	T160  string `json:"thumb_160"`
}

func (t thumbs) list() []Thumb {
	all := []Thumb{{t.T1024, 1024}, {t.T960, 960}, {t.T800, 800}, {t.T720, 720}, {t.T480, 480}, {t.T360, 360}, {t.T160, 160}}
	return slices.DeleteFunc(all, func(t Thumb) bool { return t.URL == "" })
}

// FileInfo asks about a file (files.info).
func (c *Client) FileInfo(ctx context.Context, id string) (FileInfo, error) {
	var got struct {
		envelope
		File struct {
			File
			User      string                                `json:"user"`
			Created   int64                                 `json:"created"`
			Permalink string                                `json:"permalink"`
			Access    string                                `json:"file_access"`
			External  bool                                  `json:"is_external"`
			Channels  []string                              `json:"channels"`
			Groups    []string                              `json:"groups"`
			IMs       []string                              `json:"ims"`
			Shares    map[string]map[string]json.RawMessage `json:"shares"`
			Preview   string                                `json:"preview"`
			thumbs
		} `json:"file"`
	}
	if _, err := c.call(ctx, "files.info", url.Values{"file": {id}}, &got); err != nil {
		return FileInfo{}, err
	}
	f := got.File
	if f.ID == "" {
		return FileInfo{}, hollow("files.info", "file")
	}
	info := FileInfo{File: f.File, User: f.User, Created: f.Created, Permalink: f.Permalink, Access: f.Access, External: f.External, Preview: f.Preview, Thumbs: f.list()}
	for _, in := range [][]string{f.Channels, f.Groups, f.IMs} {
		info.Channels = append(info.Channels, in...)
	}
	for _, in := range f.Shares {
		info.Channels = slices.AppendSeq(info.Channels, maps.Keys(in))
	}
	slices.Sort(info.Channels)
	info.Channels = slices.Compact(info.Channels)
	return info, nil
}

// Canvas returns the text of a canvas as Markdown (canvases.getContent).
func (c *Client) Canvas(ctx context.Context, id string) (string, error) {
	text, err := c.lib.GetCanvasContentContext(ctx, id)
	return text, refusal("canvases.getContent", err)
}

// download is what getting a file is called in errors and limits.
const download = "files.download"

// maxHops is how often a file may be elsewhere.
const maxHops = 3

// Content is what a file holds.
type Content struct {
	Bytes []byte
	// Truncated says that there is more than was asked for.
	Truncated bool
	// Mimetype is what the answer said that it is.
	Mimetype string
}

// Download returns the first max bytes of a file, from File.URLPrivate. The token
// goes to Slack's own hosts alone: where the bytes of a file are is in the hand of
// whoever shared it.
func (c *Client) Download(ctx context.Context, raw string, max int64) (Content, error) {
	at, err := url.Parse(raw)
	if err != nil || !c.api.serves(at) {
		return Content{}, &Error{Method: download, Code: "foreign_host"}
	}
	asked := at.Path
	for range maxHops {
		resp, err := c.get(ctx, at, max)
		if err != nil {
			return Content{}, err
		}
		if resp.StatusCode < 300 || resp.StatusCode > 399 {
			return content(resp, asked, max)
		}
		to, err := at.Parse(resp.Header.Get("Location"))
		_ = resp.Body.Close() // a redirect's body is of no use
		if err != nil || to.Query().Get("redir") != "" {
			return Content{}, &Error{Method: download, Code: "file_sign_in"}
		}
		if !c.api.serves(to) {
			return Content{}, &Error{Method: download, Code: "foreign_host"}
		}
		at = to
	}
	return Content{}, &Error{Method: download, Code: "too_many_redirects"}
}

// serves reports whether u is on a host that the token may be sent to.
func (a *API) serves(u *url.URL) bool {
	if u.User != nil || u.Host == "" {
		return false
	}
	for _, host := range a.hosts {
		if upstream.Origin(host) == upstream.Origin(u) {
			return true
		}
	}
	return false
}

func (c *Client) get(ctx context.Context, at *url.URL, max int64) (resp *http.Response, err error) {
	err = c.limited(ctx, download, "", func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(upstream.Unfollowed(ctx), http.MethodGet, at.String(), nil)
		if err != nil {
			return &Error{Method: download, Code: "foreign_host"}
		}
		// One more than is asked for shows whether there is more.
		r.Header.Set("Range", fmt.Sprintf("bytes=0-%d", max))
		resp, err = c.api.http.Do(r) //nolint:bodyclose // who takes the answer closes it
		return err
	})
	return resp, err
}

func content(resp *http.Response, asked string, max int64) (Content, error) {
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK, http.StatusPartialContent:
	case http.StatusRequestedRangeNotSatisfiable: // of an empty file
		return Content{}, nil
	default:
		return Content{}, &Error{Method: download, Status: resp.StatusCode}
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	b, err := io.ReadAll(io.LimitReader(resp.Body, max+1))
	if err != nil {
		return Content{}, err
	}
	if kind == "text/html" && !strings.HasSuffix(asked, ".html") && !strings.HasSuffix(asked, ".htm") {
		// Who may not read a file is shown a page to sign in, with status 200.
		return Content{}, &Error{Method: download, Code: "file_sign_in"}
	}
	c := Content{Bytes: b, Mimetype: kind}
	if int64(len(b)) > max {
		c.Bytes, c.Truncated = b[:max], true
	}
	return c, nil
}
