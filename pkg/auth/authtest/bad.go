package authtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// BadToken is a token that nobody may accept.
type BadToken struct {
	Name string
	Raw  string
}

// InHeader reports whether the token arrives as it is when a client sends it in
// the header Authorization: HTTP has no control characters there, and drops
// spaces around a value.
func (b BadToken) InHeader() bool {
	return b.Raw == strings.TrimSpace(b.Raw) && b.Raw != "" &&
		!strings.ContainsFunc(b.Raw, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// Bad returns tokens that are bad for a service with this audience. All but
// those that are not of an issuer at all name this one.
func (i *Issuer) Bad(audience string) []BadToken {
	b := &forge{i: i, k: i.keys, audience: audience}
	b.algorithms()
	b.sharedSecrets()
	b.kids()
	b.keys()
	b.headers()
	b.issuers()
	b.audiences()
	b.times()
	b.principals()
	b.otherTokens()
	b.signatures()
	b.shapes()
	return b.tokens
}

// forge collects bad tokens.
type forge struct {
	i        *Issuer
	k        *keys
	audience string
	tokens   []BadToken
}

func (b *forge) add(name, raw string) { b.tokens = append(b.tokens, BadToken{name, raw}) }

// good returns the claims of a good token, with changes.
func (b *forge) good(changes map[string]any) string {
	return b.i.claims(merge(map[string]any{"aud": b.audience}, changes))
}

// token returns a token that is good but for changes.
func (b *forge) token(header, claims map[string]any) string {
	return b.i.Sign("RS256", header, merge(map[string]any{"aud": b.audience}, claims))
}

// raw returns a token of a header and claims as they stand, signed well.
func (b *forge) raw(header, claims string) string {
	return seal(header, claims, b.k.rsa.signature("RS256"))
}

func merge(into, from map[string]any) map[string]any {
	for name, value := range from {
		into[name] = value
	}
	return into
}

func (b *forge) algorithms() {
	nothing := func(string) []byte { return nil }
	for _, alg := range []string{"none", "None", "NONE", "nOnE", "none ", ""} {
		b.add(fmt.Sprintf("alg %q without signature", alg), seal(b.i.header(alg, "rsa", nil), b.good(nil), nothing))
	}
	for _, alg := range []any{"none", "rs256", "RS256 ", "RS1", "ES256K", "RSA-OAEP", "dir", "A128GCM", 256, true, []string{"RS256"}, map[string]any{"alg": "RS256"}} {
		b.add(fmt.Sprintf("alg %v with a good signature", alg), b.token(map[string]any{"alg": alg}, nil))
	}
	b.add("no alg", b.token(map[string]any{"alg": nil}, nil))
	b.add("alg null", b.raw(`{"typ":"at+jwt","alg":null,"kid":"rsa"}`, b.good(nil)))
	for _, c := range [][2]string{{"RS256", "PS256"}, {"PS256", "RS256"}, {"RS256", "RS512"}, {"RS512", "RS256"}} {
		b.add(c[0]+" that was signed with "+c[1], seal(b.i.header(c[0], "rsa", nil), b.good(nil), b.k.rsa.signature(c[1])))
	}
}

func (b *forge) sharedSecrets() {
	pub := b.k.rsa.key.Public().(*rsa.PublicKey)
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		panic(err) // RSA keys have a form
	}
	pkcs1 := x509.MarshalPKCS1PublicKey(pub)
	block := func(kind string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	for _, secret := range []struct {
		name string
		key  []byte
	}{
		{"the PEM", block("PUBLIC KEY", der)},
		{"the PEM without its last line break", []byte(strings.TrimSpace(string(block("PUBLIC KEY", der))))},
		{"the PKCS 1 PEM", block("RSA PUBLIC KEY", pkcs1)},
		{"the DER", der},
		{"the PKCS 1 DER", pkcs1},
		{"the modulus", pub.N.Bytes()},
		{"the modulus in base64", []byte(encode(pub.N.Bytes()))},
		{"nothing", []byte{}},
	} {
		for _, alg := range []string{"HS256", "HS512"} {
			b.add(alg+" with "+secret.name+" of the public key", seal(b.i.header(alg, "rsa", nil), b.good(nil), hmac(alg, secret.key)))
		}
	}
	b.add("HS256 with a published symmetric key", seal(b.i.header("HS256", "shared", nil), b.good(nil), hmac("HS256", []byte(sharedSecret))))
}

func hmac(alg string, key []byte) func(string) []byte {
	return func(input string) []byte {
		sig, err := jwt.GetSigningMethod(alg).Sign(input, key)
		if err != nil {
			panic(err) // HMAC takes every key
		}
		return sig
	}
}

func (b *forge) kids() {
	for _, kid := range []any{
		"../../../../dev/null", "/proc/self/environ", "rsa' OR '1'='1", "x' UNION SELECT 'secret", "https://attacker.example/key", "file:///etc/passwd",
		"rsa\x00", "\x00", "RSA", "rsa ", " rsa", "rsa\r\nX-Injected: 1", "$(id)", "; sleep 9", "%2e%2e%2f", "{{7*7}}", strings.Repeat("k", 10<<10), strings.Repeat("k", 257),
		"", 7, 0, true, []string{"rsa"}, map[string]any{"kid": "rsa"},
	} {
		text := fmt.Sprint(kid)
		b.add(fmt.Sprintf("kid %.30q of %d bytes", text, len(text)), b.token(map[string]any{"kid": kid}, nil))
	}
	b.add("kid null", b.raw(`{"typ":"at+jwt","alg":"RS256","kid":null}`, b.good(nil)))
	b.add("kid of /dev/null with an empty secret", seal(b.i.header("HS256", "../../dev/null", nil), b.good(nil), hmac("HS256", []byte{})))
	for n := range 20 {
		b.add(fmt.Sprintf("unknown kid %d", n), b.token(map[string]any{"kid": "unknown-" + random()}, nil))
	}
	for _, s := range []*signer{b.k.p256, b.k.other, b.i.current()} {
		b.add("no kid and several keys that fit, of which "+s.kid, seal(b.i.header("ES256", "", map[string]any{"kid": nil}), b.good(nil), s.signature("ES256")))
	}
}

// keys are wrong keys under the right names, and keys that must not be used.
func (b *forge) keys() {
	for _, c := range []struct {
		name, alg string
		s         *signer
	}{
		{"another RSA key under a published name", "RS256", b.k.attackerRSA},
		{"another RSA key with PSS", "PS256", b.k.attackerRSA},
		{"another EC key under a published name", "ES256", b.k.attackerEC},
		{"another Ed25519 key under a published name", "EdDSA", b.k.attackerEd},
		{"a key that was never published", "ES256", b.k.attackerFree},
		{"an RSA key of 1024 bits", "RS256", b.k.weak},
		{"a key for encryption", "RS256", b.k.enc},
		{"a key that may not verify", "RS256", b.k.ops},
		{"a key that is for PS256 only", "RS256", b.k.ps},
		{"a key whose private part was published", "ES256", b.k.leaked},
	} {
		b.add(c.name, seal(b.i.header(c.alg, c.s.kid, nil), b.good(nil), c.s.signature(c.alg)))
	}
	b.add("ES256 with a key on P-384", seal(b.i.header("ES256", "p384", nil), b.good(nil), b.ecdsa(b.k.p384, 48)))
	b.add("ES256 with a key on P-384, cut to its length", seal(b.i.header("ES256", "p384", nil), b.good(nil), b.ecdsa(b.k.p384, 32)))
	b.add("ES256 with the name of an RSA key", seal(b.i.header("ES256", "rsa", nil), b.good(nil), b.k.p256.signature("ES256")))
	b.add("RS256 with the name of an EC key", seal(b.i.header("RS256", "p256", nil), b.good(nil), b.k.rsa.signature("RS256")))
	b.add("EdDSA with the name of an EC key", seal(b.i.header("EdDSA", "p256", nil), b.good(nil), b.k.ed.signature("EdDSA")))
	b.add("ES256 with another published key's name", seal(b.i.header("ES256", "other", nil), b.good(nil), b.k.p256.signature("ES256")))
}

// ecdsa signs the SHA-256 of the input with numbers of size bytes each.
func (b *forge) ecdsa(s *signer, size int) func(string) []byte {
	return func(input string) []byte {
		r, t := rs(s, input)
		sig := make([]byte, 2*size)
		copy(sig[:size], r.FillBytes(make([]byte, 66))[66-size:])
		copy(sig[size:], t.FillBytes(make([]byte, 66))[66-size:])
		return sig
	}
}

// rs returns the two numbers of an ECDSA signature over the SHA-256 of input.
func rs(s *signer, input string) (r, t *big.Int) {
	sum := sha256.Sum256([]byte(input))
	der, err := s.key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		panic(err) // an EC key signs every hash
	}
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &pair); err != nil {
		panic(err) // the standard library's own encoding
	}
	return pair.R, pair.S
}

