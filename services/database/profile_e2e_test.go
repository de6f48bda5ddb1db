//go:build e2e && linux

package database_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/services/database"
)

type profileResult struct {
	Table     string
	Completed []string `json:"completed_stages"`
	Failed    *struct {
		Stage, Why string
	} `json:"failed_stage"`
	Rows     int
	Estimate int64 `json:"estimated_rows"`
	Sampling string
	LeftOut  int `json:"columns_left_out"`
	Report   []string
	Quality  []struct {
		Name          string
		Nulls         int
		Distinct      int
		DistinctTotal int64 `json:"distinct_total"`
		KeyCandidate  bool  `json:"key_candidate"`
	}
	Distributions []struct {
		Name string
		Top  []struct {
			Value string
			Count int
		}
		Length *struct{ Least, Greatest int }
	}
}

func profileOf(t *testing.T, session *mcp.ClientSession, arguments string) profileResult {
	t.Helper()
	text, bad := call(t, session, "profile_table", arguments)
	var r profileResult
	if err := json.Unmarshal([]byte(text), &r); err != nil || bad {
		t.Fatalf("%s gives %s", arguments, text)
	}
	return r
}

func TestProfileTable(t *testing.T) {
	url := newShop(t, `
create table big (id bigint generated always as identity primary key, bucket int not null, word text, body text);
insert into big (bucket, word, body) select n % 7, 'w' || n % 100, repeat('x', 300 + n % 3) from generate_series(1, 60000) n;
create table "odd ""names""" ("a;b" int, "drop table x" text);
insert into "odd ""names""" values (1, null), (2, 'z');
create table partly (a int, b text, c int);
insert into partly values (1, 'secret', 2), (3, 'other', 4);
create table none (a int);
create table slow (a int);
insert into slow select generate_series(1, 300000);
create view waits as select a, pg_sleep(0.01) is null as s from slow;
analyze;
grant select on all tables in schema public to mcp_reader;
revoke select on partly from mcp_reader;
grant select (a, c) on partly to mcp_reader;`)
	session := connect(t, database.Config{URL: url}, nil)
	stages := []string{"load", "quality", "distributions", "report"}

	customers := profileOf(t, session, `{"table":"customers"}`)
	if !slices.Equal(customers.Completed, stages) || customers.Rows != 500 || customers.Sampling != "all rows" || customers.Table != "public.customers" {
		t.Errorf("customers: %+v", customers)
	}
	for _, q := range customers.Quality {
		if key := q.Name == "id" || q.Name == "email" || q.Name == "created_at"; q.KeyCandidate != key {
			t.Errorf("%s is a key candidate: %v", q.Name, q.KeyCandidate)
		}
		if want := map[string]int{"city": 46, "birth_date": 56}[q.Name]; q.Nulls != want {
			t.Errorf("%s has %d nulls, want %d", q.Name, q.Nulls, want)
		}
	}
	if got := customers.Distributions[3]; got.Name != "country" || len(got.Top) != 5 || got.Top[0].Count != 100 {
		t.Errorf("country: %+v", got)
	}
	if !slices.Contains(customers.Report, `No value is there twice in "created_at", and no constraint says so.`) {
		t.Errorf("the report is %q", customers.Report)
	}

	big := profileOf(t, session, `{"table":"big","sample":2000}`)
	if !slices.Equal(big.Completed, stages) || big.Rows < 500 || big.Rows > 2000 || !strings.HasPrefix(big.Sampling, "TABLESAMPLE SYSTEM (4.0000)") || big.Estimate != 60000 {
		t.Errorf("big: %d rows of %d, %s, %q", big.Rows, big.Estimate, big.Sampling, big.Completed)
	}
	if id, bucket := big.Quality[0], big.Quality[1]; id.DistinctTotal < 59000 || bucket.DistinctTotal != 7 {
		t.Errorf("the whole table is taken to have %d ids and %d buckets", id.DistinctTotal, bucket.DistinctTotal)
	}
	if l := big.Distributions[3].Length; l == nil || l.Least != 300 || l.Greatest != 302 {
		t.Errorf("lengths of texts that are cut: %+v", l)
	}
	if again := profileOf(t, session, `{"table":"big","sample":2000}`); again.Rows != big.Rows {
		t.Errorf("another sample has %d rows, the first %d", again.Rows, big.Rows)
	}

	odd := profileOf(t, session, `{"table":"odd \"names\"","columns":["drop table x","a;b","a;b"]}`)
	if len(odd.Quality) != 2 || odd.Quality[0].Nulls != 1 {
		t.Errorf("odd: %+v", odd)
	}
	if none := profileOf(t, session, `{"table":"none"}`); !slices.Equal(none.Completed, stages) || none.Report[0] != "There is no row to look at." {
		t.Errorf("none: %+v", none)
	}
	if views := profileOf(t, session, `{"table":"page_views","sample":500}`); views.Rows < 100 || !strings.HasPrefix(views.Sampling, "TABLESAMPLE") {
		t.Errorf("page_views: %d rows, %s", views.Rows, views.Sampling)
	}
	waits := profileOf(t, session, `{"table":"waits","time_budget_ms":600}`)
	if waits.Failed == nil || waits.Failed.Stage != "load" || !strings.Contains(waits.Failed.Why, "time_budget_ms") || len(waits.Completed) != 0 {
		t.Errorf("waits: %+v, failed %+v", waits, waits.Failed)
	}
	if partly := profileOf(t, session, `{"table":"partly"}`); len(partly.Quality) != 2 || partly.LeftOut != 1 || partly.Quality[1].Name != "c" {
		t.Errorf("a table of which some columns can be read: %+v", partly)
	}
	if text, bad := call(t, session, "profile_table", `{"table":"customers","columns":["nope"]}`); !bad || !strings.Contains(text, "describe_table") {
		t.Errorf("a column that is not there: %s", text)
	}
}

