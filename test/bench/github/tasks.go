package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A task is an everyday question, and what it takes of GitHub's API to answer it.
type task struct {
	name string
	tool string
	args string
	// raw are the addresses that hold the same, below the repository if they begin
	// with a dot.
	raw []string
	// holds is all that the answer must have: nothing that is asked for may be cut,
	// or come on another page.
	holds []string
}

const hello = `"owner":"octocat","repo":"Hello-World"`

const headSHA = "6dcb09b5b57875f334f61aebed695e2e4193db5e"

// each returns what text makes of each number from first to last.
func each(first, last int, text func(int) string) []string {
	var list []string
	for i := first; i <= last; i++ {
		list = append(list, text(i))
	}
	return list
}

// tasks returns those whose answers are compared with the API's.
func tasks() []task {
	return []task{
		{"30 open issues", "search_issues", `{` + hello + `,"limit":30}`, []string{"./issues?per_page=30&state=open"}, each(0, listed-1, issueTitle)},
		{"an issue with 20 comments", "get_issue", `{` + hello + `,"number":1347}`, []string{"./issues/1347", "./issues/1347/comments?per_page=30"},
			slices.Concat([]string{strings.TrimSpace(strings.Repeat(prose, 3))}, each(0, comments-1, remark))},
		{"lines 1001 to 1200 of 4,000", "get_file_contents", `{` + hello + `,"path":"client.go","start_line":1001,"end_line":1200}`, []string{"./contents/client.go"}, each(1001, 1200, fileLine)},
		{"a pull request with 20 files", "get_pull_request_diff", `{` + hello + `,"number":1347}`, []string{"./pulls/1347", "./pulls/1347/files?per_page=20"}, slices.Concat(each(0, files-1, fileName), each(0, files-1, patch))},
		{"may it be merged", "get_pull_request_status", `{` + hello + `,"number":1347}`,
			[]string{"./pulls/1347", "./pulls/1347/reviews", "./pulls/1347/comments", "./commits/" + headSHA + "/check-runs", "./commits/" + headSHA + "/status"},
			slices.Concat(each(0, 11, checkName), each(0, 4, reviewer), each(0, 7, objection))},
		{"why a build of 2,000 lines is red", "get_workflow_logs", `{` + hello + `,"run_id":30433642}`, []string{"./actions/runs/30433642/jobs", "./actions/jobs/399444496/logs"}, slices.Concat(each(logLines-stepLines, logLines-2, logLine), []string{"Process completed with exit code 1."})},
		{"30 commits", "list_commits", `{` + hello + `,"limit":30,"full":true}`, []string{"./commits?per_page=30"}, slices.Concat(each(0, listed-1, commitTitle), each(0, listed-1, commitText))},
		{"30 runs of workflows", "list_workflow_runs", `{` + hello + `,"limit":30}`, []string{"./actions/runs?per_page=30"}, each(firstRun, firstRun+listed-1, strconv.Itoa)},
		{"what a repository is", "get_repository_info", `{` + hello + `}`, []string{".", "./languages", "./commits?per_page=5"}, slices.Concat([]string{"Go", "Shell", "Makefile"}, each(0, 4, commitTitle))},
		{"30 repositories found", "search_repositories", `{"query":"tetris","limit":30}`, []string{"/search/repositories?q=tetris&per_page=30"}, each(0, listed-1, foundName)},
	}
}

// long is a task whose answer takes several pages.
func long() task {
	at := fmt.Sprintf("./pulls/%d", longPull)
	var hunks []string
	for i := range files {
		hunks = append(hunks, strings.Split(longPatch(i), "\n@@")...)
	}
	return task{"a pull request with 20 files of 6 KB, to its end", "get_pull_request_diff", fmt.Sprintf(`{%s,"number":%d}`, hello, longPull),
		[]string{at, at + "/files?per_page=20"}, hunks}
}