func (b *forge) headers() {
	own := b.k.attackerFree
	attacker := func(changes map[string]any) string {
		return seal(b.i.header("ES256", "attacker", changes), b.good(nil), own.signature("ES256"))
	}
	b.add("its own key in jwk", attacker(map[string]any{"jwk": own.jwk(nil)}))
	b.add("its own key in jku", attacker(map[string]any{"jku": "https://attacker.example/keys"}))
	b.add("its own key in x5u", attacker(map[string]any{"x5u": "https://attacker.example/cert"}))
	b.add("its own key in x5c", attacker(map[string]any{"x5c": []string{"MIIB"}}))
	for name, value := range map[string]any{
		"jwk": b.k.rsa.jwk(nil), "jku": b.i.URL + "/keys", "x5u": b.i.URL + "/keys", "x5c": []string{"MIIB"},
		"crit": []string{"exp"},
	} {
		b.add("header "+name+" on a good token", b.token(map[string]any{name: value}, nil))
	}
	b.add("empty crit", b.token(map[string]any{"crit": []string{}}, nil))
	b.add("crit b64", b.token(map[string]any{"crit": []string{"b64"}, "b64": false}, nil))
	for _, typ := range []any{"id+jwt", "dpop+jwt", "logout+jwt", "secevent+jwt", "rt+jwt", "application/jwt", "JWE", " at+jwt", "at+jwt ", "at+jwt; v=1", "at+jwt\x00", 7, []string{"at+jwt"}} {
		b.add(fmt.Sprintf("typ %q", fmt.Sprint(typ)), b.token(map[string]any{"typ": typ}, nil))
	}
	for name, header := range map[string]string{
		"alg twice":               `{"alg":"none","typ":"at+jwt","kid":"rsa","alg":"RS256"}`,
		"alg twice, escaped":      `{"\u0061lg":"none","typ":"at+jwt","kid":"rsa","alg":"RS256"}`,
		"kid twice":               `{"alg":"RS256","typ":"at+jwt","kid":"x","kid":"rsa"}`,
		"typ twice":               `{"alg":"RS256","typ":"id+jwt","typ":"at+jwt","kid":"rsa"}`,
		"header is an array":      `[{"alg":"RS256","typ":"at+jwt","kid":"rsa"}]`,
		"header is null":          `null`,
		"header is empty":         ``,
		"header goes on":          `{"alg":"RS256","typ":"at+jwt","kid":"rsa"}{}`,
		"header has a BOM":        "\ufeff" + `{"alg":"RS256","typ":"at+jwt","kid":"rsa"}`,
		"header is not UTF-8":     `{"alg":"RS256","typ":"at+jwt","kid":"rsa","x":"` + "\xff" + `"}`,
		"header has a comma":      `{"alg":"RS256","typ":"at+jwt","kid":"rsa",}`,
		"header has a comment":    `{"alg":"RS256","typ":"at+jwt","kid":"rsa"/**/}`,
		"header is single-quoted": `{'alg':'RS256','typ':'at+jwt','kid':'rsa'}`,
	} {
		b.add(name, b.raw(header, b.good(nil)))
	}
}

