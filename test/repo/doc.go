// Package repo has no code, only tests: they hold the repository to the rules
// that no compiler checks, such as which package may import which, and that
// what is written about the code is true of it.
//
// Each rule is a function from a tree of files to what is wrong with it, beside
// a small tree that breaks it, so that a rule that finds nothing is noticed. The
// rules about Go code are in code_test.go, those about imports in
// imports_test.go, the others in files_test.go.
package repo
