// Package conformance runs the public MCP conformance suite against servers
// built from this repository, as separate processes, over HTTP: the fixture,
// which has everything that the suite asks for by name and must pass all of it
// in both protocol eras at one URL, and real services, which must pass what
// holds for every server.
//
// The tests have the build tag e2e: they need npm. A failure names the check
// and what the suite says of it; baseline-calculator.yaml holds the checks that
// a service does not pass, and why.
package conformance