func (b *forge) issuers() {
	for _, iss := range []any{
		b.i.URL + ".attacker.example", b.i.URL + "/", b.i.URL + "/tenant", b.i.URL + "x", b.i.URL[:len(b.i.URL)-1], " " + b.i.URL, b.i.URL + "\x00", b.i.URL + "#", b.i.URL + "?",
		strings.ToUpper(b.i.URL), strings.Replace(b.i.URL, "://", "://user@", 1), "https://attacker.example", "https://attacker.example/?" + b.i.URL, "", "*", 7, true,
		[]string{b.i.URL}, map[string]any{"iss": b.i.URL},
	} {
		b.add(fmt.Sprintf("iss %q", fmt.Sprint(iss)), b.token(nil, map[string]any{"iss": iss}))
	}
	b.add("no iss", b.token(nil, map[string]any{"iss": nil}))
	b.add("iss null", b.raw(b.i.header("RS256", "rsa", nil), strings.Replace(b.good(nil), `"iss":"`+b.i.URL+`"`, `"iss":null`, 1)))
}

func (b *forge) audiences() {
	scheme, rest, _ := strings.Cut(b.audience, "://")
	host, _, _ := strings.Cut(rest, "/")
	for _, aud := range []any{
		"https://other.example/mcp", "", b.audience + "2", b.audience + "/x", b.audience + "//", b.audience + "?", b.audience + "#", b.audience + "%2f", b.audience + "\x00", " " + b.audience,
		scheme + "://" + host, scheme + "://user@" + rest, scheme + "://" + host + ".attacker.example/mcp", scheme + "://attacker.example/" + rest, rest, "*",
		b.audience + " https://other.example", 7, true, map[string]any{"aud": b.audience},
		[]string{}, []string{"https://other.example", "https://third.example"}, []any{[]string{b.audience}}, []any{b.audience, 7}, []any{nil, b.audience},
	} {
		b.add(fmt.Sprintf("aud %q", fmt.Sprint(aud)), b.token(nil, map[string]any{"aud": aud}))
	}
	b.add("no aud", b.token(nil, map[string]any{"aud": nil}))
}

