package slack

import (
	"context"
	"regexp"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/directory"
)

// maxMentions is how many handles of one text become mentions.
const maxMentions = 50

var (
	// handleRule finds @handle where no letter is before it, as in an address.
	handleRule = regexp.MustCompile(`(^|[\s(\[{"'*_~,;:>])@([a-zA-Z0-9][a-zA-Z0-9._-]{0,79})`)
	codeRule   = regexp.MustCompile("(?s)```.*?(?:```|$)|`[^`\n]*`")
)

// mentions makes @handle a mention of who has this very handle. It asks Slack for
// one page of people at most; whoever is not known then stays as they are written,
// and so does all that is code.
func (w *workspace) mentions(ctx context.Context, text string) string {
	if !strings.Contains(text, "@") {
		return text
	}
	known := make(map[string]string)
	var b strings.Builder
	from := 0
	for _, code := range append(codeRule.FindAllStringIndex(text, -1), []int{len(text), len(text)}) {
		b.WriteString(handleRule.ReplaceAllStringFunc(text[from:code[0]], func(found string) string {
			m := handleRule.FindStringSubmatch(found)
			handle := strings.TrimRight(m[2], ".-_")
			id := w.handle(ctx, handle, known)
			if id == "" {
				return found
			}
			return m[1] + "<@" + id + ">" + m[2][len(handle):]
		}))
		b.WriteString(text[code[0]:code[1]])
		from = code[1]
	}
	return b.String()
}

// handle returns the id of who has a handle, "" if nobody is known to.
func (w *workspace) handle(ctx context.Context, handle string, known map[string]string) string {
	handle = strings.ToLower(handle)
	switch handle {
	case "channel", "here", "everyone":
		return "" // these notify many, and are not people
	}
	if id, ok := known[handle]; ok || len(known) >= maxMentions {
		return id
	}
	dir, eyes := w.svc.directory, w.key()
	u, ok := dir.PersonNamed(eyes, handle)
	if !ok && !dir.Missing(eyes, "@"+handle) && !dir.Missing(eyes, firstPage) {
		_, err := directory.Do(ctx, dir, eyes, firstPage, func(ctx context.Context) (*census, error) {
			c := newCensus(handle, 1)
			next, err := w.census(ctx, c, "", 1)
			if err == nil {
				dir.KeepMissing(eyes, firstPage) // the next handle is not looked for there at once
			}
			c.whole = next == ""
			return c, err
		})
		if err == nil {
			u, ok = dir.PersonNamed(eyes, handle)
		}
	}
	if !ok || u.Deleted {
		known[handle] = ""
		return ""
	}
	known[handle] = u.ID
	return u.ID
}

// firstPage is what is remembered when the first people were asked for.
const firstPage = "@ of the first page"
