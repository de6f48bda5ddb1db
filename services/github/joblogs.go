package github

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
	"github.com/mcpfleet/mcpfleet/services/github/internal/joblog"
)

// maxRead bounds how much of one log is read, to what pkg/upstream lets through.
// Memory does not grow with it.
const maxRead = 256 << 20

// failure reads of a job's log what o wants.
func (s *Service) failure(ctx context.Context, r repository, j *github.WorkflowJob, o joblog.Options) (found joblog.Excerpt, err error) {
	err = s.jobLog(ctx, r, j.GetID(), fmt.Sprintf("the log of job %d (%s)", j.GetID(), j.GetName()), func(log io.Reader) (err error) {
		limited := &io.LimitedReader{R: log, N: maxRead}
		found, err = joblog.Read(limited, o)
		found.Cut = found.Cut || limited.N == 0
		return err
	})
	return found, err
}

// jobLogText is the end of a job's log.
func (s *Service) jobLogText(ctx context.Context, r repository, job int64) (text string, err error) {
	err = s.jobLog(ctx, r, job, fmt.Sprintf("the log of job %d", job), func(log io.Reader) error {
		end, cut, err := joblog.Last(io.LimitReader(log, maxRead), maxLogText)
		if text = end; cut {
			text = "(Its beginning is left out.)\n" + end
		}
		return err
	})
	return text, err
}

// jobLog has read read a job's log, which GitHub keeps at another host that does
// not see the credential. what names the log in errors.
func (s *Service) jobLog(ctx context.Context, r repository, job int64, what string, read func(io.Reader) error) error {
	at, resp, err := s.api.Actions.GetWorkflowJobLogs(upstream.Unfollowed(ctx), r.Owner, r.Repo, job, 0)
	if err != nil {
		return s.noLog(err, resp, what)
	}
	body, err := s.outside(ctx, at)
	if err != nil {
		return s.storeError(ctx, err, what)
	}
	defer func() { _ = body.Close() }()
	if err := read(body); err != nil {
		return s.storeError(ctx, err, what)
	}
	return nil
}

// noLog words that GitHub did not say where a log is.
func (s *Service) noLog(err error, resp *github.Response, what string) error {
	if resp == nil {
		return s.shown(err, "%s", what)
	}
	switch resp.StatusCode {
	case http.StatusGone:
		again := ""
		if s.builds {
			again = "; run_workflow can run the job again"
		}
		return toolerr.New(toolerr.ResourceNotFound, "%s has expired: GitHub keeps logs for a limited time%s", what, again)
	case http.StatusNotFound:
		return toolerr.New(toolerr.ResourceNotFound, "%s is not there: it may not have been written yet, or was deleted, or the job never began", what)
	}
	return s.shown(&github.ErrorResponse{Response: resp.Response, Message: http.StatusText(resp.StatusCode)}, "%s", what)
}

// storeError words that a log could not be read from where it is kept. The
// cause's text stays out of it: it holds a URL that opens the log to anyone.
func (s *Service) storeError(ctx context.Context, err error, what string) error {
	if ended := ctx.Err(); ended != nil {
		return toolerr.From(ended)
	}
	var status storeStatus
	if errors.As(err, &status) && (status == http.StatusNotFound || status == http.StatusGone) {
		return toolerr.New(toolerr.ResourceNotFound, "%s has expired or was deleted", what)
	}
	return toolerr.Wrap(err, toolerr.ServiceUnavailable, "%s could not be read from where GitHub keeps it; try again", what)
}

// storeStatus is an answer that is no log.
type storeStatus int

// Error names the status.
func (s storeStatus) Error() string { return fmt.Sprintf("status %d", int(s)) }

// outside opens what GitHub keeps at another host.
func (s *Service) outside(ctx context.Context, at *url.URL) (io.ReadCloser, error) {
	resp, err := s.upstream.Fetch(ctx, at.String())
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		return nil, storeStatus(resp.StatusCode)
	}
	return resp.Body, nil
}
