package lines

import (
	"fmt"
	"strings"
	"testing"
)

const noBatch = "batches are not supported since protocol version 2025-06-18, nor before initialize: send one message on each line"

// newSession returns a rig whose session has negotiated a protocol version.
func newSession(t *testing.T, version string, opt Options) rig {
	t.Helper()
	r := newRig(t, opt)
	const hello = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}`
	r.send(t, hello)
	r.wantFrame(t, hello)
	answer := `{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"` + version + `","capabilities":{}}}`
	r.respond(t, "%s", answer)
	r.wantOutput(t, "%s", answer)
	return r
}

func TestBatchByVersion(t *testing.T) {
	batch := "[" + fmt.Sprintf(ping, 1) + "]"
	for version, passes := range map[string]bool{
		"2024-11-05": true, "2025-03-26": true, "2025-06-18": false, "2025-11-25": false, "2026-07-28": false,
	} {
		r := newSession(t, version, Options{})
		r.send(t, "%s", batch)
		if passes {
			r.wantFrame(t, "%s", batch)
		} else {
			r.wantOutput(t, "%s", strings.TrimSuffix(answerLine("null", -32600, "line 2 is not a valid message: "+noBatch), "\n"))
		}
	}
}

func TestBatch(t *testing.T) {
	r := newSession(t, "2025-03-26", Options{})
	a, b := fmt.Sprintf(ping, 1), `{ "jsonrpc":"2.0", "id":"b", "method":"tools/list" }`
	note, reply := `{"jsonrpc":"2.0","method":"notifications/initialized"}`, `{"jsonrpc":"2.0","id":1,"result":{}}`

	r.send(t, " [ %s , %s,%s,%s,%s ] ", note, a, reply, b, note)
	r.wantFrame(t, "[%s,%s]", a, b)
	r.wantFrame(t, "%s", note)
	r.wantFrame(t, "%s", reply)
	r.wantFrame(t, "%s", note)

	r.send(t, "[%s]", a)
	r.wantOutput(t, `[{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"message 1 of the batch: line 3 is not a valid message: this id is already in flight: use another one"}}]`)

	answers := `[{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","id":"\u0062","result":{"tools":[]}}]`
	r.respond(t, "%s", answers)
	r.wantOutput(t, "%s", answers)
	r.send(t, "[%s,%s]", a, b)
	r.wantFrame(t, "[%s,%s]", a, b)

	r.send(t, "[%s,%s]", note, note)
	r.wantFrame(t, "%s", note)
	r.wantFrame(t, "%s", note)
}

func TestBadBatch(t *testing.T) {
	refused := func(id, text string) string {
		return strings.TrimSuffix(answerLine(id, -32600, text), "\n")
	}
	bystander := func(n, id int) string {
		return strings.TrimSuffix(answerLine(fmt.Sprint(id), -32000, fmt.Sprintf("message %d of the batch: not run, because another message of the batch was refused", n)), "\n")
	}
	const prefix = "line 2 is not a valid message: "
	one, two := fmt.Sprintf(ping, 1), fmt.Sprintf(ping, 2)
	tests := []struct{ name, line, want string }{
		{"empty", `[]`, refused("null", prefix+"the batch is empty")},
		{"numbers", `[1,"x"]`, "[" + refused("null", "message 1 of the batch: "+prefix+"a message is one JSON object") + "," + refused("null", "message 2 of the batch: "+prefix+"a message is one JSON object") + "]"},
		{"array in array", `[[` + one + `]]`, "[" + refused("null", "message 1 of the batch: "+prefix+"a message is one JSON object") + "]"},
		{"one is bad", `[` + one + `,{"jsonrpc":"2.0","id":5},` + two + `]`, "[" + bystander(1, 1) + "," + refused("5", "message 2 of the batch: "+prefix+`it has no "method", "result" or "error"`) + "," + bystander(3, 2) + "]"},
		{"same id twice", `[` + one + `,` + one + `]`, "[" + bystander(1, 1) + "," + refused("1", "message 2 of the batch: "+prefix+"two requests of the batch have this id") + "]"},
		{"listen", `[{"jsonrpc":"2.0","id":5,"method":"subscriptions/listen"}]`, "[" + refused("5", "message 1 of the batch: "+prefix+"subscriptions/listen may not be in a batch") + "]"},
		{"initialize", `[{"jsonrpc":"2.0","id":5,"method":"initialize"}]`, "[" + refused("5", "message 1 of the batch: "+prefix+"initialize may not be in a batch") + "]"},
		{"too long", `[` + strings.Repeat("1,", 4) + `1]`, refused("null", prefix+"the batch has more than 4 messages")},
		{"after a broken error", `[{"jsonrpc":"2.0","error":{}},` + one + `]`, "[" + bystander(2, 1) + "]"},
		{"cut off", `[` + one + `,`, strings.TrimSuffix(answerLine("null", -32700, fmt.Sprintf("line 2 is not JSON: unexpected end at byte %d", len(one)+3)), "\n")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newSession(t, "2025-03-26", Options{MaxInFlight: 4})
			r.send(t, "%s", test.line)
			r.wantOutput(t, "%s", test.want)
			r.send(t, ping, 3)
			r.wantFrame(t, ping, 3)
		})
	}
}

func TestBatchAboveMaxInFlight(t *testing.T) {
	r := newSession(t, "2025-03-26", Options{MaxInFlight: 3})
	for id := 1; id <= 2; id++ {
		r.send(t, ping, id)
		r.wantFrame(t, ping, id)
	}
	r.send(t, `[{"jsonrpc":"2.0","method":"notifications/x"},`+ping+`,`+ping+`]`, 3, 4)
	const text = "message %d of the batch: too many requests in flight (3); wait for answers"
	r.wantOutput(t, `[{"jsonrpc":"2.0","id":3,"error":{"code":-32000,"message":"`+text+`"}},{"jsonrpc":"2.0","id":4,"error":{"code":-32000,"message":"`+text+`"}}]`, 2, 3)
	r.send(t, ping, 3)
	r.wantFrame(t, ping, 3)
}
