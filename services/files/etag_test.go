package files

import (
	"strings"
	"testing"
)

func TestETagOfPart(t *testing.T) {
	for _, etag := range []string{"c12cba103550a863f7a9f0870681b51d", "W/c12cba103550a863f7a9f0870681b51d"} {
		if got := seen(partial(etag)); got != etag {
			t.Errorf("the etag of a part is of %s, want %s", got, etag)
		}
		if got := seen(etag); got != etag {
			t.Errorf("%s is of %s", etag, got)
		}
		if got, err := whole("if_match", etag); got != etag || err != nil {
			t.Errorf("%s is refused: %v", etag, err)
		}
		if got, err := whole("if_match", partial(etag)); err == nil || !strings.Contains(err.Error(), "edit_file") {
			t.Errorf("the etag of a part is accepted as %s: %v", got, err)
		}
	}
	if got := seen("part:"); got == "" {
		t.Error("a mark alone is no condition")
	}
}
