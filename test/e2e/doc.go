// Package e2e holds the tests of services as their users meet them: the built
// binary, real MCP clients, a real authorization server, hostile input and
// signals.
//
// They need Linux, and a network the first time (see package node), so they run
// only with the build tag e2e. Start with e2e_test.go, which has what all of
// them use.
package e2e
