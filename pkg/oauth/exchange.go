package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	// maxAnswer bounds what a token endpoint may say.
	maxAnswer = 64 << 10
	// maxTokenLen bounds a token: so much fits into a header.
	maxTokenLen = 8 << 10
	// exchangeLimit is how long a token endpoint may take.
	exchangeLimit = 10 * time.Second
)

// AnswerError is a provider's refusal.
type AnswerError struct {
	// Code is the provider's word for it, such as "invalid_grant".
	Code string
}

// codeForm is what codes look like. Anything else may be something that a provider
// repeats, and is not.
var codeForm = regexp.MustCompile(`^[a-z_]{1,40}$`)

// Error names the code if it looks like one.
func (e *AnswerError) Error() string {
	if codeForm.MatchString(e.Code) {
		return "it answered " + e.Code
	}
	return "it answered with an error"
}

// dead reports whether a grant is over: only a person can get another.
func (e *AnswerError) dead() bool {
	switch e.Code {
	case "invalid_grant", // RFC 6749, section 5.2
		"bad_refresh_token",                                                    // GitHub
		"invalid_refresh_token", "token_revoked", "token_expired", "bad_token": // Slack
		return true
	}
	return false
}

func isDead(err error) bool {
	var e *AnswerError
	return errors.As(err, &e) && e.dead()
}

// exchange sends a form to the token endpoint and reads the token in the answer.
func (f *Flow) exchange(ctx context.Context, form url.Values) (Token, error) {
	status, body, err := f.post(ctx, f.p.TokenURL, form)
	if err != nil {
		return Token{}, err
	}
	if status >= 500 || status == http.StatusTooManyRequests || status/100 == 3 {
		return Token{}, fmt.Errorf("the token endpoint of %s answered %d", f.p.Title, status)
	}
	decode := f.p.Decode
	if decode == nil {
		decode = f.decode
	}
	t, err := decode(body)
	var refused *AnswerError
	switch {
	case errors.As(err, &refused):
		return Token{}, fmt.Errorf("the token endpoint of %s: %w", f.p.Title, refused)
	case status/100 != 2:
		return Token{}, fmt.Errorf("the token endpoint of %s answered %d", f.p.Title, status)
	case err != nil:
		// The error may quote the answer.
		return Token{}, fmt.Errorf("the token endpoint of %s gave an answer that cannot be read", f.p.Title)
	case !t.usable() || t.Companion != nil && !t.Companion.usable():
		return Token{}, fmt.Errorf("the token endpoint of %s gave no token that can be used", f.p.Title)
	}
	return t, nil
}

func (t Token) usable() bool { return sendable(t.Access) && (t.Refresh == "" || sendable(t.Refresh)) }

// sendable reports whether a token is one that goes into a header.
func sendable(t string) bool {
	for i := range len(t) {
		if t[i] <= ' ' || t[i] > '~' {
			return false
		}
	}
	return t != "" && len(t) <= maxTokenLen
}

// post sends a form, with the client's credentials, and returns a bounded answer.
func (f *Flow) post(ctx context.Context, to string, form url.Values) (status int, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, exchangeLimit)
	defer cancel()
	if f.p.Style == InBody {
		form.Set("client_id", f.p.ClientID)
		form.Set("client_secret", string(f.p.ClientSecret))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json") // else GitHub answers with a form
	if f.p.Style == InHeader {
		r.SetBasicAuth(url.QueryEscape(f.p.ClientID), url.QueryEscape(string(f.p.ClientSecret)))
	}
	res, err := f.http.Do(r)
	if err != nil {
		return 0, nil, fmt.Errorf("%s cannot be reached: %w", f.p.Title, err)
	}
	defer res.Body.Close()
	body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return 0, nil, fmt.Errorf("%s did not finish its answer: %w", f.p.Title, err)
	case len(body) > maxAnswer:
		return 0, nil, fmt.Errorf("%s answered with more than %d bytes", f.p.Title, maxAnswer)
	}
	return res.StatusCode, body, nil
}

// decode reads what RFC 6749, section 5, describes, with the liberties that
// providers take: numbers as texts, and errors with status 200.
func (f *Flow) decode(body []byte) (Token, error) {
	var answer struct {
		Error     string  `json:"error"`
		Access    string  `json:"access_token"`
		Refresh   string  `json:"refresh_token"`
		Scope     string  `json:"scope"`
		ExpiresIn seconds `json:"expires_in"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return Token{}, err
	}
	if answer.Error != "" {
		return Token{}, &AnswerError{Code: answer.Error}
	}
	t := Token{Access: answer.Access, Refresh: answer.Refresh}
	t.Scopes = strings.FieldsFunc(answer.Scope, func(r rune) bool { return r == ' ' || r == ',' })
	if answer.ExpiresIn > 0 {
		t.Expires = f.now().Add(time.Duration(answer.ExpiresIn) * time.Second)
	}
	return t, nil
}

// seconds is a number that may come as a text.
type seconds int64

// maxSeconds is ten years: beyond that a token has an end that nobody sees.
const maxSeconds = 10 * 365 * 24 * 3600

// UnmarshalJSON reads a number or a text that holds one.
func (s *seconds) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if text == "" || text == "null" {
		return nil
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return errors.New("expires_in is not a number")
	}
	*s = seconds(max(0, min(n, maxSeconds)))
	return nil
}

// revokes reports whether the provider can be told to end a token.
func (f *Flow) revokes() bool { return f.p.Revoke != nil || f.p.RevokeURL != "" }

// revoke ends what came of a sign-in upstream, as far as the provider has a way.
func (f *Flow) revoke(ctx context.Context, t Token) error {
	err := f.revokeOne(ctx, t)
	if t.Companion != nil {
		err = errors.Join(err, f.revokeOne(ctx, *t.Companion))
	}
	return err
}

func (f *Flow) revokeOne(ctx context.Context, t Token) error {
	if f.p.Revoke != nil {
		ctx, cancel := context.WithTimeout(ctx, exchangeLimit)
		defer cancel()
		return f.hide(f.p.Revoke(ctx, t), t)
	}
	if f.p.RevokeURL == "" {
		return nil
	}
	form := url.Values{"token": {t.Access}, "token_type_hint": {"access_token"}}
	if t.Refresh != "" {
		// Providers end the access token with it (RFC 7009, section 2.1).
		form = url.Values{"token": {t.Refresh}, "token_type_hint": {"refresh_token"}}
	}
	status, _, err := f.post(ctx, f.p.RevokeURL, form)
	if err == nil && status/100 != 2 {
		err = fmt.Errorf("%s answered %d to a revocation", f.p.Title, status)
	}
	return err
}

// hide returns an error of somebody else's function without the secrets that it
// may quote.
func (f *Flow) hide(err error, t Token) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	secrets := []string{t.Access, t.Refresh, string(f.p.ClientSecret)}
	if t.Companion != nil {
		secrets = append(secrets, t.Companion.Access, t.Companion.Refresh)
	}
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, redacted)
		}
	}
	return errors.New(text)
}
