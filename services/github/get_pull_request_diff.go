package github

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/google/go-github/v66/github"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/github/internal/diff"
	"github.com/mcpfleet/mcpfleet/services/github/internal/glob"
)

var getPullRequestDiffTool = &mcp.Tool{
	Name:        "get_pull_request_diff",
	Title:       "Get a pull request's diff",
	Description: `A pull request's patches, 20 files or 30 KB a call; left_out names the rest. Example: {"paths":["src/**/*.ts"],"exclude":["*.lock"]}`,
	Annotations: server.ReadOnly(true),
}

type getPullRequestDiffInput struct {
	numbered
	Paths    []string `json:"paths,omitempty" jsonschema:"globs to show"`
	Exclude  []string `json:"exclude,omitempty" jsonschema:"globs to skip"`
	MaxBytes int      `json:"max_bytes,omitempty" hidden:"true" jsonschema:"default 30000"`
	Limit    int      `json:"limit" min:"1" max:"100" default:"20" hidden:"true" alias:"max_results"`
	Cursor   string   `json:"cursor,omitempty"`
}

type getPullRequestDiffOutput struct {
	text string
	meta diffMeta
}

// Text implements [server.Texter].
func (o getPullRequestDiffOutput) Text() (string, any) {
	if o.meta.NextCursor == "" && len(o.meta.LeftOut) == 0 {
		return o.text, nil
	}
	return o.text, o.meta
}

type diffMeta struct {
	LeftOut    []string `json:"left_out,omitempty"`
	NextCursor string   `json:"next_cursor,omitempty"`
}

// diffPlace is where a diff goes on: at a hunk of a file, as long as the pull
// request has the same commits. Size is that of GitHub's pages.
type diffPlace struct {
	File int    `json:"f"`
	Hunk int    `json:"h"`
	Size int    `json:"s"`
	Head string `json:"c"`
}

// GitHub lists no more files of a pull request, and so many on a page.
const (
	maxDiffFiles = 3000
	maxDiffPage  = 100
	// maxNamed bounds the names of files that were left out.
	maxNamed = 20
)

func (s *Service) getPullRequestDiff(ctx context.Context, in getPullRequestDiffInput) (getPullRequestDiffOutput, error) {
	var out getPullRequestDiffOutput
	if err := budget(&in.MaxBytes, 30_000); err != nil {
		return out, err
	}
	ctx, err := s.in(ctx, in.repository)
	if err != nil {
		return out, err
	}
	filter, err := glob.NewFilter(in.Paths, in.Exclude)
	if err != nil {
		return out, toolerr.Invalid("paths", "paths and exclude: %v", err)
	}
	question := in
	question.Limit, question.Cursor, question.MaxBytes = 0, "", 0
	at := diffPlace{Size: in.Limit}
	if !filter.Empty() {
		at.Size = maxDiffPage // fewer requests for the files in between
	}
	if err := s.cursors.Open(in.Cursor, &at, "get_pull_request_diff", asked(question)); err != nil {
		return out, err
	}
	var pr *github.PullRequest
	var missing error
	var both sync.WaitGroup
	both.Go(func() { pr, missing = s.pull(ctx, in.numbered) })
	files, more, err := s.changedFiles(ctx, in.numbered, at, in.Limit, filter)
	both.Wait()
	if missing != nil {
		return out, missing
	}
	if err != nil {
		return out, err
	}
	head := pr.GetHead().GetSHA()
	if at.Head != "" && at.Head != head {
		return out, toolerr.New(toolerr.Conflict, "%s has new commits since that page: begin again without cursor", in.numbered)
	}
	at.Head = head
	return s.renderDiff(in, question, pr, at, files, more)
}

// indexed is a changed file and its place in the pull request.
type indexed struct {
	*github.CommitFile
	index int
}

// changedFiles returns the files from a place on that filter takes, at most limit
// of them and those that came on the same page, and whether there may be more.
func (s *Service) changedFiles(ctx context.Context, n numbered, at diffPlace, limit int, filter *glob.Filter) (files []indexed, more bool, err error) {
	if at.Size < 1 || at.File < 0 {
		return nil, false, toolerr.Invalid("cursor", "cursor: begin again without it")
	}
	for page := at.File/at.Size + 1; len(files) < limit; page++ {
		list, resp, err := s.api.PullRequests.ListFiles(ctx, n.Owner, n.Repo, n.Number, &github.ListOptions{Page: page, PerPage: at.Size})
		if err != nil {
			return nil, false, s.shown(err, "files of pull request %s", n)
		}
		for i, f := range list {
			if index := (page-1)*at.Size + i; index >= at.File && f != nil && filter.Takes(f.GetFilename()) {
				files = append(files, indexed{f, index})
			}
		}
		if more = resp.NextPage != 0 && page*at.Size < maxDiffFiles; !more || len(list) == 0 {
			return files, false, nil
		}
	}
	return files, more, nil
}

