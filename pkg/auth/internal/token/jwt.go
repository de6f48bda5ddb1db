package token

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// algorithm is a way to sign, and the kind of key that it needs.
type algorithm struct {
	method jwt.SigningMethod
	kind   string
}

// algorithms are all that are accepted (RFC 8725, section 3.1): never "none",
// and none with a shared secret, which would let a public key sign.
var algorithms = map[string]algorithm{
	"RS256": {jwt.SigningMethodRS256, kindRSA},
	"RS384": {jwt.SigningMethodRS384, kindRSA},
	"RS512": {jwt.SigningMethodRS512, kindRSA},
	"PS256": {jwt.SigningMethodPS256, kindRSA},
	"PS384": {jwt.SigningMethodPS384, kindRSA},
	"PS512": {jwt.SigningMethodPS512, kindRSA},
	"ES256": {jwt.SigningMethodES256, "P-256"},
	"ES384": {jwt.SigningMethodES384, "P-384"},
	"ES512": {jwt.SigningMethodES512, "P-521"},
	"EdDSA": {jwt.SigningMethodEdDSA, kindEd25519},
}

// header is what the header of a JWT says about its signature.
type header struct {
	alg   string
	kid   string // "" if it names no key
	typed bool   // its typ says that it is an access token (RFC 9068)
}

// split takes a JWT apart and decodes the parts. A token is one if it has three
// parts in base64url, of which the first is a JSON object; whether that object
// is acceptable is another matter.
func split(raw string) (parts [3][]byte, ok bool) {
	if strings.Count(raw, ".") != len(parts)-1 {
		return parts, false
	}
	for i, part := range strings.Split(raw, ".") {
		var err error
		if parts[i], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			return parts, false
		}
	}
	return parts, json.Valid(parts[0]) && bytes.HasPrefix(bytes.TrimLeft(parts[0], " \t\r\n"), []byte("{"))
}

// verifyJWT judges a JWT. All that can be judged without a key comes first, so
// that a token which is refused anyway makes no request, and the issuer above
// all, so that no token chooses whom to ask.
func (v *Verifier) verifyJWT(ctx context.Context, raw string, parts [3][]byte, now time.Time) (*Claims, error) {
	h, err := parseHeader(parts[0])
	if err != nil {
		return nil, invalid("header: %w", err)
	}
	m, err := parseObject(parts[1])
	if err != nil {
		return nil, invalid("the set of claims %w", err)
	}
	name, err := m.text("iss")
	if err != nil {
		return nil, invalid("%w", err)
	}
	is := v.issuers[name]
	if is == nil {
		return nil, invalid("issuer %q is not configured", clip(name))
	}
	if err := m.accessToken(h.typed); err != nil {
		return nil, invalid("%w", err)
	}
	c, err := v.claims(m, now, true)
	if err != nil {
		return nil, invalid("%w", err)
	}
	c.Issuer = name
	key, err := is.key(ctx, h)
	if err != nil {
		return nil, err
	}
	signed := raw[:strings.LastIndexByte(raw, '.')]
	if err := algorithms[h.alg].method.Verify(signed, parts[2], key); err != nil {
		return nil, invalid("signature: %w", err)
	}
	return c, nil
}

// maxKid bounds the name of a key. It is compared with the names of published
// keys and used for nothing else.
const maxKid = 256

func parseHeader(data []byte) (*header, error) {
	m, err := parseObject(data)
	if err != nil {
		return nil, fmt.Errorf("it %w", err)
	}
	// A token must not bring its own key along or say where one is (RFC 8725,
	// section 3.10), and no extension is understood here (RFC 7515, section
	// 4.1.11).
	for _, name := range []string{"jwk", "jku", "x5u", "x5c", "crit"} {
		if _, ok := m[name]; ok {
			return nil, fmt.Errorf("%s is not accepted", name)
		}
	}
	h := new(header)
	if h.alg, err = m.text("alg"); err != nil {
		return nil, err
	}
	if _, ok := algorithms[h.alg]; !ok {
		return nil, fmt.Errorf("alg %q is not accepted", clip(h.alg))
	}
	if h.kid, err = m.text("kid"); err != nil {
		return nil, err
	}
	if len(h.kid) > maxKid {
		return nil, fmt.Errorf("kid has %d bytes, of at most %d", len(h.kid), maxKid)
	}
	typ, err := m.text("typ")
	if err != nil {
		return nil, err
	}
	switch strings.ToLower(typ) {
	case "at+jwt", "application/at+jwt":
		h.typed = true
	case "jwt", "":
		// Auth0, Keycloak and Entra do not say more: see accessToken.
	default:
		return nil, fmt.Errorf("typ %q is not an access token's", clip(typ))
	}
	return h, nil
}

// accessToken refuses the other tokens that the same keys sign: an ID token is
// for a client to read, and every client that a user signed in to has one. typed
// says that the header called the token an access token.
func (m members) accessToken(typed bool) error {
	if !typed {
		for _, name := range []string{"nonce", "at_hash", "c_hash"} {
			if _, ok := m[name]; ok {
				return fmt.Errorf("it is an ID token: it has %s", name)
			}
		}
	}
	kind, err := m.text("typ") // Keycloak
	if err != nil {
		return err
	}
	if slices.Contains([]string{"id", "refresh", "offline", "logout"}, strings.ToLower(kind)) {
		return fmt.Errorf("its typ is %q", kind)
	}
	use, err := m.text("token_use") // Cognito, Hydra
	if err != nil {
		return err
	}
	if !slices.Contains([]string{"", "access", "access_token"}, use) {
		return fmt.Errorf("its token_use is %q", clip(use))
	}
	return nil
}
