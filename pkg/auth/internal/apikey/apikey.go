// Package apikey holds the API keys of a service: one that may do everything,
// from the environment or a file of its own, and those of a keys file.
//
// Of a key only a digest is kept, and a lookup takes as long for a key that is
// nearly right as for any other. A file that changes replaces its keys all at
// once; one that cannot be used changes nothing, and the log says why without
// the text of any key. Start with [Open].
package apikey

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/mcpfleet/mcpfleet/pkg/follow"
)

const (
	// maxFile is the largest keys file in bytes, maxKeys how many keys it may
	// have, and maxKey the longest key.
	maxFile = 1 << 20
	maxKeys = 10_000
	maxKey  = 512
	// minKey is the length below which the log advises against a key.
	minKey = 16
)

// Key is what is known of an API key.
type Key struct {
	// Name is the key's name in logs: not a secret, and of one key only.
	Name string
	// Permissions are the words that the operator gave it. They are shared: do
	// not change them.
	Permissions []string
}

// Options say where the keys of a Set come from.
type Options struct {
	// Inline is a key named "default" that may do everything; "" is none.
	Inline string
	// File is a file that holds nothing but such a key; "" is none.
	File string
	// KeysFile is a file of keys, one a line; "" is none.
	KeysFile string
	// Log is told about changes of the files, and of weak keys.
	Log *slog.Logger
	// Check returns an error for words that are not permissions; a KeysFile needs
	// it. The text of the error is not used: it may repeat what was meant to be a
	// key.
	Check func(words []string) error
	// Changed is called after other keys have come into force, if it is not nil.
	Changed func()
}

// Set is the keys that are in force. Its methods may be called by any number of
// goroutines.
type Set struct {
	log     *slog.Logger
	check   func([]string) error
	changed func()
	macs    sync.Pool // of *blinder
	table   atomic.Pointer[table]

	mu      sync.Mutex // held while the keys of one source are replaced
	sources [numSources][]entry
	files   []*follow.File
}

// source is a place that keys come from.
type source int

const (
	inline source = iota
	keyFile
	keysFile
	numSources
)

// entry is a key as its source has it.
type entry struct {
	Key
	sum   digest // SHA-256 of the key
	where string // "line 3", "MCP_API_KEY"
	weak  bool
}

type digest = [sha256.Size]byte

// table finds a key by its blinded digest, whose first bytes are the index.
type table struct {
	keys map[uint64][]blinded
	n    int
}

type blinded struct {
	id  digest
	key Key
}

// blinder makes blinded digests. It is used by one goroutine at a time.
type blinder struct {
	mac     hash.Hash
	sum, id digest
}

// Open reads the keys and follows their files until Close. A file without a key
// is an error at first. Later an empty file is refused, because it may be half
// written, while one with nothing but comments withdraws all its keys.
func Open(o Options) (*Set, error) {
	var secret digest
	rand.Read(secret[:])
	s := &Set{log: o.Log, check: o.Check, changed: o.Changed}
	s.macs.New = func() any { return &blinder{mac: hmac.New(sha256.New, secret[:])} }
	if err := s.open(o); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Set) open(o Options) error {
	if o.Inline != "" && o.File != "" {
		return fmt.Errorf("MCP_API_KEY is set and so is the file %s: give one of them", o.File)
	}
	if err := s.replace(inline, nil); err != nil {
		return err
	}
	if o.Inline != "" {
		e, err := everything([]byte(o.Inline), "MCP_API_KEY")
		if err != nil {
			return err
		}
		if err := s.replace(inline, []entry{e}); err != nil {
			return err
		}
		s.advise([]entry{e})
	}
	if o.File != "" {
		if err := s.follow(keyFile, o.File, func(content []byte) ([]entry, error) {
			e, err := everything(content, "the key file")
			return []entry{e}, err
		}); err != nil {
			return fmt.Errorf("API key file: %w", err)
		}
	}
	if o.KeysFile != "" {
		if err := s.follow(keysFile, o.KeysFile, func(content []byte) ([]entry, error) {
			return parse(content, s.check)
		}); err != nil {
			return fmt.Errorf("API keys file: %w", err)
		}
	}
	return nil
}

