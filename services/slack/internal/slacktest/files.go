package slacktest

import (
	"bytes"
	"cmp"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// File is one that somebody shares.
type File struct {
	// ID is F…, made up if it is "".
	ID, Name, Title string
	User            string
	Mimetype        string
	// Filetype and Pretty are Slack's words for the kind: "text" and "Plain Text".
	Filetype, Pretty string
	// Mode is "hosted", "snippet", "external", "quip" (a canvas), "tombstone" or
	// "hidden_by_limit"; "" stands for the first.
	Mode    string
	Content []byte
	// Size is what Slack says it is; 0: that of Content.
	Size int64
	// URL is where an external file is.
	URL string
	// Thumbnails has them for an image.
	Thumbnails bool
	// Created is in Unix seconds.
	Created int64
	// Access is "check_file_info" for a file that messages say nothing about.
	Access string
}

type file struct {
	File
	shares []share
	who    map[string]bool // of a canvas that was shared with people; nil: everybody
}

type share struct {
	channel string
	message *message
}

func (f *file) share(channel string, m *message) { f.shares = append(f.shares, share{channel, m}) }

// AddFile adds a file and returns its id. Files of Post show it somewhere.
func (s *Server) AddFile(f File) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.ID == "" {
		f.ID = s.id("F")
	}
	f.User, f.Mode, f.Title = cmp.Or(f.User, Mona), cmp.Or(f.Mode, "hosted"), cmp.Or(f.Title, f.Name)
	f.Mimetype, f.Filetype = cmp.Or(f.Mimetype, "text/plain"), cmp.Or(f.Filetype, strings.TrimPrefix(path.Ext(f.Name), "."), "text")
	f.Pretty, f.Created = cmp.Or(f.Pretty, strings.ToUpper(f.Filetype)), cmp.Or(f.Created, seeded)
	f.Size = cmp.Or(f.Size, int64(len(f.Content)))
	s.files[f.ID] = &file{File: f}
	return f.ID
}

// AddCanvas adds a canvas and returns its id. readers are who may see it; none:
// everybody.
func (s *Server) AddCanvas(title, markdown string, readers ...string) string {
	id := s.AddFile(File{Title: title, Name: strings.ReplaceAll(title, " ", "_"), Mimetype: "application/vnd.slack-docs", Filetype: "quip", Pretty: "Canvas", Mode: "quip", Content: []byte(markdown)})
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(readers) != 0 {
		who := make(map[string]bool, len(readers))
		for _, r := range readers {
			who[r] = true
		}
		s.files[id].who = who
	}
	return id
}

var fileMethods = map[string]method{
	"files.info":          {args: "file count cursor limit page", scopes: "files:read", answer: (*call).filesInfo},
	"canvases.getContent": {args: "canvas_id content_type", scopes: "canvases:read", answer: (*call).canvasContent},
}

// sees reports whether somebody may see a file: one that is nowhere is of whoever
// made it.
func (s *Server) sees(user string, bot bool, f *file) bool {
	if f.User == user {
		return true
	}
	if f.Mode == "quip" && len(f.shares) == 0 {
		return f.who == nil || f.who[user]
	}
	return slices.ContainsFunc(f.shares, func(sh share) bool {
		ch, ok := s.find(sh.channel)
		return ok && (ch.has(user) || ch.kind() == "public_channel" && !bot)
	})
}

func (c *call) filesInfo() (object, error) {
	f, ok := c.files[c.Get("file")]
	switch {
	case !ok || !c.sees(c.token.User, c.token.Bot != "", f):
		return nil, refuse("file_not_found")
	case f.Mode == "tombstone":
		return nil, refuse("file_deleted")
	}
	return object{"file": c.fileObject(f, true), "comments": []any{}, "response_metadata": next("")}, nil
}

func (c *call) canvasContent() (object, error) {
	id, err := c.required("canvas_id")
	if err != nil {
		return nil, err
	}
	f, ok := c.files[id]
	if !ok || f.Mode != "quip" || !c.sees(c.token.User, c.token.Bot != "", f) {
		return nil, refuse("canvas_not_found")
	}
	switch c.Get("content_type") {
	case "", "markdown":
		return object{"content": string(f.Content)}, nil
	case "html":
		return object{"content": "<p>" + string(f.Content) + "</p>"}, nil
	}
	return nil, refuse("invalid_arguments", "[ERROR] content_type must be markdown or html")
}

