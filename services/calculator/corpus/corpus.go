// Package corpus holds the tests of the calculator against test data that
// others wrote: the data is read from where its authors publish it and is not
// kept here. The guarantee to know: a case that is not run is counted and has a
// reason; nothing is skipped silently.
//
// Start at the test of the corpus; docs/calculator-accuracy.md has the results.
package corpus
