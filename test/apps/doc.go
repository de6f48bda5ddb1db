// Package apps tests the views of services in a host of MCP Apps: the built
// binary over HTTP, the official SDK's client and its host side of the bridge in
// a page in Chromium, and the view in a frame in a frame of another origin, under
// the policy that the specification has for views that declare nothing.
//
// The tests have the build tag e2e. One of another service's view starts its
// server with [serve] and gives [show] a call and a script. The script is
// JavaScript that finds in its scope, beside what package browser gives:
//
//	page        the host's page
//	view        the view's frame, after it has the result
//	shown       { uri, mimeType, meta, tool, listed, result, sandbox }, what the host saw of the server
//	context(c)  changes the host's context, such as { theme: 'dark' }
//	teardown()  ends the view and returns its answer
//	sizes()     returns the sizes that the view has reported
//	requests    the URLs that frames inside of the host's have asked for, but for the sandbox
//	problems    errors in the console of any frame
//	shot(name)  writes dist/screenshots/NAME.png
//	check(o)    collects what every view is held to into o: axe, requests,
//	            problems, and whether the view could reach the network
//
// Start with calculator_test.go for an example.
package apps
