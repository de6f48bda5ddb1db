// Package oauth gets, keeps and renews the tokens that people let a service use at
// an upstream such as GitHub, one for each caller.
//
// A caller who has none signs in with a browser: authorization code with PKCE,
// bound to the caller and to that browser, and good once. What comes back is kept
// sealed in a [Store] and renewed before it ends, once over all replicas. The
// credential that a caller shows to the service itself is never sent upstream.
//
// Tokens, codes, states and client secrets are in no error and no log line.
//
// Start with [New]: serve [Flow.Handler], ask [Flow.Token] for each call, and
// answer a [SignInError] with its URL.
package oauth
