package github

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/signin"
)

// Config holds the service's own flags. The zero value of a field stands for its
// default.
type Config struct {
	// Token is a personal access token for everything; TokenFile holds one, and
	// TokensFile one for each owner.
	Token      string `name:"github-token" env:"GITHUB_TOKEN" wanted:"optional" instead:"github-token-file,github-tokens-file,github-app-id" secret:"" hidden:"" help:"A personal access token."`
	TokenFile  string `name:"github-token-file" env:"GITHUB_TOKEN_FILE" placeholder:"FILE" help:"A file with a personal access token, read again when it changes; GITHUB_TOKEN holds the token itself. Without any credential public repositories can be read, 60 requests an hour."`
	TokensFile string `name:"github-tokens-file" env:"GITHUB_TOKENS_FILE" placeholder:"FILE" help:"A file of tokens, one a line: owner=token, and *=token for all other owners. It is read again when it changes."`

	AppID             string `name:"github-app-id" env:"GITHUB_APP_ID" placeholder:"ID" help:"Act as an installation of this GitHub App: its id, or its client id."`
	AppKeyFile        string `name:"github-app-key-file" env:"GITHUB_APP_KEY_FILE" placeholder:"FILE" help:"A file with the App's private key, as GitHub gives it (PEM). It is read again when it changes."`
	AppInstallationID int64  `name:"github-app-installation-id" env:"GITHUB_APP_INSTALLATION_ID" placeholder:"ID" help:"The installation for everything. The default is that of each owner."`

	ClientID         string `name:"github-client-id" env:"GITHUB_CLIENT_ID" placeholder:"ID" help:"Over HTTP, let each caller sign in at GitHub and act as themselves, through the OAuth App or GitHub App of this client id. Its callback URL is PUBLIC-URL/oauth/github/callback."`
	ClientSecret     string `name:"github-client-secret" env:"GITHUB_CLIENT_SECRET" secret:"" hidden:"" help:"The secret of that client."`
	ClientSecretFile string `name:"github-client-secret-file" env:"GITHUB_CLIENT_SECRET_FILE" placeholder:"FILE" help:"A file with its secret; GITHUB_CLIENT_SECRET holds the secret itself."`
	TokenStore       string `name:"github-token-store" env:"GITHUB_TOKEN_STORE" secret:"url" placeholder:"STORE" help:"Where the tokens of callers are kept, encrypted: a file for one replica, or a postgres:// URL. Give one that holds a password by environment or file."`
	TokenStoreFile   string `name:"github-token-store-file" env:"GITHUB_TOKEN_STORE_FILE" placeholder:"FILE" help:"A file with that URL."`

	// APIURL is the API of github.com, of a GitHub Enterprise Server or of a test;
	// WebURL is where people sign in, if that does not follow from it.
	APIURL string `name:"github-api-url" env:"GITHUB_API_URL" default:"https://api.github.com" placeholder:"URL" help:"GitHub's API; https://HOST/api/v3 for GitHub Enterprise Server."`
	WebURL string `name:"github-web-url" env:"GITHUB_WEB_URL" placeholder:"URL" help:"GitHub's pages, where people sign in. The default follows from --github-api-url."`
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
	return parseURL("--github-api-url", raw, "https://github.example.com/api/v3")
}

// web returns the URL of GitHub's pages, with a slash at the end: the API is at a
// host of its own, or below the pages' at a GitHub Enterprise Server.
func (c Config) web(base *url.URL) (*url.URL, error) {
	if c.WebURL != "" {
		return parseURL("--github-web-url", c.WebURL, "https://github.example.com")
	}
	u := url.URL{Scheme: base.Scheme, Host: base.Host, Path: "/"}
	if host, ok := strings.CutPrefix(base.Host, "api."); ok && base.Path == "/" {
		u.Host = host
	}
	return &u, nil
}

func parseURL(flag, raw, example string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%s: give a URL such as %s, without user, query and fragment", flag, example)
	}
	if !strings.HasSuffix(u.Path, "/") {
		u.Path += "/"
	}
	return u, nil
}

