package main

import "strings"

// A testcase is something to find in a tree, by ours and by a peer.
type testcase struct {
	name  string
	tree  string // the name of a root
	tool  string
	args  map[string]any
	peer  string   // rg or fd
	flags []string // of the peer, without the directory
	limit float64  // the most that ours may cost, in the peer's CPU time; 0 for none
}

// The roots that the server serves.
const (
	goRoot   = "go"
	wideRoot = "wide"
	ownRoot  = "own"
)

// search is a testcase for search_content.
func search(name, tree, pattern string, limit float64, args map[string]any, flags ...string) testcase {
	arguments := map[string]any{"path": tree, "pattern": pattern, "limit": 1000}
	for k, v := range args {
		arguments[k] = v
	}
	return testcase{name: name, tree: tree, tool: "search_content", args: arguments, peer: "rg", limit: limit,
		flags: append([]string{"-n", "--no-heading", "--color=never", "-e", pattern}, flags...)}
}

// find is a testcase for find_files.
func find(tree, glob string, limit float64) testcase {
	name := "`find_files` " + strings.ReplaceAll(glob, "*", `\*`)
	return testcase{name: name, tree: tree, tool: "find_files",
		args: map[string]any{"path": tree, "globs": []string{glob}, "type": "file", "limit": 1000},
		peer: "fd", flags: []string{"--color=never", "--type=f", "--case-sensitive", "--glob", glob}, limit: limit}
}

func cases() []testcase {
	literal := map[string]any{"literal": true, "case": "sensitive"}
	sensitive := map[string]any{"case": "sensitive"}
	insensitive := map[string]any{"case": "insensitive", "literal": true}
	return []testcase{
		search("a literal", goRoot, "unsafe.Pointer(&", 1.2, literal, "-F"),
		search("no match", goRoot, "zqxjkvbpmw", 1.2, literal, "-F"),
		search("a regex with a literal", goRoot, `func \w+Handler\(`, 1.0, sensitive),
		search("a regex without", goRoot, `\b[a-z]{4}[0-9]{3}\b`, 2, sensitive),
		search("a literal, upper or lower case", goRoot, "statusok", 0, insensitive, "-F", "-i"),
		find(goRoot, "*exec*.go", 1.3),
		search("a literal", wideRoot, "the needle of", 1.2, literal, "-F"),
		search("no match", wideRoot, "zqxjkvbpmw", 1.2, literal, "-F"),
		search("a regex with a literal", wideRoot, `needle of \w+ [0-9]*7`, 1.0, sensitive),
		search("a regex without", wideRoot, `^t[a-z]+ [a-z]+ [0-9]+$|\b[a-z]{4} [a-z]{4} [0-9]`, 2, sensitive),
		find(wideRoot, "*ab*.json", 1.3),
	}
}
