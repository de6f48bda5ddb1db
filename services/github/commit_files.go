package github

import (
	"context"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/github/internal/commit"
)

// maxCommit bounds what one commit holds, in bytes.
const maxCommit = 5 << 20

var commitFilesTool = &mcp.Tool{
	Name:        "commit_files",
	Title:       "Commit files",
	Description: `One commit of up to 100 files, all or nothing; if the branch moves meanwhile, the error has its head. The old of an edit must be in the file once. Modes are kept. Example: {"branch":"fix-typo","from_ref":"main","message":"Fix a typo","changes":[{"path":"README.md","edits":[{"old":"teh","new":"the"}]}]}`,
	Annotations: destroys(),
}

type commitFilesInput struct {
	repository
	Branch     string       `json:"branch" minLength:"1" maxLength:"255" quiet:"true" jsonschema:"to commit to"`
	Message    string       `json:"message" minLength:"1" maxLength:"65536" quiet:"true" jsonschema:"of the commit"`
	Changes    []fileChange `json:"changes" minItems:"1" maxItems:"100" quiet:"true" jsonschema:"one a file: content, edits or delete"`
	FromRef    string       `json:"from_ref,omitempty" jsonschema:"where a new branch begins"`
	ExpectHead string       `json:"expect_head,omitempty" pattern:"^[0-9a-f]{40}$" quiet:"true" jsonschema:"full SHA of the branch"`
}

type fileChange struct {
	Path       string     `json:"path"`
	Content    *string    `json:"content,omitempty" jsonschema:"the whole file"`
	Encoding   string     `json:"encoding,omitempty" enum:"utf-8,base64"`
	Edits      []fileEdit `json:"edits,omitempty" maxItems:"100" quiet:"true"`
	Delete     bool       `json:"delete,omitempty"`
	Executable *bool      `json:"executable,omitempty"`
}

type fileEdit struct {
	Old string `json:"old"`
	New string `json:"new"`
}

type commitFilesOutput struct {
	SHA       string          `json:"sha"`
	Branch    string          `json:"branch"`
	Created   bool            `json:"branch_created,omitempty"`
	Files     []committedFile `json:"files"`
	Unchanged []string        `json:"unchanged,omitempty"`
}

type committedFile struct {
	Path   string `json:"path"`
	Action string `json:"action"`
}

// changes are the input's as internal/commit has them, checked.
func (in *commitFilesInput) changes() ([]commit.Change, error) {
	out := make([]commit.Change, len(in.Changes))
	size := 0
	for i, c := range in.Changes {
		out[i] = commit.Change{Path: c.Path, Content: c.Content, Base64: c.Encoding == "base64", Delete: c.Delete, Executable: c.Executable}
		for _, e := range c.Edits {
			out[i].Edits = append(out[i].Edits, commit.Edit(e))
			size += len(e.New)
		}
		if c.Content != nil {
			size += len(*c.Content)
		}
	}
	if size > maxCommit {
		return nil, toolerr.Invalid("changes", "changes: they hold %d bytes, and one commit no more than %d; use several", size, maxCommit)
	}
	return out, unfit(commit.Check(out))
}

// check refuses what no branch can be called.
func (in *commitFilesInput) check() error {
	if err := checkRef("from_ref", in.FromRef); err != nil {
		return err
	}
	if strings.HasPrefix(in.Branch, "refs/") {
		return toolerr.Invalid("branch", "branch: give its name alone, such as main")
	}
	if strings.TrimSpace(in.Message) == "" {
		return toolerr.Invalid("message", "message is blank")
	}
	return checkRef("branch", in.Branch)
}

// commitQuestion tells a person what the commit would do. What they agree to
// holds for the commit that the branch is at now.
func (s *Service) commitQuestion(ctx context.Context, in commitFilesInput) (question, fact string, err error) {
	if !server.Askable(ctx) {
		return "Commit to " + in.Branch + "?", "", nil
	}
	p, err := s.plan(ctx, in)
	if err != nil {
		return "", "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Commit to %s of %s, which is at %.12s?\n", in.Branch, in.repository, p.head)
	if p.create {
		b.Reset()
		fmt.Fprintf(&b, "Commit to the new branch %s of %s, from %s at %.12s?\n", in.Branch, in.repository, in.FromRef, p.head)
	}
	fmt.Fprintf(&b, "%s\n", plain.Shorten(firstLine(in.Message), 200))
	for i, st := range p.steps {
		if i == 15 {
			fmt.Fprintf(&b, "and %d more files\n", len(p.steps)-i)
			break
		}
		fmt.Fprintf(&b, "%s %s", st.Action, plain.Shorten(st.Path, 90))
		switch {
		case len(st.Edits) > 0:
			fmt.Fprintf(&b, " (%d to %d bytes by %d edits)", st.Old.Size, len(st.Content), len(st.Edits))
		case st.Action == commit.Update:
			fmt.Fprintf(&b, " (%d to %d bytes)", st.Old.Size, len(st.Content))
		case st.Action == commit.Create:
			fmt.Fprintf(&b, " (%d bytes)", len(st.Content))
		case st.Action == commit.Delete:
			fmt.Fprintf(&b, " (%d bytes)", st.Old.Size)
		}
		if st.Mode == commit.ModeExecutable && st.Old.Mode != st.Mode {
			b.WriteString(", executable")
		}
		b.WriteByte('\n')
	}
	return b.String(), p.head, nil
}

func (s *Service) commitFiles(ctx context.Context, in commitFilesInput) (commitFilesOutput, error) {
	p, err := s.plan(ctx, in)
	if err != nil {
		return commitFilesOutput{}, err
	}
	if fact, asked := server.Confirmed(ctx); asked && fact != "" && fact != p.head {
		return commitFilesOutput{}, p.moved(p.head)
	}
	if ctx, err = s.toChange(ctx, in.repository); err != nil {
		return commitFilesOutput{}, err
	}
	sha, err := s.writeCommit(ctx, p)
	if err != nil {
		return commitFilesOutput{}, err
	}
	if err := s.moveBranch(ctx, p, sha); err != nil {
		return commitFilesOutput{}, err
	}
	out := commitFilesOutput{SHA: sha, Branch: in.Branch, Created: p.create, Unchanged: p.unchanged}
	for _, st := range p.steps {
		out.Files = append(out.Files, committedFile{st.Path, st.Action})
	}
	return out, nil
}
