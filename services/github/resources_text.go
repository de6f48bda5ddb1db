package github

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// What a resource may hold.
const (
	maxDiff    = 1 << 20
	maxLogText = 256 << 10
	maxIssue   = 100_000
)

// contentsAt is a file, or the names in a directory.
func (s *Service) contentsAt(ctx context.Context, r repository, p, ref string) ([]*mcp.ResourceContents, error) {
	p, err := cleanPath("path", p)
	if err != nil {
		return nil, err
	}
	if err := checkRef("ref", ref); err != nil {
		return nil, err
	}
	c, err := s.contents(ctx, r, p, ref)
	switch {
	case err != nil:
		return nil, err
	case c.Type == "dir":
		return textContents("inode/directory", entryNames(c.Entries)), nil
	case c.Type != "file":
		return textContents(mimeText, strings.TrimSpace(fmt.Sprintf("%s: %s %s", c.Type, p, c.Target))), nil
	case c.Encoding != "base64":
		return nil, toolerr.New(toolerr.InvalidInput, "%s has %d bytes: read it by lines with get_file_contents", p, c.Size)
	}
	body, err := s.open(ctx, r, c)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	file, err := io.ReadAll(body) // of what is in memory already
	if err != nil {
		return nil, s.broken(err, c)
	}
	if !utf8.Valid(file) || bytes.IndexByte(file, 0) >= 0 {
		return []*mcp.ResourceContents{{MIMEType: http.DetectContentType(file), Blob: file}}, nil
	}
	switch strings.ToLower(path.Ext(p)) {
	case ".md":
		return textContents(mimeMarkdown, string(file)), nil
	case ".json":
		return textContents(mimeJSON, string(file)), nil
	}
	return textContents(mimeText, string(file)), nil
}

// entryNames are the names in a directory, one on a line, those of directories
// with a slash.
func entryNames(entries []contentsEntry) string {
	lines := make([]string, len(entries))
	for i, e := range entries {
		lines[i] = e.Name
		if e.Type == "dir" {
			lines[i] += "/"
		}
	}
	return strings.Join(lines, "\n")
}

// issueText is an issue or a pull request with the first of its conversation.
func (s *Service) issueText(ctx context.Context, r repository, number int64) (string, error) {
	out, err := s.getIssue(ctx, getIssueInput{numbered: numbered{r, int(number)}, Order: "oldest", MaxBytes: maxIssue, Limit: 100})
	if out.next != "" {
		out.text += mark + "there is more: read it with get_issue\n"
	}
	return out.text, err
}

// diffText is the beginning of the unified diff of a pull request. No more of it
// is read than is shown.
func (s *Service) diffText(ctx context.Context, r repository, number int64) (string, error) {
	req, err := s.api.NewRequest(http.MethodGet, fmt.Sprintf("repos/%s/%s/pulls/%d", r.Owner, r.Repo, number), nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Accept", "application/vnd.github.diff")
	resp, err := s.api.BareDo(ctx, req)
	if err != nil {
		return "", s.shown(err, "diff of %s#%d", r, number)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxDiff+1))
	if err != nil {
		return "", s.shown(err, "diff of %s#%d", r, number)
	}
	text := string(b)
	if len(text) > maxDiff {
		end := strings.LastIndexByte(text[:maxDiff], '\n') + 1
		text = text[:end] + "(There is more: read it by paths with get_pull_request_diff.)\n"
	}
	return source(text), nil
}