func (b *forge) times() {
	now := b.i.now().Unix()
	for name, value := range map[string]any{
		"nbf": now + 3600, "iat": now + 3600, "exp": now - 3600,
	} {
		b.add(name+" an hour off", b.token(nil, map[string]any{name: value}))
	}
	b.add("expired beyond the leeway", b.token(nil, map[string]any{"exp": now - 31}))
	b.add("nbf beyond the leeway", b.token(nil, map[string]any{"nbf": now + 120}))
	b.add("no exp", b.token(nil, map[string]any{"exp": nil}))
	for _, name := range []string{"exp", "nbf", "iat"} {
		for _, value := range []any{fmt.Sprint(now), "NaN", "", -1, int64(math.MaxInt64), 1e300, true, []int64{now}, map[string]any{}} {
			b.add(fmt.Sprintf("%s %#v", name, value), b.token(nil, map[string]any{name: value}))
		}
		for _, value := range []string{"NaN", "Infinity", "-Infinity", "1e400", "null", "0x7fffffff", "+1"} {
			claims := b.good(map[string]any{name: "VALUE"})
			b.add(name+" "+value, b.raw(b.i.header("RS256", "rsa", nil), strings.Replace(claims, `"VALUE"`, value, 1)))
		}
	}
}

func (b *forge) principals() {
	b.add("neither sub nor client_id", b.token(nil, map[string]any{"sub": nil, "client_id": nil}))
	for _, name := range []string{"sub", "client_id"} {
		for _, value := range []any{"", 7, true, []string{"alice"}, map[string]any{}, "alice\x00", "alice\nadmin", "alice\u0085"} {
			b.add(fmt.Sprintf("%s %#v", name, value), b.token(nil, map[string]any{name: value}))
		}
	}
	for _, name := range []string{"scope", "scp", "permissions"} {
		for _, value := range []any{7, true, map[string]any{"demo:read": true}, []any{"demo:read", 7}, []any{[]string{"demo:read"}}} {
			b.add(fmt.Sprintf("%s %v", name, value), b.token(nil, map[string]any{name: value}))
		}
	}
	good := strings.TrimSuffix(b.good(nil), "}")
	header := b.i.header("RS256", "rsa", nil)
	for name, claims := range map[string]string{
		"aud twice":            good + `,"aud":"` + b.audience + `"}`,
		"aud twice, escaped":   good + `,"\u0061ud":"` + b.audience + `"}`,
		"iss twice":            good + `,"iss":"` + b.i.URL + `"}`,
		"exp twice":            good + `,"exp":4102444800}`,
		"sub twice":            good + `,"sub":"bob"}`,
		"scope twice":          good + `,"scope":"demo:admin"}`,
		"unknown claim twice":  good + `,"x":1,"x":1}`,
		"claims are not UTF-8": good + `,"x":"` + "\xff" + `"}`,
		"claims go on":         good + `}{}`,
		"claims are an array":  `[` + good + `}]`,
		"claims are a string":  `"claims"`,
		"claims are null":      `null`,
		"claims are empty":     ``,
		"claims end early":     good,
		"claims hold NUL":      good + "}\x00",
		"sub is a broken pair": strings.Replace(good, `"sub":"alice"`, `"sub":"\ud800"`, 1) + "}",
		"sub null":             strings.Replace(good, `"sub":"alice"`, `"sub":null`, 1) + "}",
		"scope null":           strings.Replace(good, `"scope":"demo:read"`, `"scope":null`, 1) + "}",
		"claims are very deep": good + `,"x":` + strings.Repeat("[", 5000) + `}`,
	} {
		b.add(name, b.raw(header, claims))
	}
}

