package github

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-github/v66/github"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// maxGenerated bounds what is shown of notes that GitHub wrote, in bytes.
const maxGenerated = 8 << 10

var createReleaseTool = &mcp.Tool{
	Name:        "create_release",
	Title:       "Create a release",
	Description: `Publishes a release, or saves a draft. A missing tag is made at target, else the default branch. Generated notes come behind body. Example: {"tag":"v1.2.0","generate_notes":true}`,
	Annotations: destroys(),
}

type createReleaseInput struct {
	repository
	Tag           string `json:"tag" minLength:"1" maxLength:"255" quiet:"true" jsonschema:"as v1.2.0"`
	Target        string `json:"target,omitempty" jsonschema:"branch or commit"`
	Name          string `json:"name,omitempty" maxLength:"255" quiet:"true" jsonschema:"title"`
	Body          string `json:"body,omitempty" maxLength:"125000" quiet:"true" jsonschema:"notes"`
	GenerateNotes bool   `json:"generate_notes,omitempty" jsonschema:"from merged pull requests"`
	Draft         bool   `json:"draft,omitempty" jsonschema:"not public"`
	Prerelease    bool   `json:"prerelease,omitempty" jsonschema:"not stable"`
}

type createReleaseOutput struct {
	release
	SHA string `json:"sha,omitempty"`
	URL string `json:"url,omitempty"`
}

// tagging is where a release's tag is, or is to be made.
type tagging struct {
	sha    string
	exists bool
}

// fact is what an agreement to a release holds for.
func (t tagging) fact() string { return fmt.Sprintf("%t %s", t.exists, t.sha) }

// tagging finds out what a release would be of, and refuses one that there is.
func (s *Service) tagging(ctx context.Context, in createReleaseInput) (tagging, error) {
	ref, _, err := s.api.Git.GetRef(ctx, in.Owner, in.Repo, "tags/"+in.Tag)
	switch {
	case err == nil && in.Target != "":
		return tagging{}, toolerr.New(toolerr.Conflict, "tag %s of %s is there already, and stays where it is; leave target out to release it", in.Tag, in.repository)
	case err == nil:
		if _, err := s.releaseOf(ctx, in.repository, in.Tag); err == nil && in.Tag != "latest" {
			return tagging{}, released(in, nil)
		}
		return tagging{ref.GetObject().GetSHA(), true}, nil
	case statusOf(err) != http.StatusNotFound:
		return tagging{}, s.shownOf(in.repository, err, "tag %s of %s", in.Tag, in.repository)
	}
	sha, err := s.commitOf(ctx, in.repository, in.Target)
	if err != nil {
		return tagging{}, s.shownOf(in.repository, err, "target %s of %s", cmp.Or(in.Target, "HEAD"), in.repository)
	}
	return tagging{sha: sha}, nil
}

func released(in createReleaseInput, cause error) error {
	return toolerr.Wrap(cause, toolerr.Conflict, "%s has a release of tag %s already; nothing was released", in.repository, in.Tag)
}

// check refuses what is no tag.
func (in *createReleaseInput) check() error {
	if strings.HasPrefix(in.Tag, "refs/") {
		return toolerr.Invalid("tag", "tag: give its name alone, such as v1.2.0")
	}
	if err := checkRef("tag", in.Tag); err != nil {
		return err
	}
	return checkRef("target", in.Target)
}

