package github

import (
	"encoding/json"
	"slices"

	"github.com/google/go-github/v66/github"
)

// page are the arguments of a list that goes on. It is embedded in inputs.
type page struct {
	Limit  int    `json:"limit" min:"1" max:"100" quiet:"true" default:"30" alias:"max_results"`
	Cursor string `json:"cursor,omitempty"`
}

// place is where a list goes on: the pages of GitHub have numbers, and a size
// that must stay what it was.
type place struct {
	Page int `json:"p"`
	Size int `json:"s"`
}

// from returns which page to ask GitHub for. question is the tool's name and
// input, so that a cursor works for what it was made for alone.
func (s *Service) from(p page, tool string, question any) (github.ListOptions, error) {
	at := place{Page: 1, Size: p.Limit}
	if err := s.cursors.Open(p.Cursor, &at, tool, asked(question)); err != nil {
		return github.ListOptions{}, err
	}
	return github.ListOptions{Page: at.Page, PerPage: at.Size}, nil
}

// next returns the cursor of the page behind the one that resp is of, "" if there
// is none.
func (s *Service) next(resp *github.Response, at github.ListOptions, tool string, question any) (string, error) {
	if resp == nil || resp.NextPage == 0 {
		return "", nil
	}
	return s.cursors.Seal(place{Page: resp.NextPage, Size: at.PerPage}, tool, asked(question))
}

// present is a list of GitHub's without nulls, of which nothing can be read.
func present[T any](list []*T) []*T {
	return slices.DeleteFunc(list, func(item *T) bool { return item == nil })
}

// asked is an input as text, without what may differ from page to page: a caller
// clears limit and cursor.
func asked(question any) string {
	b, err := json.Marshal(question)
	if err != nil {
		panic(err) // an input is made of strings and numbers
	}
	return string(b)
}
