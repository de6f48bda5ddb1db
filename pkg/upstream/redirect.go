package upstream

import (
	"net/http"
	"net/url"
	"time"
)

// maxHops is how many redirects are followed.
const maxHops = 5

// follow sends a request and goes where it is sent. Once outside it stays so, even
// at a base URL's host. fits says whether a wait ends in time.
func (c *Client) follow(r *http.Request, inside bool, fits func(time.Duration) bool) (*http.Response, error) {
	var h *host
	if inside {
		h, inside = c.ours(r)
	}
	for hops := 0; ; hops++ {
		resp, err := c.exchange(r, h, fits)
		if err != nil {
			return nil, err
		}
		location := resp.Header.Get("Location")
		if !redirects(resp.StatusCode) || location == "" || reads(r.Method) && r.Context().Value(unfollowedKey{}) != nil {
			return resp, nil
		}
		to, err := r.URL.Parse(location)
		resp.Body.Close()
		if err != nil || to.Host == "" {
			return nil, &RefusedError{c.cfg.Name, "it was redirected to what is no URL"}
		}
		if hops == maxHops {
			return nil, &RefusedError{c.cfg.Name, "it was redirected more than 5 times"}
		}
		to.User, to.Fragment = nil, ""
		next := r.Clone(r.Context())
		next.URL = to
		if inside {
			h, inside = c.ours(next)
		}
		if inside && c.cfg.Redirect != nil {
			if err := c.cfg.Redirect(r.Context(), to); err != nil {
				return nil, err
			}
		}
		if !reads(r.Method) {
			if !inside || !c.resend(next, resp.StatusCode) {
				return nil, &MovedError{c.cfg.Name, resp.StatusCode, bare(to)}
			}
		}
		if reads(r.Method) {
			next.Body, next.GetBody, next.ContentLength = nil, nil, 0
		}
		if !inside {
			h, next.Header = nil, foreignHeader(r.Header)
		}
		r = next
	}
}

// resend gives a request that changes something its body again. Only 307 and 308
// say that the same request is meant.
func (c *Client) resend(r *http.Request, status int) bool {
	if status != http.StatusTemporaryRedirect && status != http.StatusPermanentRedirect {
		return false
	}
	return rewind(r)
}

// rewind gives r its body from the start, and says whether it can.
func rewind(r *http.Request) bool {
	if r.Body == nil || r.Body == http.NoBody {
		return true
	}
	if r.GetBody == nil {
		return false
	}
	body, err := r.GetBody()
	r.Body = body
	return err == nil
}

func redirects(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// foreignHeader is what a host elsewhere may see of a request.
func foreignHeader(h http.Header) http.Header {
	out := make(http.Header)
	for _, name := range []string{"User-Agent", "Range"} {
		if v := h.Get(name); v != "" {
			out.Set(name, v)
		}
	}
	return out
}

// bare is a URL without what may be a secret in it.
func bare(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
}
