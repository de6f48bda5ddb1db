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
//
// # The way of a request
//
// RoundTrip (client.go) takes away what the library knows of credentials, and
// joins a GET to an equal one that is under way (flight.go). redirect.go follows
// where it is sent, with the credential to the upstream's own hosts, and without
// to others (outside.go). Each hop is repeated where that is harmless (retry.go).
// Each attempt (attempt.go) passes what is known of the rate limits (rate.go), the
// bounds of what runs at once (bulkhead.go) and the circuit breaker (breaker.go);
// it is answered from memory if the upstream says that nothing changed (etag.go).
// JSON and failures are read whole before the library sees them, so that an answer
// that breaks off can be asked for again; files, logs and diffs are streams.
package upstream
