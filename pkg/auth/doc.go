// Package auth decides who may call a service and what they may do: API keys,
// OAuth 2.1 access tokens, scopes, and the challenges that tell a client what
// it lacks.
//
// A credential is judged by the request's headers alone, before anything of the
// request's body is read, and its text goes nowhere else: not into a log, an
// error, a handler or an upstream request. Start with [Open] and
// [Authenticator.Authenticate]; handlers use [CallerFrom].
package auth
