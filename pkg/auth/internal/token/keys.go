package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"slices"
)

// The kinds of keys besides the curves, which are called as JWK calls them.
const (
	kindRSA     = "RSA"
	kindEd25519 = "Ed25519"
)

// publicKey is *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey.
type publicKey interface{ Equal(crypto.PublicKey) bool }

// key is a published key that may verify signatures.
type key struct {
	kid, alg string // "" if it was published without
	kind     string
	public   publicKey
}

// keySet is what an issuer publishes (RFC 7517), as far as it is of use here.
type keySet struct{ keys []key }

const maxKeys = 100

// parseKeys reads a JWK set. Keys of kinds that are not known or not safe are
// left out, as section 5 wants it. The set may turn out empty: an issuer
// withdraws its keys that way.
func parseKeys(data []byte, log *slog.Logger) (*keySet, error) {
	var doc struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(data, &doc); err != nil || doc.Keys == nil {
		return nil, errors.New("the key set is not a JSON object with keys")
	}
	if len(doc.Keys) > maxKeys {
		return nil, fmt.Errorf("the key set has %d keys, of at most %d", len(doc.Keys), maxKeys)
	}
	set := new(keySet)
	for i, raw := range doc.Keys {
		k, err := parseKey(raw)
		if err != nil {
			log.Debug("a published key is not used", "number", i, "reason", err)
			continue
		}
		set.keys = append(set.keys, k)
	}
	return set, nil
}

// errUnknownKey says that no published key fits. A newer set may have one.
var errUnknownKey = errors.New("the issuer has published no key that fits")

// find returns the one key that fits the header of a token. With two it would be
// left to chance, or to the attacker, which of them counts.
func (s *keySet) find(h *header) (publicKey, error) {
	var found publicKey
	for _, k := range s.keys {
		if h.kid != "" && k.kid != h.kid || k.alg != "" && k.alg != h.alg || k.kind != algorithms[h.alg].kind {
			continue
		}
		if found != nil && !found.Equal(k.public) {
			return nil, errors.New("the issuer has published several keys that fit")
		}
		found = k.public
	}
	if found == nil {
		return nil, errUnknownKey
	}
	return found, nil
}

type jwk struct {
	Kty    string          `json:"kty"`
	Kid    string          `json:"kid"`
	Use    string          `json:"use"`
	KeyOps []string        `json:"key_ops"`
	Alg    string          `json:"alg"`
	Crv    string          `json:"crv"`
	N      string          `json:"n"`
	E      string          `json:"e"`
	X      string          `json:"x"`
	Y      string          `json:"y"`
	D      json.RawMessage `json:"d"`
}

func parseKey(raw []byte) (key, error) {
	var j jwk
	if err := json.Unmarshal(raw, &j); err != nil {
		return key{}, err
	}
	switch {
	case j.Use != "" && j.Use != "sig":
		return key{}, errors.New("its use is not sig")
	case j.KeyOps != nil && !slices.Contains(j.KeyOps, "verify"):
		return key{}, errors.New("its key_ops lack verify")
	case len(j.D) > 0:
		return key{}, errors.New("its private part was published: everybody can sign with it")
	case len(j.Kid) > maxKid:
		return key{}, errors.New("its kid is too long")
	}
	k := key{kid: j.Kid, alg: j.Alg}
	var err error
	switch {
	case j.Kty == "RSA":
		k.kind = kindRSA
		k.public, err = j.rsa()
	case j.Kty == "EC":
		k.kind = j.Crv
		k.public, err = j.ec()
	case j.Kty == "OKP" && j.Crv == "Ed25519":
		k.kind = kindEd25519
		k.public, err = j.ed25519()
	default:
		err = errors.New("its kind is not known")
	}
	return k, err
}

// An RSA key of less than 2048 bits can be broken (RFC 7518, section 3.3), one
// of more than 8192 keeps the processor busy.
const minRSA, maxRSA = 2048, 8192

func (j *jwk) rsa() (publicKey, error) {
	n, err := decode(j.N)
	if err != nil {
		return nil, err
	}
	e, err := decode(j.E)
	if err != nil {
		return nil, err
	}
	modulus, exponent := new(big.Int).SetBytes(n), new(big.Int).SetBytes(e)
	if bits := modulus.BitLen(); bits < minRSA || bits > maxRSA || modulus.Bit(0) == 0 {
		return nil, fmt.Errorf("its modulus has %d bits or is even", bits)
	}
	if exponent.BitLen() > 31 || exponent.Int64() < 3 || exponent.Bit(0) == 0 {
		return nil, errors.New("its exponent is not one of RSA")
	}
	return &rsa.PublicKey{N: modulus, E: int(exponent.Int64())}, nil
}

func (j *jwk) ec() (publicKey, error) {
	curves := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}
	curve := curves[j.Crv]
	if curve == nil {
		return nil, errors.New("its curve is not known")
	}
	x, err := decode(j.X)
	if err != nil {
		return nil, err
	}
	y, err := decode(j.Y)
	if err != nil {
		return nil, err
	}
	if len(x) != len(y) {
		return nil, errors.New("its coordinates are of different lengths")
	}
	// The parser refuses points that are not on the curve.
	public, err := ecdsa.ParseUncompressedPublicKey(curve, slices.Concat([]byte{4}, x, y))
	if err != nil {
		return nil, err
	}
	return public, nil
}

func (j *jwk) ed25519() (publicKey, error) {
	x, err := decode(j.X)
	if err != nil {
		return nil, err
	}
	if len(x) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("it has %d bytes", len(x))
	}
	return ed25519.PublicKey(x), nil
}

func decode(s string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(s) }
