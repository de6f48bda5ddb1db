package render_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/render"
)

// TestKinds has the library write one of each kind of block: the words of all are
// shown.
func TestKinds(t *testing.T) {
	text := func(s string) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
	}
	button := slack.NewButtonBlockElement("id", "v", text("Press"))
	rich := slack.NewRichTextBlock("", slack.NewRichTextSection(slack.NewRichTextSectionTextElement("rich", nil)))
	for _, tt := range []struct {
		block slack.Block
		words string
	}{
		{slack.NewSectionBlock(text("section"), []*slack.TextBlockObject{text("field")}, slack.NewAccessory(button)), "section field Press"},
		{slack.NewHeaderBlock(text("header")), "header"},
		{slack.NewContextBlock("", text("context")), "context"},
		{slack.NewActionBlock("", button), "Press"},
		{slack.NewContextActionsBlock("", slack.NewFeedbackButtonsBlockElement("id", slack.NewFeedbackButton(text("Good"), "1"), slack.NewFeedbackButton(text("Bad"), "0"))), "Good Bad"},
		{slack.NewDividerBlock(), "---"},
		{slack.NewImageBlock("https://x.y/z.png", "alt", "", text("title")), "title alt"},
		{slack.NewInputBlock("", text("label"), nil, slack.NewPlainTextInputBlockElement(text("hint"), "id")), "label hint"},
		{slack.NewMarkdownBlock("", "**markdown**"), "**markdown**"},
		{rich, "rich"},
		{slack.NewFileBlock("", "F-external", "remote"), "F-external"},
		{&slack.VideoBlock{Type: slack.MBTVideo, Title: text("film"), Description: text("about")}, "film about"},
		{&slack.AlertBlock{Type: slack.MBTAlert, Text: text("alert")}, "alert"},
		{&slack.CardBlock{Type: slack.MBTCard, Title: text("card"), Subtitle: text("sub"), Body: text("body"), Subtext: text("small")}, "card sub body small"},
		{&slack.CarouselBlock{Type: slack.MBTCarousel, Elements: []*slack.CardBlock{{Type: slack.MBTCard, Title: text("one")}, {Type: slack.MBTCard, Title: text("two")}}}, "one two"},
		{&slack.ContainerBlock{Type: slack.MBTContainer, Title: text("box"), ChildBlocks: slack.Blocks{BlockSet: []slack.Block{slack.NewHeaderBlock(text("inside"))}}}, "box inside"},
		{&slack.AuthProviderBlock{Type: slack.MBTAuthProvider, Value: "v", Name: text("provider"), Description: text("signs in")}, "provider signs in"},
	} {
		raw, err := json.Marshal(tt.block)
		if err != nil {
			t.Fatal(err)
		}
		got := render.Text(api.Message{BotID: "B1", Blocks: []json.RawMessage{raw}}, names)
		rest := got
		for _, word := range strings.Fields(tt.words) {
			_, after, ok := strings.Cut(rest, word)
			if !ok {
				t.Errorf("%s: %q is lost in %q", raw, word, got)
				break
			}
			rest = after
		}
	}
}

// TestLinear renders far more than a message can hold: work that grew with the
// square of it would not end within the time of a test.
func TestLinear(t *testing.T) {
	const many = 1 << 17
	for _, unit := range []string{"*a ", "`a", "<a", "```a", "~a~", "<@U1|x> ", "&", "<https://x.y|z>", "a\n> "} {
		m := api.Message{Text: strings.Repeat(unit, many)}
		if got := render.Text(m, names); len(got) > 65<<10 {
			t.Errorf("%q makes %d bytes", unit, len(got))
		}
	}
}