// follow puts the keys of a file in force, now and when it changes.
func (s *Set) follow(from source, path string, parse func([]byte) ([]entry, error)) error {
	opened := false
	f, err := follow.Open(path, maxFile, s.log, func(content []byte) error {
		entries, err := parse(content)
		switch {
		case err != nil:
		case len(entries) == 0 && !opened:
			err = errors.New("no key in it: make one with the command keygen, as in keygen ci --scopes files:read --append FILE")
		case len(bytes.TrimSpace(content)) == 0:
			err = errors.New("the file is empty: to withdraw every key, leave a comment in it")
		default:
			err = s.replace(from, entries)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if opened && s.changed != nil {
			s.changed()
		}
		opened = true
		s.log.Info("API keys are in force", "file", path, "keys", len(entries))
		s.advise(entries)
		if fi, err := os.Stat(path); err == nil && runtime.GOOS != "windows" && fi.Mode().Perm()&0o004 != 0 {
			s.log.Warn("every user of this machine can read a file of API keys: chmod 600 it, or give a Kubernetes secret defaultMode 0440", "file", path)
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.files = append(s.files, f)
	return nil
}

// advise warns of keys that somebody may guess.
func (s *Set) advise(entries []entry) {
	for _, e := range entries {
		if e.weak {
			s.log.Warn("an API key is so short that it may be guessed: make a better one with the command keygen", "name", e.Name, "where", e.where)
		}
	}
}

// replace puts the keys of one source in force together with those of the
// others. After an error everything is as it was.
func (s *Set) replace(from source, entries []entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	sources := s.sources
	sources[from] = entries
	all := slices.Concat(sources[:]...)
	if err := distinct(all); err != nil {
		return err
	}
	b := s.macs.Get().(*blinder)
	defer s.macs.Put(b)
	t := &table{keys: make(map[uint64][]blinded, len(all)), n: len(all)}
	for _, e := range all {
		b.blind(e.sum)
		i := b.index()
		t.keys[i] = append(t.keys[i], blinded{b.id, e.Key})
	}
	s.sources = sources
	s.table.Store(t)
	return nil
}

// Lookup returns what is known of a key, and whether it is one of the set. It
// waits for nothing.
func (s *Set) Lookup(presented string) (Key, bool) {
	// A long one is no key, and hashing it is work that anybody could ask for.
	if presented == "" || len(presented) > maxKey {
		return Key{}, false
	}
	// What is looked up and compared is HMAC(secret, SHA-256(key)), with a secret
	// that only this process has. How long a comparison takes can tell only how
	// far two such values agree, and a caller can neither compute nor choose
	// them, so that guesses do not get better; the last one, of the whole value,
	// takes the same time in any case.
	b := s.macs.Get().(*blinder)
	defer s.macs.Put(b)
	b.blind(sha256.Sum256([]byte(presented)))
	for _, k := range s.table.Load().keys[b.index()] {
		if subtle.ConstantTimeCompare(k.id[:], b.id[:]) == 1 {
			return k.key, true
		}
	}
	return Key{}, false
}

// Len returns the number of keys in force.
func (s *Set) Len() int { return s.table.Load().n }

// Close ends following the files. The keys in force stay so.
func (s *Set) Close() error {
	for _, f := range s.files {
		f.Close()
	}
	return nil
}

func (b *blinder) blind(sum digest) {
	b.sum = sum
	b.mac.Reset()
	b.mac.Write(b.sum[:])
	b.mac.Sum(b.id[:0])
}

func (b *blinder) index() uint64 { return binary.LittleEndian.Uint64(b.id[:]) }
