package upstream

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
)

// outside reaches what an answer points to elsewhere. Who can write an answer's
// URLs could otherwise have this process ask what only it can reach.
type outside struct {
	cfg    Config
	direct *http.Transport
	// proxied is for where all requests go through a proxy, which then decides
	// what is reached by name.
	proxied *http.Transport
}

func newOutside(cfg Config) *outside {
	o := &outside{cfg: cfg}
	// A certificate of the client is a credential too: only what is trusted is kept.
	if cfg.TLS != nil {
		cfg.TLS = &tls.Config{RootCAs: cfg.TLS.RootCAs, MinVersion: cfg.TLS.MinVersion}
	}
	o.proxied, o.direct = newTransport(cfg), newTransport(cfg)
	o.direct.Proxy = nil
	o.direct.DialContext = (&net.Dialer{Timeout: cfg.ConnectTimeout, Control: o.control}).DialContext
	return o
}

// plain says that a base URL is without encryption.
func (o *outside) plain() bool {
	for _, u := range o.cfg.BaseURLs {
		if u.Scheme == "http" {
			return true
		}
	}
	return false
}

// RoundTrip implements [http.RoundTripper].
func (o *outside) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" && !(r.URL.Scheme == "http" && o.plain()) {
		return nil, &RefusedError{o.cfg.Name, "it points to a place that is not https"}
	}
	proxy, err := o.proxied.Proxy(r)
	if err != nil || proxy == nil {
		return o.direct.RoundTrip(r)
	}
	if o.inner(r.Context(), r.URL) {
		return nil, o.refused()
	}
	return o.proxied.RoundTrip(r)
}

// inner says whether a URL names what only some can reach, as far as that is known
// here: a proxy may find other addresses for a name.
func (o *outside) inner(ctx context.Context, u *url.URL) bool {
	name := strings.TrimSuffix(lower(u.Hostname()), ".")
	if ip, err := netip.ParseAddr(name); err == nil {
		return !o.permits(ip)
	}
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return !o.own()[ofThisMachine]
	}
	// Many take numbers for addresses: 2130706433, 0x7f.1, 127.1.
	if last := name[strings.LastIndexByte(name, '.')+1:]; last == "" || last[0] >= '0' && last[0] <= '9' {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, o.cfg.ConnectTimeout)
	defer cancel()
	return slices.ContainsFunc(lookup(ctx, u), func(ip netip.Addr) bool { return !o.permits(ip) })
}

// CloseIdleConnections ends the connections that wait for more.
func (o *outside) CloseIdleConnections() {
	o.direct.CloseIdleConnections()
	o.proxied.CloseIdleConnections()
}

// control sees each address before it is connected to, whatever name led to it.
func (o *outside) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !o.permits(at.Addr()) {
		return o.refused()
	}
	return nil
}

func (o *outside) refused() error {
	return &RefusedError{o.cfg.Name, "it points to an address that is not public"}
}

func (o *outside) permits(ip netip.Addr) bool {
	k := classOf(ip)
	return k == public || k != never && o.own()[k]
}

// own returns the classes of the base URLs' own addresses: the storage of a
// server in a private network is in it too.
func (o *outside) own() map[class]bool {
	ctx, cancel := context.WithTimeout(context.Background(), o.cfg.ConnectTimeout)
	defer cancel()
	found := make(map[class]bool)
	for _, u := range o.cfg.BaseURLs {
		for _, ip := range lookup(ctx, u) {
			found[classOf(ip)] = true
		}
	}
	return found
}

func lookup(ctx context.Context, u *url.URL) []netip.Addr {
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
		return []netip.Addr{ip}
	}
	// Without an answer nothing more is permitted.
	list, _ := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	return list
}

// class is who can reach an address.
type class int

const (
	public class = iota
	ofThisMachine
	private
	never // link-local with the metadata of clouds, multicast, reserved
)

var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("3fff::/20"),
	netip.MustParsePrefix("5f00::/16"),
	netip.MustParsePrefix("fec0::/10"),
}

var (
	// Where clouds serve the credentials of a machine, besides link-local addresses.
	metadata = []netip.Prefix{
		netip.MustParsePrefix("100.100.100.200/32"),
		netip.MustParsePrefix("168.63.129.16/32"),
		netip.MustParsePrefix("fd00:ec2::/32"),
		netip.MustParsePrefix("fd20:ce::/32"),
	}
	carrier = netip.MustParsePrefix("100.64.0.0/10") // shared by a provider's customers, RFC 6598
	nat64   = netip.MustParsePrefix("64:ff9b::/96")  // an IPv4 address in its last bytes, RFC 6052
)

func classOf(ip netip.Addr) class {
	ip = ip.WithZone("").Unmap()
	if nat64.Contains(ip) {
		b := ip.As16()
		ip = netip.AddrFrom4([4]byte(b[12:]))
	}
	switch {
	case slices.ContainsFunc(metadata, func(p netip.Prefix) bool { return p.Contains(ip) }):
		return never
	case ip.IsLoopback():
		return ofThisMachine
	case ip.IsPrivate(), carrier.Contains(ip):
		return private
	case !ip.IsGlobalUnicast():
		return never
	}
	for _, p := range reserved {
		if p.Contains(ip) {
			return never
		}
	}
	return public
}
