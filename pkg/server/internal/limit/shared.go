package limit

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	answerTimeout = 100 * time.Millisecond
	dialTimeout   = 500 * time.Millisecond
)

//go:embed script.lua
var source string

// shared are the buckets in Redis.
type shared struct {
	prefix string // of keys
	opts   *redis.Options
	script *redis.Script
	client atomic.Pointer[redis.Client] // nil before the first probe that succeeded
}

var errURL = errors.New("the Redis URL is not one: give redis://host:6379/0, with USER:PASSWORD@ before the host if needed, rediss:// for TLS, " +
	"or unix:///path/redis.sock, with the signs / ? # @ of a password written as %2F %3F %23 %40")

// newShared connects to nothing. Its errors do not repeat the URL.
func newShared(service, redisURL string) (*shared, error) {
	// After a # in a password, the rest of the URL would be ignored.
	if u, err := url.Parse(redisURL); err != nil || u.Fragment != "" || u.Opaque != "" {
		return nil, errURL
	}
	opts, err := redis.ParseURL(redisURL)
	if err != nil {
		return nil, errURL
	}
	opts.Protocol = 2
	opts.DisableIdentity = true
	opts.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	opts.ContextTimeoutEnabled = true
	opts.DialTimeout, opts.DialerRetries = dialTimeout, 1
	opts.ReadTimeout, opts.WriteTimeout, opts.PoolTimeout = answerTimeout, answerTimeout, answerTimeout
	opts.MaxRetries = -1
	opts.PoolSize, opts.MaxActiveConns, opts.MinIdleConns, opts.PipelinePoolSize = 16, 16, 0, -1
	opts.ReadBufferSize, opts.WriteBufferSize = 4<<10, 4<<10
	// Before gateways forget a silent connection, which then answers nothing.
	opts.ConnMaxIdleTime = 3 * time.Minute
	// What the library would write to standard error, in a form of its own, is
	// in State and in the log of a Limiter.
	logging.Disable()
	return &shared{prefix: "mcpfleet:" + service + ":rate:", opts: opts, script: redis.NewScript(source)}, nil
}

// take takes n tokens, all or none: wait is zero if they were taken. debt is how
// long it takes until the bucket is full.
func (s *shared) take(ctx context.Context, principal string, rate Rate, n int) (wait, debt time.Duration, err error) {
	// Principals may be names of persons, which do not belong into keys.
	hash := sha256.Sum256([]byte(principal))
	return s.run(ctx, s.client.Load(), base64.RawURLEncoding.EncodeToString(hash[:16]), rate, n)
}

func (s *shared) run(ctx context.Context, c *redis.Client, key string, rate Rate, n int) (wait, debt time.Duration, err error) {
	// A caller that hangs up must not cost a connection, or many of them could
	// make Redis look away.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerTimeout)
	defer cancel()
	res, err := s.script.Run(ctx, c, []string{s.prefix + key}, micros(rate.interval), micros(rate.capacity()), n).Int64Slice()
	if err != nil {
		return 0, 0, err
	}
	if len(res) != 2 {
		return 0, 0, fmt.Errorf("%d numbers in the answer", len(res))
	}
	return time.Duration(res[0]) * time.Microsecond, time.Duration(res[1]) * time.Microsecond, nil
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// probe reports whether Redis does what take needs. If it does, take uses it
// from now on.
func (s *shared) probe(ctx context.Context) error {
	// A new client: connections from before may hang, each for a timeout.
	c := redis.NewClient(s.opts)
	err := s.try(ctx, c)
	if err != nil {
		_ = c.Close()
		return err
	}
	s.drop()
	s.client.Store(c)
	return nil
}

func (s *shared) try(ctx context.Context, c *redis.Client) error {
	connect, cancel := context.WithTimeout(ctx, dialTimeout+answerTimeout)
	defer cancel()
	if err := c.Ping(connect).Err(); err != nil {
		return err
	}
	// A server without memory, or a replica, answers all that does not write. The
	// bucket is of a rate that never refuses, as that would not write either.
	_, _, err := s.run(ctx, c, "probe", Rate{interval: time.Millisecond, burst: most}, 1)
	return err
}

// drop closes the connections. Until the next probe that succeeds, take fails.
func (s *shared) drop() {
	if c := s.client.Load(); c != nil {
		// An error would be about connections that nobody needs any more.
		_ = c.Close()
	}
}

// reason says in other words what err is about: those of the libraries have the
// address in them, and some servers' errors the name of the user.
func reason(err error) string {
	var (
		refused redis.Error
		name    *net.DNSError
		cert    *tls.CertificateVerificationError
	)
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, redis.ErrPoolTimeout):
		return "Redis does not answer in time"
	case errors.As(err, &refused):
		code, _, _ := strings.Cut(err.Error(), " ")
		if code != "" && len(code) < 20 && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
			return "Redis refuses with " + code
		}
		return "Redis refuses"
	case errors.As(err, &name):
		return "the host of Redis is not found"
	case errors.As(err, &cert):
		return "the certificate of Redis is not trusted"
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOENT):
		return "nothing listens at the address of Redis"
	}
	return "the connection to Redis fails"
}
