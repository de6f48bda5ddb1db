package github

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/google/go-github/v66/github"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// What a resource may hold.
const (
	maxDiff = 1 << 20
	maxLog  = 256 << 10
	maxBody = 64 << 10
)

// contentsAt is a file, or the names in a directory.
func (s *Service) contentsAt(ctx context.Context, r repository, p, ref string) ([]*mcp.ResourceContents, error) {
	p = strings.Trim(p, "/")
	if err := checkPath(p, ref); err != nil {
		return nil, err
	}
	file, entries, _, err := s.api.Repositories.GetContents(ctx, r.Owner, r.Repo, p, &github.RepositoryContentGetOptions{Ref: ref})
	if err != nil {
		return nil, s.shown(err, "%s in %s", p, r)
	}
	if file == nil {
		return textContents("inode/directory", entryNames(entries)), nil
	}
	if file.GetEncoding() == "none" {
		return nil, toolerr.New(toolerr.InvalidInput, "%s has %d bytes: read it by lines with get_file_contents", p, file.GetSize())
	}
	if file.GetType() != "file" {
		return textContents(mimeText, fmt.Sprintf("%s: %s %s", file.GetType(), p, file.GetTarget())), nil
	}
	text, err := file.GetContent()
	if err != nil {
		return nil, toolerr.Wrap(err, toolerr.ServiceUnavailable, "GitHub's answer about %s cannot be read", p)
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return []*mcp.ResourceContents{{MIMEType: http.DetectContentType([]byte(text)), Blob: []byte(text)}}, nil
	}
	switch strings.ToLower(path.Ext(p)) {
	case ".md":
		return textContents(mimeMarkdown, text), nil
	case ".json":
		return textContents(mimeJSON, text), nil
	}
	return textContents(mimeText, text), nil
}

// checkPath refuses a path that GitHub would read as another one.
func checkPath(p, ref string) error {
	for part := range strings.SplitSeq(p, "/") {
		if part == "." || part == ".." {
			return toolerr.New(toolerr.ResourceNotFound, "there is no such resource")
		}
	}
	if len(p) > 4096 || len(ref) > 255 {
		return toolerr.Invalid("path", "path: at most 4096 bytes, and 255 of ref")
	}
	return nil
}

// entryNames are the entries of a directory, one on a line, directories with a slash.
func entryNames(entries []*github.RepositoryContent) string {
	lines := make([]string, len(entries))
	for i, e := range entries {
		lines[i] = e.GetName()
		if e.GetType() == "dir" {
			lines[i] += "/"
		}
	}
	return strings.Join(lines, "\n")
}

// issueText is an issue or a pull request for people to read.
func (s *Service) issueText(ctx context.Context, r repository, number int) (string, error) {
	i, _, err := s.api.Issues.Get(ctx, r.Owner, r.Repo, number)
	if err != nil {
		return "", s.shown(err, "issue %s#%d", r, number)
	}
	item := newIssueItem(i)
	body := i.GetBody()
	if len(body) > maxBody {
		body = strings.ToValidUTF8(body[:maxBody], "") + "\n\n(The rest is left out.)"
	}
	head := fmt.Sprintf("# %s\n\n%s by %s, %d comments", item.Title, item.State, item.Author, item.Comments)
	if len(item.Labels) > 0 {
		head += ", labels: " + strings.Join(item.Labels, ", ")
	}
	return strings.TrimSpace(head + "\n\n" + body), nil
}

// diffText is the unified diff of a pull request.
func (s *Service) diffText(ctx context.Context, r repository, number int) (string, error) {
	text, _, err := s.api.PullRequests.GetRaw(ctx, r.Owner, r.Repo, number, github.RawOptions{Type: github.Diff})
	if err != nil {
		return "", s.shown(err, "diff of %s#%d", r, number)
	}
	if len(text) > maxDiff {
		end := strings.LastIndexByte(text[:maxDiff], '\n') + 1
		text = text[:end] + fmt.Sprintf("(%d bytes more: read them by paths with get_pull_request_diff)\n", len(text)-end)
	}
	return strings.ToValidUTF8(text, "\uFFFD"), nil
}

// jobLog is the end of a job's log. GitHub sends to another host for it, which
// does not see the credential.
func (s *Service) jobLog(ctx context.Context, r repository, job int64) (string, error) {
	req, err := s.api.NewRequest("GET", fmt.Sprintf("repos/%s/%s/actions/jobs/%d/logs", r.Owner, r.Repo, job), nil)
	if err != nil {
		return "", err
	}
	resp, err := s.api.BareDo(ctx, req)
	if err != nil {
		return "", s.shown(err, "log of job %d in %s", job, r)
	}
	defer resp.Body.Close()
	end, cut, err := tail(resp.Body, maxLog)
	if err != nil {
		return "", s.shown(err, "log of job %d in %s", job, r)
	}
	if cut {
		_, end, _ = strings.Cut(end, "\n")
		end = "(Its beginning is left out.)\n" + end
	}
	return strings.ToValidUTF8(end, "\uFFFD"), nil
}

// tail returns the last n bytes of r, and whether there were more.
func tail(r io.Reader, n int) (text string, cut bool, err error) {
	buf := make([]byte, 0, 2*n)
	for {
		if len(buf) == cap(buf) {
			buf = append(buf[:0], buf[len(buf)-n:]...)
			cut = true
		}
		m, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+m]
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", false, err
		}
	}
	if len(buf) > n {
		buf, cut = buf[len(buf)-n:], true
	}
	return string(buf), cut, nil
}
