package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
)

// tree asks for a tree by its hash or by a ref, and passes on its entries one by
// one: there may be 100,000 of them, in an answer of many megabytes. It says
// whether GitHub left some out. Those before an error have been passed on.
func (s *Service) tree(ctx context.Context, r repository, sha string, recursive bool, each func(entry)) (truncated bool, err error) {
	u := fmt.Sprintf("repos/%s/%s/git/trees/%s", r.Owner, r.Repo, url.PathEscape(sha))
	if recursive {
		u += "?recursive=1"
	}
	req, err := s.api.NewRequest(http.MethodGet, u, nil)
	if err != nil {
		return false, err
	}
	resp, err := s.api.BareDo(ctx, req)
	if err == nil {
		defer resp.Body.Close()
		truncated, err = readTree(resp.Body, each)
	}
	if err != nil {
		return false, s.shownOf(r, err, "the files of %s%s", r, at(sha))
	}
	return truncated, nil
}

// readTree reads a tree as GitHub tells it.
func readTree(body io.Reader, each func(entry)) (truncated bool, err error) {
	dec := json.NewDecoder(body)
	err = walk(dec, '{', func() error {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		switch name {
		case "tree":
			return walk(dec, '[', func() error {
				var e entry
				if err := dec.Decode(&e); err != nil {
					return err
				}
				each(e)
				return nil
			})
		case "truncated":
			return dec.Decode(&truncated)
		}
		return dec.Decode(&json.RawMessage{})
	})
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return truncated, err
}

// walk calls each at every element of the object or array that begins here; null
// has none.
func walk(dec *json.Decoder, opens json.Delim, each func() error) error {
	switch t, err := dec.Token(); {
	case err != nil || t == nil:
		return err
	case t != opens:
		return &json.UnmarshalTypeError{Value: fmt.Sprint(t), Type: reflect.TypeFor[[]entry](), Offset: dec.InputOffset()}
	}
	for dec.More() {
		if err := each(); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return err
}