// releaseQuestion tells a person what would be released, which their agreement
// holds for.
func (s *Service) releaseQuestion(ctx context.Context, in createReleaseInput) (question, fact string, err error) {
	if err := in.check(); err != nil {
		return "", "", err
	}
	if ctx, err = s.toChange(ctx, in.repository); err != nil {
		return "", "", err
	}
	if !server.Askable(ctx) {
		return "Release " + in.Tag + "?", "", nil
	}
	t, err := s.tagging(ctx, in)
	if err != nil {
		return "", "", err
	}
	verb, what := "Publish", "release"
	if in.Draft {
		verb = "Save a draft of"
	}
	if in.Prerelease {
		what = "prerelease"
	}
	where := fmt.Sprintf("making the tag at %.12s", t.sha)
	if in.Target != "" {
		where += ", the head of " + in.Target
	}
	if t.exists {
		where = fmt.Sprintf("of its tag at %.12s", t.sha)
	}
	q := fmt.Sprintf("%s %s %s of %s, %s?\n", verb, what, in.Tag, in.repository, where)
	if in.Name != "" {
		q += in.Name + "\n"
	}
	if in.GenerateNotes {
		q += "With notes that GitHub generates.\n"
	}
	return q + plain.Shorten(in.Body, 1000), t.fact(), nil
}

func (s *Service) createRelease(ctx context.Context, in createReleaseInput) (createReleaseOutput, error) {
	if err := in.check(); err != nil {
		return createReleaseOutput{}, err
	}
	ctx, err := s.toChange(ctx, in.repository)
	if err != nil {
		return createReleaseOutput{}, err
	}
	t, err := s.tagging(ctx, in)
	if err != nil {
		return createReleaseOutput{}, err
	}
	if fact, asked := server.Confirmed(ctx); asked && fact != "" && fact != t.fact() {
		return createReleaseOutput{}, toolerr.New(toolerr.Conflict, "%s has moved since the question was asked: what would be released is at %s now; nothing was released", in.repository, t.sha)
	}
	r := &github.RepositoryRelease{TagName: new(in.Tag), GenerateReleaseNotes: new(in.GenerateNotes), Draft: new(in.Draft), Prerelease: new(in.Prerelease)}
	if in.Name != "" {
		r.Name = new(in.Name)
	}
	if in.Body != "" {
		r.Body = new(in.Body)
	}
	if !t.exists { // the commit that was seen, wherever its branch goes meanwhile
		r.TargetCommitish = new(t.sha)
	}
	made, _, err := s.api.Repositories.CreateRelease(ctx, in.Owner, in.Repo, r)
	if err != nil {
		if made, err = s.notReleased(ctx, in, err); err != nil {
			return createReleaseOutput{}, err
		}
	}
	out := createReleaseOutput{release: newRelease(made, maxGenerated, 0), SHA: t.sha, URL: plain.Line(made.GetHTMLURL())}
	if !in.GenerateNotes {
		out.Notes, out.NotesCut = "", 0 // the caller wrote them
	}
	return out, nil
}

// notReleased says why there is no release, or returns it if there is one and only
// the answer got lost.
func (s *Service) notReleased(ctx context.Context, in createReleaseInput, err error) (*github.RepositoryRelease, error) {
	status := statusOf(err)
	switch {
	case says(err, "already_exists", "already exists"):
		return nil, released(in, err)
	case status == http.StatusUnprocessableEntity && !in.Draft:
		if _, lookErr := s.releaseOf(ctx, in.repository, in.Tag); lookErr == nil {
			return nil, released(in, err)
		}
		return nil, s.shown(err, "release %s of %s", in.Tag, in.repository)
	case status == http.StatusNotFound:
		return nil, toolerr.Wrap(err, toolerr.PermissionDenied, "the credential can read %s but not write in it; nothing was released", in.repository)
	case !mayHaveArrived(err):
		return nil, s.shown(err, "release %s of %s", in.Tag, in.repository)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTime)
	defer cancel()
	if !in.Draft { // GitHub finds no draft by its tag
		if made, lookErr := s.releaseOf(ctx, in.repository, in.Tag); lookErr == nil && made.GetTagName() == in.Tag {
			return made, nil
		}
	}
	shown := toolerr.From(s.shown(err, "release %s of %s", in.Tag, in.repository))
	out := toolerr.Wrap(err, unanswered(shown.Code), "GitHub did not answer, so that release %s of %s may have been made or may yet be: look with list_releases before trying again", in.Tag, in.repository)
	out.Retryable = false // the same call again could make a second draft
	return nil, out
}
