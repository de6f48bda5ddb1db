package directory_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/directory"
)

// What is counted is what the entries take.
func TestBytesAreCounted(t *testing.T) {
	const n = 50_000
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	d := directory.New(1 << 30)
	for i := range n {
		d.KeepPeople(eyes, api.User{ID: fmt.Sprintf("U%09d", i), Handle: fmt.Sprintf("person%d", i), RealName: fmt.Sprintf("Person Number %d", i), Email: fmt.Sprintf("person%d@octo.example", i)})
		d.KeepChannels(eyes, api.Channel{ID: fmt.Sprintf("C%09d", i), Name: fmt.Sprintf("team-room-%d", i)})
	}
	took, counted := int(heap()-before), d.Bytes()
	t.Logf("%d bytes an entry, %d counted", took/n/2, counted/n/2)
	if took > counted*5/4 {
		t.Errorf("%d bytes are taken, %d are counted", took, counted)
	}
	runtime.KeepAlive(d)
}
