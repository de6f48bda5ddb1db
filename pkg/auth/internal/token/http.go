package token

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// newClient returns the client that is used where none is configured.
func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    5 * time.Second,
		IdleConnTimeout:        time.Minute,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    maxAsked,
	}}
}

// statusError is an answer that is not the one asked for.
type statusError struct{ code int }

// Error names the status.
func (e *statusError) Error() string {
	return fmt.Sprintf("answered with status %d", e.code)
}

// get returns the document at a URL of an issuer. It follows redirects on the
// same host only: another host has nothing to say about the issuer's keys.
func (v *Verifier) get(ctx context.Context, uri string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, uri, nil)
	if err != nil {
		return nil, err
	}
	return v.do(req, maxDocument, func(next *http.Request, via []*http.Request) error {
		if first := via[0].URL; len(via) > 3 || next.URL.Scheme != first.Scheme || next.URL.Host != first.Host {
			return errors.New("redirected to another host, or too often")
		}
		return nil
	})
}

// do sends a request and reads an answer of status 200, with at most limit
// bytes.
func (v *Verifier) do(req *http.Request, limit int64, redirect func(*http.Request, []*http.Request) error) ([]byte, error) {
	client := *v.client
	client.CheckRedirect = redirect
	req.Header.Set("Accept", "application/json")
	res, err := client.Do(req)
	if err != nil {
		// The URL that net/http puts before the cause may hold a secret in its query.
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err
		}
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, &statusError{res.StatusCode}
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > limit {
		return nil, fmt.Errorf("the answer is larger than %d bytes", limit)
	}
	return body, nil
}
