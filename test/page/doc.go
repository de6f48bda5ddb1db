// Package page opens the page of every service in a browser: what people with
// JavaScript and without, with a keyboard, a narrow screen or a dark one get, that
// nothing comes from elsewhere, and that its forms call tools. Screenshots stay in
// dist/screenshots. The tests need the build tag e2e, npm and Chromium.
package page
