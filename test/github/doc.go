// Package github holds the tests of the github service as its users meet it: the
// built binary before GitHub's description of its own API, and before a small
// GitHub that keeps its state.
//
// Every request that the service makes is held to the description, and answered
// with GitHub's examples (oracle_test.go) or by the emulator behind it. They need
// Linux, and a network the first time (see package node), so they run only with
// the build tag e2e. Start with github_test.go, which has what all of them use.
package github
