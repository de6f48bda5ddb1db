package github

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/github/internal/joblog"
)

// maxLog bounds how much of one log is read. Memory does not grow with it.
const maxLog = 512 << 20

// jobLog reads the log of a job that has ended.
func (s *Service) jobLog(ctx context.Context, r repository, j *github.WorkflowJob, o joblog.Options) (joblog.Excerpt, error) {
	what := fmt.Sprintf("the log of job %d (%s)", j.GetID(), j.GetName())
	at, resp, err := s.api.Actions.GetWorkflowJobLogs(ctx, r.Owner, r.Repo, j.GetID(), 0)
	if err != nil {
		return joblog.Excerpt{}, s.noLog(err, resp, what)
	}
	body, err := s.outside(ctx, at)
	if err != nil {
		return joblog.Excerpt{}, s.storeError(ctx, err, what)
	}
	defer func() { _ = body.Close() }()
	limited := &io.LimitedReader{R: body, N: maxLog}
	found, err := joblog.Read(limited, o)
	if err != nil {
		return joblog.Excerpt{}, s.storeError(ctx, err, what)
	}
	found.Cut = found.Cut || limited.N == 0
	return found, nil
}

// noLog words that GitHub did not say where a log is.
func (s *Service) noLog(err error, resp *github.Response, what string) error {
	if resp == nil {
		return s.shown(err, "%s", what)
	}
	switch resp.StatusCode {
	case http.StatusGone:
		return toolerr.New(toolerr.ResourceNotFound, "%s has expired: GitHub keeps logs for a limited time; run_workflow can run the job again", what)
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

// outside opens what GitHub keeps at another host. The URL is the key to it, so
// that the request has no credential.
func (s *Service) outside(ctx context.Context, at *url.URL) (io.ReadCloser, error) {
	if err := s.sameScheme(at); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, errors.New("the address of the log is malformed")
	}
	req.Header.Set("User-Agent", s.api.UserAgent)
	client := http.Client{
		Transport: s.store,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) >= 3 {
				return errors.New("it was redirected more than 3 times")
			}
			r.Header.Del("Referer") // the URL before this one is a key too
			return s.sameScheme(r.URL)
		},
	}
	resp, err := client.Do(req)
	if err != nil {
		var bare *url.Error
		if errors.As(err, &bare) {
			err = bare.Err
		}
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		return nil, storeStatus(resp.StatusCode)
	}
	return resp.Body, nil
}

// sameScheme refuses an address that is less private than the API.
func (s *Service) sameScheme(at *url.URL) error {
	if at.Host == "" || at.Scheme != "https" && at.Scheme != s.api.BaseURL.Scheme {
		return errors.New("the address of the log is no https URL")
	}
	return nil
}

// newStore returns the transport to where logs are kept.
func newStore() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.ResponseHeaderTimeout = 30 * time.Second
	t.MaxConnsPerHost = 16
	return t
}
