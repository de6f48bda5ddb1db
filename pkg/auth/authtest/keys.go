package authtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"sync"

	"github.com/golang-jwt/jwt/v5"
)

// signer is a private key under the name by which it is published.
type signer struct {
	kid string
	key crypto.Signer
}

// keys are made once for a process: RSA takes its time.
type keys struct {
	rsa, ps, weak, enc, ops  *signer // RSA: plain, for PS256 only, 1024 bits, for encryption, for signing only
	p256, other, p384, p521  *signer
	ed                       *signer
	leaked                   *signer // published with its private part
	attackerRSA, attackerEC  *signer // never published, under names that are
	attackerEd, attackerFree *signer
}

var p256, p384, p521 = elliptic.P256(), elliptic.P384(), elliptic.P521()

var sharedKeys = sync.OnceValue(func() *keys {
	return &keys{
		rsa: newRSA("rsa", 2048), ps: newRSA("ps", 2048), weak: newRSA("weak", 1024),
		enc: newRSA("enc", 2048), ops: newRSA("ops", 2048),
		p256: newEC("p256", p256), other: newEC("other", p256), p384: newEC("p384", p384), p521: newEC("p521", p521),
		ed:          newEd("ed"),
		leaked:      newEC("leaked", p256),
		attackerRSA: newRSA("rsa", 2048), attackerEC: newEC("p256", p256), attackerEd: newEd("ed"),
		attackerFree: newEC("attacker", p256),
	}
})

// published returns the public keys as a JWK set lists them.
func (k *keys) published() []any {
	private, err := k.leaked.key.(*ecdsa.PrivateKey).Bytes()
	if err != nil {
		panic(err) // only of a key that is not on its curve
	}
	return []any{
		k.rsa.jwk(nil),
		k.ps.jwk(map[string]any{"alg": "PS256"}),
		k.weak.jwk(nil),
		k.enc.jwk(map[string]any{"use": "enc"}),
		k.ops.jwk(map[string]any{"use": nil, "key_ops": []string{"sign"}}),
		k.p256.jwk(nil), k.other.jwk(nil), k.p384.jwk(nil), k.p521.jwk(nil),
		k.ed.jwk(map[string]any{"alg": "EdDSA"}),
		k.leaked.jwk(map[string]any{"d": encode(private)}),
		map[string]any{"kty": "oct", "kid": "shared", "k": encode([]byte(sharedSecret))},
		map[string]any{"kty": "AKP", "kid": "future", "alg": "ML-DSA-44", "pub": "AAAA"},
		map[string]any{"kty": "RSA", "kid": 7, "n": false},
	}
}

// sharedSecret is a symmetric key that the issuer publishes by mistake.
const sharedSecret = "a symmetric key that everybody knows"

// forAlgorithm returns the published key that signs with an algorithm.
func (k *keys) forAlgorithm(alg string) *signer {
	switch alg {
	case "ES256":
		return k.p256
	case "ES384":
		return k.p384
	case "ES512":
		return k.p521
	case "EdDSA":
		return k.ed
	}
	return k.rsa
}

func newRSA(kid string, bits int) *signer {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	return made(kid, key, err)
}

func newEC(kid string, curve elliptic.Curve) *signer {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	return made(kid, key, err)
}

func newEd(kid string) *signer {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return made(kid, key, err)
}

func made(kid string, key crypto.Signer, err error) *signer {
	if err != nil {
		panic(err) // a kind of key that Go does not make
	}
	return &signer{kid, key}
}

// jwk returns the public key as a JWK, with changes to its members.
func (s *signer) jwk(changes map[string]any) map[string]any {
	m := map[string]any{"kid": s.kid, "use": "sig"}
	switch pub := s.key.Public().(type) {
	case *rsa.PublicKey:
		m["kty"], m["n"], m["e"] = "RSA", encode(pub.N.Bytes()), encode(big.NewInt(int64(pub.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := pub.Bytes()
		if err != nil {
			panic(err) // only of a key that is not on its curve
		}
		half := len(point) / 2
		m["kty"], m["crv"] = "EC", pub.Curve.Params().Name
		m["x"], m["y"] = encode(point[1:1+half]), encode(point[1+half:])
	case ed25519.PublicKey:
		m["kty"], m["crv"], m["x"] = "OKP", "Ed25519", encode(pub)
	}
	for name, value := range changes {
		m[name] = value
		if value == nil {
			delete(m, name)
		}
	}
	return m
}

// signature returns what signs with an algorithm.
func (s *signer) signature(alg string) func(input string) []byte {
	return func(input string) []byte {
		sig, err := jwt.GetSigningMethod(alg).Sign(input, s.key)
		if err != nil {
			panic(err) // the key is not of the algorithm's kind
		}
		return sig
	}
}

// seal returns a JWT of a header and claims as they stand.
func seal(header, claims string, sign func(input string) []byte) string {
	input := encode([]byte(header)) + "." + encode([]byte(claims))
	return input + "." + encode(sign(input))
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func random() string {
	b := make([]byte, 9)
	_, _ = rand.Read(b) // never fails
	return encode(b)
}
