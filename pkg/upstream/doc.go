// Package upstream is the way out to another service's API: one HTTP client with
// credentials that never leave their host, time limits, retries where they are
// harmless, and an eye on the other side's rate limits.
//
// A service opens one Client per upstream and hands Client.HTTP to the library
// that speaks the API. Who a request is made for is in its context:
//
//	ctx = upstream.WithCredential(ctx, upstream.Bearer(token))
//
// Start with Open.
package upstream