// otherTokens are good tokens of the same issuer for another purpose.
func (b *forge) otherTokens() {
	for _, typ := range []any{"JWT", nil} {
		for _, name := range []string{"nonce", "at_hash", "c_hash"} {
			b.add(fmt.Sprintf("an ID token by its %s, typ %v", name, typ), b.token(map[string]any{"typ": typ}, map[string]any{name: "n-0S6_WzA2Mj"}))
		}
		for _, kind := range []string{"ID", "Refresh", "Offline", "Logout"} {
			b.add(fmt.Sprintf("a Keycloak token of typ %s, typ %v", kind, typ), b.token(map[string]any{"typ": typ}, map[string]any{"typ": kind}))
		}
		for _, use := range []any{"id", "refresh", "ID", 7} {
			b.add(fmt.Sprintf("token_use %v, typ %v", use, typ), b.token(map[string]any{"typ": typ}, map[string]any{"token_use": use}))
		}
	}
	b.add("bound to a key of the client", b.token(nil, map[string]any{"cnf": map[string]any{"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}))
	b.add("bound to a certificate of the client", b.token(nil, map[string]any{"cnf": map[string]any{"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}}))
}

func (b *forge) signatures() {
	token := b.token(nil, nil)
	input := token[:strings.LastIndexByte(token, '.')]
	header, payload, _ := strings.Cut(input, ".")
	sig := token[len(input)+1:]
	raw, err := base64.RawURLEncoding.DecodeString(sig)
	if err != nil {
		panic(err) // made a line above
	}
	b.add("no signature", input+".")
	b.add("half a signature", input+"."+encode(raw[:128]))
	b.add("a signature without its last byte", input+"."+encode(raw[:255]))
	b.add("a signature with a byte more", input+"."+encode(append(raw[:256:256], 0)))
	b.add("a signature with a zero before it", input+"."+encode(append([]byte{0}, raw...)))
	flipped := append([]byte{}, raw...)
	flipped[17] ^= 1
	b.add("a signature with a flipped bit", input+"."+encode(flipped))
	b.add("a signature of zeros", input+"."+encode(make([]byte, 256)))
	b.add("another token's signature", input+b.token(nil, nil)[len(input):])
	b.add("other claims under a signature", header+"."+encode([]byte(b.good(map[string]any{"sub": "admin"})))+"."+sig)
	b.add("another header under a signature", encode([]byte(b.i.header("RS256", "rsa", map[string]any{"x": 1})))+"."+payload+"."+sig)

	es := func(name string, sign func(string) []byte) {
		b.add(name, seal(b.i.header("ES256", "p256", nil), b.good(nil), sign))
	}
	own := b.ecdsa(b.k.p256, 32)
	es("ECDSA: zeros", func(string) []byte { return make([]byte, 64) })
	es("ECDSA: a byte short", func(in string) []byte { return own(in)[:63] })
	es("ECDSA: a byte long", func(in string) []byte { return append(own(in), 0) })
	es("ECDSA: one number", func(in string) []byte { return own(in)[:32] })
	es("ECDSA: numbers of 33 bytes", b.ecdsa(b.k.p256, 33))
	es("ECDSA: the order of the curve", func(string) []byte {
		n := b.k.p256.key.Public().(*ecdsa.PublicKey).Params().N.Bytes()
		return append(n, n...)
	})
	es("ECDSA: ASN.1", func(in string) []byte {
		r, s := rs(b.k.p256, in)
		der, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
		if err != nil {
			panic(err) // two numbers have a form
		}
		return der
	})
	ed := seal(b.i.header("EdDSA", "ed", nil), b.good(nil), func(in string) []byte { return b.k.ed.signature("EdDSA")(in)[:63] })
	b.add("Ed25519: a byte short", ed)
}

func (b *forge) shapes() {
	good := b.token(nil, nil)
	parts := strings.Split(good, ".")
	for name, raw := range map[string]string{
		"empty":                     "",
		"one dot":                   ".",
		"two dots":                  "..",
		"many dots":                 strings.Repeat(".", 9000),
		"two parts":                 parts[0] + "." + parts[1],
		"four parts":                good + ".",
		"five parts":                good + "." + parts[1] + "." + parts[2],
		"no header":                 "." + parts[1] + "." + parts[2],
		"no claims":                 parts[0] + ".." + parts[2],
		"space before":              " " + good,
		"space behind":              good + " ",
		"space inside":              parts[0] + ". " + parts[1] + "." + parts[2],
		"tab":                       parts[0] + ".\t" + parts[1] + "." + parts[2],
		"line break behind":         good + "\n",
		"line break inside":         parts[0] + ".\n" + parts[1] + "." + parts[2],
		"CR LF inside":              parts[0] + ".\r\n" + parts[1] + "." + parts[2],
		"folded line":               parts[0] + ".\r\n " + parts[1] + "." + parts[2],
		"NUL behind":                good + "\x00",
		"NUL inside":                parts[0] + "\x00." + parts[1] + "." + parts[2],
		"not UTF-8":                 good + "\xff\xfe",
		"a no-break space":          good + "\u00a0",
		"a full-width dot":          parts[0] + "\uff0e" + parts[1] + "\uff0e" + parts[2],
		"padding":                   parts[0] + "." + parts[1] + "." + parts[2] + "==",
		"padding in the header":     encode([]byte(b.i.header("RS256", "rsa", nil))) + "=." + parts[1] + "." + parts[2],
		"base64 for files":          parts[0] + "." + parts[1] + "." + strings.NewReplacer("-", "+", "_", "/").Replace(parts[2]),
		"bits behind the last byte": good[:len(good)-1] + string(behind(good[len(good)-1])),
		"quoted":                    `"` + good + `"`,
		"with its scheme":           "Bearer " + good,
		"two tokens":                good + "," + b.token(nil, nil),
		"two tokens with a space":   good + " " + b.token(nil, nil),
		"percent-encoded":           strings.ReplaceAll(good, ".", "%2E"),
		"the JSON form":             `{"protected":"` + parts[0] + `","payload":"` + parts[1] + `","signature":"` + parts[2] + `"}`,
		"huge":                      b.token(nil, map[string]any{"x": strings.Repeat("x", 17<<10)}),
		"a word":                    "admin",
		"null":                      "null",
		"undefined":                 "undefined",
	} {
		b.add(name, raw)
	}
}

// behind returns the letter of base64url whose leading bits are those of c, and
// whose last bit differs.
func behind(c byte) byte {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return letters[strings.IndexByte(letters, c)^1]
}
