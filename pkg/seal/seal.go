// Package seal hands data to clients that they carry back but can neither read
// nor change: session ids, cursors, confirmations, request state, stored tokens.
//
// A token that [Keys.Seal] made is opened by [Keys.Open] only with the same
// purpose and the same bound strings, by a process that has the key. It may be
// sent in a header or a URL as it is. A token has no end and may be sent twice:
// what must expire or be used once says so in its plaintext.
//
// Each token has a random nonce of 96 bits, so a key is good for 2^32 tokens of
// one purpose (NIST SP 800-38D, section 8.3), all replicas together: at 100 a
// second that is more than a year. Rotate before, in three changes of the file,
// each when all replicas have seen the one before, which in Kubernetes takes up
// to two minutes: add the new key as the last line, put it first, and take the
// old one away when what it sealed has expired. A key that is put first at once
// seals in some replicas what others cannot open yet.
//
// Start with [Open], which follows the file, or [New].
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/mcpfleet/mcpfleet/pkg/follow"
)

// MaxToken is the longest token that [Keys.Open] looks at, in bytes. It is
// reached by a plaintext of about 48 KiB.
const MaxToken = 64 << 10

// ErrToken is the error for every token that is not accepted. It does not say
// why: who tries tokens learns nothing from the answers.
var ErrToken = errors.New("the token is not valid here")

// A token is, before base64: version, mark of the key, nonce, ciphertext, tag.
const (
	version  = 1
	markLen  = 4
	header   = 1 + markLen
	overhead = 12 + 16 // nonce and tag
	keyLen   = 32
)

// maxPurposes bounds the ciphers that one key keeps.
const maxPurposes = 64

var encoding = base64.RawURLEncoding

// Keys seals with one key and opens with several. It is safe for concurrent
// use. The zero value is not usable: see [New], [Parse] and [Open].
type Keys struct {
	list atomic.Pointer[[]*key]
	file *follow.File // nil if there is none
}

// New returns Keys with one random key. What it seals is of no use to another
// process, nor to this one after a restart.
func New() *Keys {
	secret := make([]byte, keyLen)
	rand.Read(secret)
	return hold([]*key{newKey("process", secret)})
}

func hold(list []*key) *Keys {
	k := new(Keys)
	k.list.Store(&list)
	return k
}

// Seal returns a token with plaintext inside. purpose is a constant of the
// caller's, which separates its tokens from all others; bound are what else a
// token is good for only together with: whom it was made for, which tool. They
// are not part of the token, and of any length.
func (k *Keys) Seal(purpose string, plaintext []byte, bound ...string) string {
	key := (*k.list.Load())[0]
	token := make([]byte, 0, header+overhead+len(plaintext))
	token = append(token, version)
	token = append(token, key.mark[:]...)
	var buf [256]byte // on the stack; more is allocated
	token = key.cipher(purpose).Seal(token, nil, plaintext, additional(buf[:0], token, purpose, bound))
	return encoding.EncodeToString(token)
}

// Open returns the plaintext of a token that was sealed with the same purpose
// and bound strings. Its only error is [ErrToken].
func (k *Keys) Open(purpose, token string, bound ...string) ([]byte, error) {
	if len(token) > MaxToken {
		return nil, ErrToken
	}
	raw, err := encoding.DecodeString(token)
	// The text is compared because base64 skips line breaks and ignores left-over
	// bits: one token with many spellings could be used more than once.
	if err != nil || len(raw) < header+overhead || raw[0] != version || encoding.EncodeToString(raw) != token {
		return nil, ErrToken
	}
	var buf [256]byte
	ad := additional(buf[:0], raw[:header], purpose, bound)
	for _, key := range *k.list.Load() {
		if key.mark != [markLen]byte(raw[1:header]) {
			continue
		}
		// In place of raw would be cheaper, but another key may have the same mark.
		if plaintext, err := key.cipher(purpose).Open(nil, nil, raw[header:], ad); err == nil {
			return plaintext, nil
		}
	}
	return nil, ErrToken
}

// Current reports whether the key that seals now has sealed token. A token that is
// kept for long and is not current is sealed anew before its key is taken away.
func (k *Keys) Current(token string) bool {
	// The first characters hold the version and the mark of the key.
	const text = (header*8 + 5) / 6
	if len(token) < text {
		return false
	}
	var raw [header + 1]byte
	n, err := encoding.Decode(raw[:], []byte(token[:text]))
	key := (*k.list.Load())[0]
	return err == nil && n >= header && raw[0] == version && key.mark == [markLen]byte(raw[1:header])
}

// additional appends what a token is bound to. Each part comes after its length,
// so no two lists of parts give the same bytes.
func additional(b, header []byte, purpose string, bound []string) []byte {
	b = append(b, header...)
	b = binary.AppendUvarint(b, uint64(len(purpose)))
	b = append(b, purpose...)
	for _, s := range bound {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return b
}

// key is a secret with the ciphers derived from it, one for each purpose.
type key struct {
	id     string
	mark   [markLen]byte // of the secret, whatever it is called: says which key to try
	secret []byte

	mu      sync.RWMutex
	ciphers map[string]cipher.AEAD
}

func newKey(id string, secret []byte) *key {
	return &key{id: id, mark: [markLen]byte(derive(secret, "mark", markLen)), secret: secret, ciphers: make(map[string]cipher.AEAD)}
}

// derive returns n bytes that only who has the secret can know.
func derive(secret []byte, use string, n int) []byte {
	b, err := hkdf.Key(sha256.New, secret, nil, "mcpfleet seal "+use, n)
	if err != nil {
		panic(err) // a length that HKDF does not give
	}
	return b
}

func (k *key) cipher(purpose string) cipher.AEAD {
	k.mu.RLock()
	c := k.ciphers[purpose]
	k.mu.RUnlock()
	if c != nil {
		return c
	}
	c = k.newCipher(purpose)
	k.mu.Lock()
	defer k.mu.Unlock()
	// A purpose beyond these is derived each time.
	if len(k.ciphers) < maxPurposes {
		k.ciphers[purpose] = c
	}
	return c
}

func (k *key) newCipher(purpose string) cipher.AEAD {
	block, err := aes.NewCipher(derive(k.secret, "v1 "+purpose, keyLen))
	if err != nil {
		panic(err) // a length that AES does not take
	}
	c, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // a block size that GCM does not take
	}
	return c
}
