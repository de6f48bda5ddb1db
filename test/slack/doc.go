// Package slack holds the tests of the slack service as its users meet it: the
// built binary before two workspaces that keep their state, the one of the
// service's own tests and the one of the npm package emulate, with the same steps.
//
// What the steps wrote is read again by Slack's own client, and what the
// workspace of the service's own tests answers is held to the examples of Slack's
// description of its Web API. They need Linux, and a network the first time (see
// package node), so they run only with the build tag e2e. Start with slack_test.go.
package slack