// A profile whose time is up while it looks at the rows has what it found before,
// and has said on the way how far it was.
func TestProfileKeepsWhatItFound(t *testing.T) {
	var columns, values []string
	for i := range 50 {
		columns = append(columns, fmt.Sprintf("c%d numeric", i))
		values = append(values, fmt.Sprintf("n * %d + 0.5", i+2))
	}
	url := newShop(t, "create table wide ("+strings.Join(columns, ", ")+")",
		"insert into wide select "+strings.Join(values, ", ")+" from generate_series(1, 20000) n; analyze wide; grant select on wide to mcp_reader")
	heard := make(chan string, 1000)
	session := connect(t, database.Config{URL: url}, &mcp.ClientOptions{
		ProgressNotificationHandler: func(_ context.Context, req *mcp.ProgressNotificationClientRequest) { heard <- req.Params.Message },
	})
	// How long the stages take is the machine's, so the time is made longer until
	// all are completed.
	failed := make(map[string]bool)
	stages := []string{"load", "quality", "distributions", "report"}
	for budget := 500; ; budget += budget / 8 {
		params := &mcp.CallToolParams{Name: "profile_table", Arguments: map[string]any{"table": "wide", "sample": 100_000, "time_budget_ms": min(budget, 100_000)}}
		params.SetProgressToken(fmt.Sprint(budget))
		res, err := session.CallTool(t.Context(), params)
		if err != nil || res.IsError {
			t.Fatal(res, err)
		}
		var r profileResult
		if err := json.Unmarshal([]byte(res.Content[0].(*mcp.TextContent).Text), &r); err != nil {
			t.Fatal(err)
		}
		if r.Failed == nil {
			if !slices.Equal(r.Completed, stages) || len(r.Report) == 0 {
				t.Errorf("the whole profile: %+v", r)
			}
			break
		}
		failed[r.Failed.Stage] = true
		at := slices.Index(stages, r.Failed.Stage)
		if !slices.Equal(r.Completed, stages[:at]) || !strings.Contains(r.Failed.Why, "time_budget_ms") {
			t.Errorf("%d ms: completed %q, failed %+v", budget, r.Completed, r.Failed)
		}
		if quality := len(r.Quality) == 50; at > 0 && r.Rows != 20_000 || at > 1 && !quality || len(r.Report) > 0 {
			t.Errorf("%d ms: %q was to be kept: %d rows, %d columns", budget, r.Completed, r.Rows, len(r.Quality))
		}
	}
	if !failed["quality"] && !failed["distributions"] {
		t.Errorf("failed were %v alone", failed)
	}
	told := make(map[string]bool)
	for len(heard) > 0 {
		told[<-heard] = true
	}
	for _, stage := range stages[:3] {
		if !told[stage] {
			t.Errorf("nothing was said of %s: %v", stage, told)
		}
	}
}

// TestProfileSamplesTheWholeTable wants the last rows of a table to be as likely
// in a sample as the first ones.
func TestProfileSamplesTheWholeTable(t *testing.T) {
	session := connect(t, database.Config{URL: newShop(t)}, nil)
	text, bad := call(t, session, "profile_table", `{"table": "page_views", "columns": ["id"]}`)
	var r struct {
		Rows          int
		Distributions []struct{ Greatest string }
	}
	if err := json.Unmarshal([]byte(text), &r); err != nil || bad || r.Rows != 10_000 {
		t.Fatalf("the profile is %s", text)
	}
	if greatest, err := strconv.Atoi(r.Distributions[0].Greatest); err != nil || greatest < 19_000 {
		t.Errorf("the greatest of the numbers up to 20,000 in a sample of half of them is %d", greatest)
	}
}
