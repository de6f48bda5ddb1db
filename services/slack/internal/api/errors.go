package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Error is a refusal of Slack's, or an answer that is none.
type Error struct {
	// Method is what was asked: "chat.postMessage".
	Method string
	// Code is Slack's word for it, such as "channel_not_found"; "" if there is none.
	Code string
	// Needed is the scope that the token lacks, Provided what it has.
	Needed, Provided string
	// Messages are what Slack says about the arguments.
	Messages []string
	// Status is that of an answer which is not Slack's usual 200.
	Status int
	// Unreadable is why the answer cannot be read.
	Unreadable error
	// Users are the people for whom it was refused, where Slack says so.
	Users []UserError
}

// UserError is why something was refused for one person.
type UserError struct{ User, Code string }

// Error names the method and what Slack says.
func (e *Error) Error() string {
	switch {
	case e.Unreadable != nil:
		return fmt.Sprintf("%s: the answer cannot be read: %v", e.Method, e.Unreadable)
	case e.Status != 0:
		return fmt.Sprintf("%s: status %d", e.Method, e.Status)
	case e.Code == "":
		return e.Method + ": refused without a reason"
	}
	return e.Method + ": " + e.Code
}

// Unwrap returns why an answer cannot be read.
func (e *Error) Unwrap() error { return e.Unreadable }

// Lost is the error of a request to change something to which no answer came, or
// none that can be read: it may have been done all the same.
type Lost struct {
	Method string
	cause  error
}

// Error names the method and what went wrong.
func (e *Lost) Error() string { return e.Method + ": the answer was lost: " + e.cause.Error() }

// Unwrap returns what went wrong.
func (e *Lost) Unwrap() error { return e.cause }

// Unsure reports whether what a request was to change may have been changed,
// although it failed with err.
func Unsure(err error) bool {
	var lost *Lost
	var e *Error
	switch {
	case errors.As(err, &lost):
		return true
	case !errors.As(err, &e) || reads(e.Method):
		return false
	}
	return e.Unreadable != nil || e.Status >= 500 || slices.Contains([]string{"fatal_error", "internal_error", "service_unavailable"}, e.Code)
}

// Is reports whether err is Slack's refusal with one of these codes.
func Is(err error, codes ...string) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	return slices.Contains(codes, e.Code)
}

// refusal makes an error that came by way of the library one of this package.
// Do has judged the answer; what is left is an answer that the library cannot read.
func refusal(method string, err error) error {
	var known *Error
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &known):
		if known.Method == "" {
			known.Method = method
		}
		return known
	case errors.As(err, &kind):
		return &Error{Method: method, Unreadable: err}
	}
	return err
}

// hollow is the error of an answer without what it has to hold: the library takes
// a refusal without a reason for success.
func hollow(method, what string) error {
	return &Error{Method: method, Unreadable: fmt.Errorf("there is no %s in it", what)}
}
