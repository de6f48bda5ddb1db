package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestServe(t *testing.T) {
	in := `{"expression":"2+3*4"}` + "\n" + `{"expression":"1/3","precision":5}` + "\n" + `{"matrix":[[1,2],[3,4]]}` + "\n" +
		`{"expression":"9^9^9","milliseconds":1}` + "\n"
	var out bytes.Buffer
	if err := run(t.Context(), nil, strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	var got []response
	for d := json.NewDecoder(&out); d.More(); {
		var r response
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		if r.Runs < 1 || r.Nanoseconds < 1 {
			t.Errorf("%d runs in %d ns", r.Runs, r.Nanoseconds)
		}
		got = append(got, r)
	}
	if len(got) != 4 || got[0].Value != "14" || got[1].Value != "0.33333" || got[1].Digits != 5 || got[2].Value != "-2" {
		t.Errorf("answers %+v", got)
	}
	if last := got[len(got)-1]; last.Reason != "limit" || last.Value != "" || !strings.Contains(last.Refusal, "369,693,100 digits") {
		t.Errorf("refusal %+v", last)
	}
}

func TestServeRefusesWhatIsNoRequest(t *testing.T) {
	if err := run(t.Context(), nil, strings.NewReader("2+3*4\n"), new(bytes.Buffer)); err == nil {
		t.Error("a line that is no JSON was taken for a request")
	}
	if err := run(t.Context(), []string{"friendly"}, nil, nil); err == nil {
		t.Error("an unknown argument was accepted")
	}
}

func TestHostileRowsArePrinted(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"hostile"}, nil, &out); err != nil {
		t.Fatal(err)
	}
	var rows []struct{ Name, Tool string }
	if err := json.Unmarshal(out.Bytes(), &rows); err != nil || len(rows) == 0 || rows[0].Name != "9^9^9" || rows[0].Tool != "calculate" {
		t.Errorf("rows %v, error %v", rows, err)
	}
}

func TestRepeatLasts(t *testing.T) {
	const lasting = 5 * time.Millisecond
	calls := int64(0)
	runs, took, err := repeat(lasting, func() error { calls++; return nil })
	if err != nil || runs != calls || runs < 2 || took < lasting {
		t.Errorf("%d runs in %v, %d calls, error %v", runs, took, calls, err)
	}
	broken := errors.New("broken")
	if _, _, err := repeat(lasting, func() error { return broken }); !errors.Is(err, broken) {
		t.Errorf("error = %v, want %v", err, broken)
	}
}