func (s *Service) renderDiff(in, question getPullRequestDiffInput, pr *github.PullRequest, at diffPlace, files []indexed, more bool) (getPullRequestDiffOutput, error) {
	shown := files[:min(len(files), in.Limit)]
	patches := make([]diff.File, len(shown))
	for i, f := range shown {
		patches[i] = diff.File{Header: mark + fileLine(f.CommitFile), Path: pathName(f.GetFilename()), Patch: source(f.GetPatch())}
	}
	from := diff.Place{}
	if len(shown) > 0 && shown[0].index == at.File {
		from.Hunk = at.Hunk
	}
	page := diff.Page(patches, from, in.MaxBytes)

	out := getPullRequestDiffOutput{text: diffHead(in.numbered, pr) + page.Text}
	out.meta.LeftOut = page.Cut
	if page.Rest != "" {
		out.meta.LeftOut = append(out.meta.LeftOut, page.Rest)
	}
	after := page.Next.File
	if page.Next.Hunk > 0 {
		after++
	}
	for i, f := range files[min(after, len(files)):] {
		if i == maxNamed {
			out.meta.LeftOut = append(out.meta.LeftOut, fmt.Sprintf("and %s", counted(len(files)-after-i, "more file")))
			break
		}
		out.meta.LeftOut = append(out.meta.LeftOut, pathName(f.GetFilename()))
	}
	next := at
	switch {
	case page.Next.File < len(files):
		next.File, next.Hunk = files[page.Next.File].index, page.Next.Hunk
	case more:
		next.File, next.Hunk = (files[len(files)-1].index/at.Size+1)*at.Size, 0
		out.meta.LeftOut = append(out.meta.LeftOut, fmt.Sprintf("files from number %d of %d on", next.File+1, pr.GetChangedFiles()))
	default:
		if len(shown) == 0 {
			out.text += nothing(in)
		}
		return out, nil
	}
	var err error
	out.meta.NextCursor, err = s.cursors.Seal(next, "get_pull_request_diff", asked(question))
	return out, err
}

func nothing(in getPullRequestDiffInput) string {
	if len(in.Paths) > 0 || len(in.Exclude) > 0 {
		return "(no changed file matches paths and exclude)\n"
	}
	return "(no changed files)\n"
}

// diffHead says what the pull request is.
func diffHead(n numbered, pr *github.PullRequest) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n%s, %s -> %s, %s, +%d -%d, head %s\n", n, plain.Words(pr.GetTitle(), 300), pullState(pr),
		plain.Line(headLabel(pr)), plain.Line(pr.GetBase().GetRef()), counted(pr.GetChangedFiles(), "file"), pr.GetAdditions(), pr.GetDeletions(), pr.GetHead().GetSHA())
	if pr.GetChangedFiles() > maxDiffFiles {
		fmt.Fprintf(&b, "(GitHub lists the first %d files only: list_commits with base compares the rest)\n", maxDiffFiles)
	}
	return b.String()
}

// headLabel is the branch that is to be merged, with its owner if it comes from a
// fork.
func headLabel(pr *github.PullRequest) string {
	if pr.GetHead().GetRepo().GetFullName() == pr.GetBase().GetRepo().GetFullName() {
		return pr.GetHead().GetRef()
	}
	return pr.GetHead().GetLabel()
}

func pullState(pr *github.PullRequest) string {
	switch {
	case pr.GetMerged() || pr.MergedAt != nil:
		return "merged"
	case pr.GetState() == "closed":
		return "closed"
	case pr.GetDraft():
		return "draft"
	}
	return "open"
}

// fileLine is a changed file in one line: its path, what happened, and why there
// is no patch.
func fileLine(f *github.CommitFile) string {
	about := []string{fmt.Sprintf("+%d -%d", f.GetAdditions(), f.GetDeletions())}
	if status := f.GetStatus(); status != "" && status != "modified" && status != "renamed" {
		about = append(about, plain.Line(status))
	}
	if f.GetPreviousFilename() != "" {
		about = append(about, "renamed from "+pathName(f.GetPreviousFilename()))
	}
	if f.GetPatch() == "" {
		switch {
		case f.GetAdditions()+f.GetDeletions() > 0:
			about = append(about, "no patch: too large for GitHub to show")
		case f.GetStatus() == "renamed":
			about = append(about, "unchanged")
		default:
			about = append(about, "no patch: binary, empty or only another mode")
		}
	}
	return fmt.Sprintf("%s (%s)", pathName(f.GetFilename()), strings.Join(about, ", "))
}

// pathName is a path as it is, quoted if it holds what cannot be shown.
func pathName(path string) string {
	if strings.IndexFunc(path, func(r rune) bool { return plain.Rune(r) != r || r == '\n' || r == '\t' }) >= 0 {
		return strconv.Quote(path)
	}
	return path
}
