package slack

// For tests.
var (
	PostTime    = postTime
	ChannelName = channelName
	EmojiName   = emojiName
)
