package github

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"
)

// Config holds the service's own flags. The zero value of a field stands for its
// default.
type Config struct {
	// Token is a personal access token for everything; TokenFile holds one.
	Token     string `name:"github-token" env:"GITHUB_TOKEN" secret:"" hidden:"" help:"A personal access token."`
	TokenFile string `name:"github-token-file" env:"GITHUB_TOKEN_FILE" placeholder:"FILE" help:"A file with a personal access token; GITHUB_TOKEN holds the token itself. Without any credential public repositories can be read, 60 requests an hour."`
	// APIURL is the API of github.com, of a GitHub Enterprise Server or of a test.
	APIURL string `name:"github-api-url" env:"GITHUB_API_URL" default:"https://api.github.com" placeholder:"URL" help:"GitHub's API; https://HOST/api/v3 for GitHub Enterprise Server."`
	// AllowRepos are patterns of the repositories that may be named.
	AllowRepos []string `name:"allow-repos" env:"GITHUB_ALLOW_REPOS" placeholder:"OWNER/REPO" help:"Only these repositories, as owner/repo or owner/*. The default is all that the credential sees."`
	// Write offers the tools that commit, merge, release and run workflows.
	Write bool `name:"write" env:"GITHUB_WRITE" help:"Offer the tools that commit files, merge pull requests, run workflows and create releases. They ask a person first."`

	// PollInterval is the time between two looks at a watched resource.
	PollInterval time.Duration `name:"poll-interval" env:"GITHUB_POLL_INTERVAL" default:"60s" placeholder:"DURATION" help:"How often to look at an issue, pull request or run that a client watches: 10s to 15m, and less often while nothing changes."`
	// WebhookSecret is what GitHub signs deliveries with; WebhookSecretFile holds
	// one a line.
	WebhookSecret     string `name:"webhook-secret" env:"GITHUB_WEBHOOK_SECRET" secret:"" hidden:"" help:"A webhook's secret."`
	WebhookSecretFile string `name:"webhook-secret-file" env:"GITHUB_WEBHOOK_SECRET_FILE" placeholder:"FILE" help:"A file with the secret of a webhook that GitHub sends to /webhooks/github; GITHUB_WEBHOOK_SECRET holds the secret itself. Watched resources are then told of at once."`
}

// base returns the API's URL, with the slash at the end that go-github wants.
func (c Config) base() (*url.URL, error) {
	raw := c.APIURL
	if raw == "" {
		raw = "https://api.github.com"
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("--github-api-url: give a URL such as https://github.example.com/api/v3, without user, query or fragment")
	}
	if !strings.HasSuffix(u.Path, "/") {
		u.Path += "/"
	}
	return u, nil
}

// access returns what chooses credentials.
func (c Config) access() (*access, error) {
	token := c.Token
	if c.TokenFile != "" {
		if token != "" {
			return nil, fmt.Errorf("--github-token-file and GITHUB_TOKEN are both set: leave one out")
		}
		b, err := os.ReadFile(c.TokenFile)
		if err != nil {
			return nil, fmt.Errorf("--github-token-file: %w", err)
		}
		token = strings.TrimSpace(string(b))
	}
	allow, err := parseAllowed(c.AllowRepos)
	if err != nil {
		return nil, err
	}
	return newAccess(token, allow), nil
}