// fileObject is a file as Slack writes it; whole is files.info's.
func (c *call) fileObject(f *file, whole bool) object {
	if f.Access != "" && !whole {
		return object{"id": f.ID, "mode": "file_access", "file_access": f.Access}
	}
	if f.Mode == "tombstone" || f.Mode == "hidden_by_limit" {
		return object{"id": f.ID, "mode": f.Mode}
	}
	channels, groups, ims := []string{}, []string{}, []string{}
	public, private := object{}, object{}
	for _, sh := range f.shares {
		ch, ok := c.find(sh.channel)
		if !ok || !c.visible(ch) {
			continue
		}
		one := object{"ts": sh.message.TS, "channel_name": ch.Name, "team_id": TeamID, "share_user_id": sh.message.User, "reply_users": []string{}, "reply_users_count": 0, "reply_count": 0, "source": "UNKNOWN"}
		if sh.message.ThreadTS != "" {
			one["thread_ts"] = sh.message.ThreadTS
		}
		switch ch.kind() {
		case "public_channel":
			channels, public[ch.ID] = append(channels, ch.ID), []any{one}
		case "im":
			ims, private[ch.ID] = append(ims, ch.ID), []any{one}
		default:
			groups, private[ch.ID] = append(groups, ch.ID), []any{one}
		}
	}
	o := object{
		"id": f.ID, "created": f.Created, "timestamp": f.Created, "name": f.Name, "title": f.Title, "mimetype": f.Mimetype, "filetype": f.Filetype, "pretty_type": f.Pretty,
		"user": f.User, "user_team": TeamID, "editable": f.Mode == "snippet", "size": f.Size, "mode": f.Mode, "is_external": f.Mode == "external", "external_type": "",
		"is_public": len(channels) != 0, "public_url_shared": false, "display_as_bot": false, "username": "",
		"permalink": SiteURL + "files/" + f.User + "/" + f.ID + "/" + url.PathEscape(f.Name), "has_rich_preview": false, "file_access": "visible",
	}
	if f.Mode == "external" {
		o["external_type"], o["url_private"] = "gdrive", f.URL
	} else {
		at := c.host + "/files-pri/" + TeamID + "-" + f.ID
		o["url_private"], o["url_private_download"] = at+"/"+url.PathEscape(f.Name), at+"/download/"+url.PathEscape(f.Name)
		o["permalink_public"] = "https://slack-files.com/" + TeamID + "-" + f.ID + "-0123456789"
	}
	if f.Mode == "snippet" {
		head := string(f.Content[:min(len(f.Content), 200)])
		o["preview"], o["preview_highlight"], o["lines"], o["lines_more"], o["preview_is_truncated"] = head, "<pre>"+head+"</pre>", 1, 0, len(f.Content) > len(head)
		o["edit_link"] = o["permalink"].(string) + "/edit"
	}
	if f.Thumbnails {
		c.thumbnails(f, o)
	}
	if whole {
		o["channels"], o["groups"], o["ims"], o["comments_count"], o["is_starred"] = channels, groups, ims, 0, false
		o["shares"] = object{}
		if len(public) != 0 {
			o["shares"].(object)["public"] = public
		}
		if len(private) != 0 {
			o["shares"].(object)["private"] = private
		}
	}
	return o
}

func (c *call) thumbnails(f *file, o object) {
	at := c.host + "/files-tmb/" + TeamID + "-" + f.ID + "-0123456789/" + strings.TrimSuffix(f.Name, path.Ext(f.Name))
	for _, size := range []string{"64", "80", "160", "360", "480", "720", "800", "960", "1024"} {
		o["thumb_"+size] = at + "_" + size + ".png"
		if len(size) == 3 && size != "160" || size == "1024" {
			o["thumb_"+size+"_w"], o["thumb_"+size+"_h"] = 360, 226
		}
	}
	o["original_w"], o["original_h"], o["thumb_tiny"] = 1760, 1106, "AwAeADDTooooAKKKKACiiigAooooAKKKKACiiigD/9k="
}

// serveFile serves a file to whom it was shared with, and sends everybody else to
// sign in.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	id, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/files-pri/"+TeamID+"-"), "/")
	s.mu.Lock()
	s.requests = append(s.requests, Request{"file", r.URL.Query(), r.Header.Clone()})
	f, ok := s.files[id]
	token, granted := s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	allowed := granted && token.Refused == "" && slices.Contains(token.scopes(), "files:read") && ok && s.sees(token.User, token.Bot != "", f)
	s.mu.Unlock()
	switch {
	case !ok:
		http.NotFound(w, r)
	case !allowed:
		http.Redirect(w, r, s.host+"/signin?redir="+url.QueryEscape(r.URL.Path), http.StatusFound)
	default:
		w.Header().Set("Content-Type", f.Mimetype)
		http.ServeContent(w, r, f.Name, time.Unix(f.Created, 0), bytes.NewReader(f.Content))
	}
}