// combined returns why the ways to get credentials do not go together, if they do
// not. Two that could answer for the same owner, or for a person and for all, are
// a mistake that nobody would see.
func (c Config) combined() error {
	one := c.Token != "" || c.TokenFile != ""
	app := c.AppID != "" || c.AppKeyFile != "" || c.AppInstallationID != 0
	people := c.ClientID != "" || c.ClientSecret != "" || c.ClientSecretFile != ""
	kept := c.TokenStore != "" || c.TokenStoreFile != ""
	switch {
	case c.Token != "" && c.TokenFile != "":
		return errors.New("--github-token-file and GITHUB_TOKEN are both set: leave one out")
	case one && c.TokensFile != "":
		return errors.New("--github-tokens-file and a token for everything are both set: write the latter into the file, as *=TOKEN")
	case one && app:
		return errors.New("--github-app-id and a token are both set: leave one out, or give tokens for some owners with --github-tokens-file")
	case people && (one || app || c.TokensFile != ""):
		return errors.New("--github-client-id lets people act as themselves, and another credential lets all of them act as one: leave one out")
	case app && (c.AppID == "" || c.AppKeyFile == ""):
		return errors.New("a GitHub App needs both --github-app-id and --github-app-key-file")
	case c.AppInstallationID < 0:
		return errors.New("--github-app-installation-id: give the number at the end of the URL of the installation's settings")
	case c.ClientSecret != "" && c.ClientSecretFile != "":
		return errors.New("--github-client-secret-file and GITHUB_CLIENT_SECRET are both set: leave one out")
	case people && (c.ClientID == "" || c.ClientSecret == "" && c.ClientSecretFile == ""):
		return errors.New("signing in needs both --github-client-id and what goes with it in GITHUB_CLIENT_SECRET or --github-client-secret-file")
	case c.TokenStore != "" && c.TokenStoreFile != "":
		return errors.New("--github-token-store and --github-token-store-file are both set: leave one out")
	case people && !kept:
		return errors.New("signing in needs --github-token-store: a file for the tokens, or a postgres:// URL if there is more than one replica")
	case !people && kept:
		return errors.New("--github-token-store goes with --github-client-id")
	}
	return nil
}

// secret returns the client's secret.
func (c Config) secret(log *slog.Logger) (string, error) {
	return signin.Secret("--github-client-secret-file", c.ClientSecret, c.ClientSecretFile, log)
}

// access returns what chooses credentials. Files are followed until it is closed.
func (c Config) access(ctx context.Context, base *url.URL, client *http.Client, log *slog.Logger) (*access, error) {
	if err := c.combined(); err != nil {
		return nil, err
	}
	allow, err := parseAllowed(c.AllowRepos)
	if err != nil {
		return nil, err
	}
	a := &access{allow: allow, log: log}
	if err := c.sources(ctx, a, base, client); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

func (c Config) sources(ctx context.Context, a *access, base *url.URL, client *http.Client) error {
	switch {
	case c.Token != "":
		if err := checkToken(c.Token); err != nil {
			return fmt.Errorf("what GITHUB_TOKEN holds: %w", err)
		}
		a.tokens = newTokens("GITHUB_TOKEN", map[string]string{everybody: c.Token})
	case c.TokenFile != "":
		if err := a.follow("--github-token-file", c.TokenFile, parseToken); err != nil {
			return err
		}
	case c.TokensFile != "":
		parse := parseTokens
		if c.AppID != "" {
			parse = func(content string) (map[string]string, error) {
				m, err := parseTokens(content)
				if _, all := m[everybody]; err == nil && all {
					err = errors.New("it has a token for all owners, for whom there is a GitHub App too: leave one out")
				}
				return m, err
			}
		}
		if err := a.follow("--github-tokens-file", c.TokensFile, parse); err != nil {
			return err
		}
	}
	if c.AppID != "" {
		var err error
		a.app, err = openApp(ctx, c, base, client, a.log)
		return err
	}
	return nil
}
