package main

// A task is an everyday question, and what it takes of GitHub's API to answer it.
type task struct {
	name string
	tool string
	args string
	// raw are the addresses that hold the same, below the repository if they begin
	// with a dot.
	raw []string
	// has is in the answer.
	has string
}

const hello = `"owner":"octocat","repo":"Hello-World"`

const headSHA = "6dcb09b5b57875f334f61aebed695e2e4193db5e"

var tasks = []task{
	{"30 open issues", "search_issues", `{` + hello + `,"limit":30}`, []string{"./issues?per_page=30&state=open"}, "too early, case 29"},
	{"an issue with 20 comments", "get_issue", `{` + hello + `,"number":1347}`, []string{"./issues/1347", "./issues/1347/comments?per_page=30"}, "SIGTERM"},
	{"lines 1001 to 1200 of 4,000", "get_file_contents", `{` + hello + `,"path":"client.go","start_line":1001,"end_line":1200}`, []string{"./contents/client.go"}, "line1200"},
	{"a pull request with 20 files", "get_pull_request_diff", `{` + hello + `,"number":1347}`, []string{"./pulls/1347", "./pulls/1347/files?per_page=20"}, "internal/part19/client.go"},
	{"may it be merged", "get_pull_request_status", `{` + hello + `,"number":1347}`,
		[]string{"./pulls/1347", "./pulls/1347/reviews", "./pulls/1347/comments", "./commits/" + headSHA + "/check-runs", "./commits/" + headSHA + "/status"}, "test (3)"},
	{"why a build of 2,000 lines is red", "get_workflow_logs", `{` + hello + `,"run_id":30433642}`, []string{"./actions/runs/30433642/jobs", "./actions/jobs/399444496/logs"}, "gave up after 1 attempt"},
	{"30 commits", "list_commits", `{` + hello + `,"limit":30}`, []string{"./commits?per_page=30"}, "part 29"},
	{"30 runs of workflows", "list_workflow_runs", `{` + hello + `,"limit":30}`, []string{"./actions/runs?per_page=30"}, "30433671"},
	{"what a repository is", "get_repository_info", `{` + hello + `}`, []string{".", "./languages", "./commits?per_page=5"}, "Makefile"},
	{"30 repositories found", "search_repositories", `{"query":"tetris","limit":30}`, []string{"/search/repositories?q=tetris&per_page=30"}, "Tetris29"},
}
