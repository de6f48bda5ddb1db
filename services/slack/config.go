package slack

import (
	"net/url"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/upstream"
)

// Config holds the service's own flags. The zero value of a field stands for its
// default.
type Config struct {
	// BotToken and UserToken are an app's and a person's, for everything; the files
	// hold one each.
	BotToken      string `name:"slack-bot-token" env:"SLACK_BOT_TOKEN" wanted:"required" instead:"slack-bot-token-file,slack-user-token-file" secret:"" hidden:"" help:"A bot token, xoxb-…"`
	BotTokenFile  string `name:"slack-bot-token-file" env:"SLACK_BOT_TOKEN_FILE" placeholder:"FILE" help:"A file with the bot token of an app (xoxb-…), read again when it changes; SLACK_BOT_TOKEN holds the token itself."`
	UserToken     string `name:"slack-user-token" env:"SLACK_USER_TOKEN" secret:"" hidden:"" help:"A user token, xoxp-…"`
	UserTokenFile string `name:"slack-user-token-file" env:"SLACK_USER_TOKEN_FILE" placeholder:"FILE" help:"A file with a person's token (xoxp-…), which everybody who calls then uses; read again when it changes. SLACK_USER_TOKEN holds the token itself."`

	ClientID         string `name:"slack-client-id" env:"SLACK_CLIENT_ID" placeholder:"ID" help:"Over HTTP, let each caller sign in at Slack and act as themselves, through the app of this client id. Its redirect URL is PUBLIC-URL/oauth/slack/callback."`
	ClientSecret     string `name:"slack-client-secret" env:"SLACK_CLIENT_SECRET" secret:"" hidden:"" help:"The secret of that client."`
	ClientSecretFile string `name:"slack-client-secret-file" env:"SLACK_CLIENT_SECRET_FILE" placeholder:"FILE" help:"A file with its secret; SLACK_CLIENT_SECRET holds the secret itself."`
	TokenStore       string `name:"slack-token-store" env:"SLACK_TOKEN_STORE" secret:"url" placeholder:"STORE" help:"Where the tokens of callers are kept, encrypted: a file for one replica, or a postgres:// URL. Give one that holds a password by environment or file."`
	TokenStoreFile   string `name:"slack-token-store-file" env:"SLACK_TOKEN_STORE_FILE" placeholder:"FILE" help:"A file with that URL."`
	// AllowTeams are workspaces or organizations: T…, E….
	AllowTeams []string `name:"slack-allow-teams" env:"SLACK_ALLOW_TEAMS" placeholder:"TEAM" help:"Only people of these workspaces may sign in, by id: T0123ABCD, or E… for an Enterprise Grid organization. The default is wherever the app can be installed."`
	BotScopes  []string `name:"slack-bot-scopes" env:"SLACK_BOT_SCOPES" placeholder:"SCOPE" help:"What a sign-in asks for the app. The default is what the tools on offer need with --post-as=bot, and else nothing."`
	UserScopes []string `name:"slack-user-scopes" env:"SLACK_USER_SCOPES" placeholder:"SCOPE" help:"What a sign-in asks of the person. The default is what the tools on offer need."`
	// PKCE is off by default since it changes what the app may do.
	PKCE bool `name:"slack-pkce" env:"SLACK_PKCE" help:"Sign in with PKCE. From then on Slack takes the app for a public client, for good: give it only for an app that is one already."`
	// PostAs is whose token acts where there are two.
	PostAs string `name:"post-as" env:"SLACK_POST_AS" enum:"user,bot," default:"" placeholder:"WHO" help:"Post, react and create as: user or bot. The default is the person where people sign in, and else the bot if there is one."`

	// TeamID is for tokens of a whole Enterprise Grid organization.
	TeamID string `name:"slack-team-id" env:"SLACK_TEAM_ID" placeholder:"T…" help:"The workspace to work in, for a token of a whole Enterprise Grid organization."`
	// APIURL is Slack's API, or a test's.
	APIURL string `name:"slack-api-url" env:"SLACK_API_URL" default:"https://slack.com/api/" placeholder:"URL" help:"Slack's API; https://slack-gov.com/api/ for GovSlack."`

	// RateWait is how long one request waits for a rate limit rather than fail.
	RateWait time.Duration `name:"rate-wait" env:"SLACK_RATE_WAIT" default:"15s" placeholder:"DURATION" help:"How long a request waits for one of Slack's rate limits before the call is answered with what there is."`

	// AllowChannels and DenyChannels are patterns of what may be read and written.
	AllowChannels []string `name:"allow-channels" env:"SLACK_ALLOW_CHANNELS" placeholder:"GLOB" help:"Only these channels, by name or id, as team-* or C0123ABCD. The default is all that the token sees."`
	DenyChannels  []string `name:"deny-channels" env:"SLACK_DENY_CHANNELS" placeholder:"GLOB" help:"Not these channels."`
	// WriteChannels are patterns of those of them that may be written to.
	WriteChannels []string `name:"write-channels" env:"SLACK_WRITE_CHANNELS" placeholder:"GLOB" help:"Write only to these of them."`

	// PollInterval is the time between two looks at a watched resource.
	PollInterval time.Duration `name:"poll-interval" env:"SLACK_POLL_INTERVAL" default:"60s" placeholder:"DURATION" help:"How often to look at a channel or thread that a client watches: 10s to 15m, and less often while nothing changes or Slack allows few requests."`
	// SigningSecret is what Slack signs events with; SigningSecretFile holds one a
	// line.
	SigningSecret     string `name:"slack-signing-secret" env:"SLACK_SIGNING_SECRET" secret:"" hidden:"" help:"The app's signing secret."`
	SigningSecretFile string `name:"slack-signing-secret-file" env:"SLACK_SIGNING_SECRET_FILE" placeholder:"FILE" help:"A file with the signing secret of the app whose events Slack sends to /webhooks/slack; SLACK_SIGNING_SECRET holds the secret itself. Who watches a channel or thread is then told at once."`
	// AllowDMs and the others allow what is off for what it may do unnoticed.
	AllowDMs          bool `name:"allow-dms" env:"SLACK_ALLOW_DMS" help:"Read and write direct messages too: those of the person or bot that the token is of. Everybody who calls with a shared token then reads the same ones."`
	AllowExternal     bool `name:"allow-external" env:"SLACK_ALLOW_EXTERNAL" help:"Write also to channels that are shared with another organization, and to its people, and invite them."`
	AllowMassMentions bool `name:"allow-mass-mentions" env:"SLACK_ALLOW_MASS_MENTIONS" help:"Let messages notify whole channels and user groups (@channel, @here, @everyone), and more than 50 people one by one."`
	AllowImageURLs    bool `name:"allow-image-urls" env:"SLACK_ALLOW_IMAGE_URLS" help:"Let blocks show pictures and videos from any address: Slack fetches them, so that whoever is talked into writing one can be made to send anything anywhere."`
	AutoJoin          bool `name:"auto-join" env:"SLACK_AUTO_JOIN" help:"Have the bot join a public channel that it has to be a member of to read or write, for callers who may write. It needs the scope channels:join."`
	// ExtraTools are offered beside the others.
	ExtraTools []string `name:"extra-tools" env:"SLACK_EXTRA_TOOLS" placeholder:"TOOL" help:"Offer these too: list_unreads, list_user_groups, mark_read."`
}

// base returns the API's URL, with the slash at its end that slack-go wants. Tokens
// go there by https, or to this machine.
func (c Config) base() (*url.URL, error) {
	raw := c.APIURL
	if raw == "" {
		raw = "https://slack.com/api/"
	}
	return upstream.ParseBase("--slack-api-url", raw)
}
