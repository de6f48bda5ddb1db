//go:build cgo && e2e

package corpus

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// inputs returns how many texts to try.
func inputs(t *testing.T) int {
	t.Helper()
	text := os.Getenv("DATABASE_LEXER_INPUTS")
	if text == "" {
		return 100_000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("DATABASE_LEXER_INPUTS=%q is not a number of inputs", text)
	}
	return n
}

// seeds returns the statements of the seed file, one a line or continued on
// lines that begin with space or a parenthesis.
func seeds(t testing.TB) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/seed.sql")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "(2)") {
			all[len(all)-1] += "\n" + strings.TrimSuffix(line, "\n")
			continue
		}
		all = append(all, strings.TrimSuffix(line, "\n"))
	}
	return all
}

// soup is what random texts are made of.
var soup = []string{
	" ", " ", "\n", "\t", "\r", "\f", "\v", "'", "'", "''", `"`, `""`, "$$", "$a$", "$", "$1", "--", "/*", "*/", "/", "*", "-", "+",
	"e'", "E'", "b'", "x'", "n'", "N'", "U&'", "u&'", `U&"`, `u&"`, "u&", "U", `\`, `\'`, `\\`, "(", ")", "[", "]", ",", ";", ".", "..", ":", "::", ":=", "=>",
	"=", "<", ">", "<=", "<>", "!=", "~", "!", "@", "#", "^", "&", "|", "`", "?", "%", "1", "0", "12", "1.", ".5", "1e5", "1e", "1e+", "e", "0x", "0xF", "0b1", "0o7", "_", "1_0",
	"a", "b", "select", "from", "x", "é", "ü", "名", "\u00a0", "\u200b", "A", "Table", "a$b", "_x", "pg_sleep", "{", "}", "\x01", "\x7f",
}

// grammar is what random statements are made of, between the parts of seeds.
var grammar = []string{
	"select", "from", "where", "with", "recursive", "as", "(", ")", "(", ")", ",", ",", ".", "for", "update", "share", "key", "no", "into", "insert", "delete", "merge", "table", "values",
	"f(1)", "g(x)", `"H"(y)`, "s.k(z)", "treat(", "substring(", "overlay(", "a", "b", "t", "1", "'x'", "$1", "order by", "limit", "case", "when", "then", "else", "end",
	"union", "all", "distinct on (a)", "lateral", "join", "using (a)", "on", "::", "with ordinality", "with time zone", "time", "tablesample", "materialized", "not", "and",
	"over (", "filter (where", "within group (order by", "array[", "]", "row(", "cast(", "int", "only", "*", "+", "=", "search depth first by", "cycle", "set", "to", "default", "explain", "(verbose)", "returning",
}

// mutate makes some changes of text, with parts of other.
func mutate(r *rand.Rand, text, other string, words []string, changes int) string {
	for range changes {
		i := boundary(r, text)
		switch r.IntN(6) {
		case 0: // insert
			text = text[:i] + words[r.IntN(len(words))] + text[i:]
		case 1: // insert with spaces
			text = text[:i] + " " + words[r.IntN(len(words))] + " " + text[i:]
		case 2: // cut
			j := min(len(text), i+r.IntN(8))
			text = text[:i] + text[j:]
		case 3: // splice
			j := boundary(r, other)
			text = text[:i] + other[j:]
		case 4: // repeat
			j := min(len(text), i+r.IntN(12))
			text = text[:j] + text[i:j] + text[j:]
		case 5: // a part of other
			j := boundary(r, other)
			k := min(len(other), j+r.IntN(20))
			text = text[:i] + " " + other[j:k] + " " + text[i:]
		}
	}
	return strings.ToValidUTF8(text, "")
}

func boundary(r *rand.Rand, text string) int {
	i := r.IntN(len(text) + 1)
	for i < len(text) && !utf8.RuneStart(text[i]) {
		i++
	}
	return i
}

// stir joins random words.
func stir(r *rand.Rand, src source) string {
	var b strings.Builder
	for range 1 + r.IntN(14) {
		b.WriteString(src.words[r.IntN(len(src.words))])
		b.WriteString(src.separator)
	}
	return b.String()
}

// source says how texts are made.
type source struct {
	words     []string
	separator string // between words
	random    int    // of how many texts one is made of words alone
	changes   int    // of the other texts, at most
	share     int    // one of so many has to be read by libpg_query
}

// each calls check with n texts. A failure names the seed of the text, which
// DATABASE_LEXER_SEED sets for the first one.
func each(t *testing.T, n int, src source, check func(t *testing.T, text string) bool) {
	t.Helper()
	all := seeds(t)
	first, read := uint64(1), 0
	if text := os.Getenv("DATABASE_LEXER_SEED"); text != "" {
		var err error
		if first, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		seed := first + uint64(i)
		r := rand.New(rand.NewPCG(seed, 18))
		var text string
		if i%src.random == 0 {
			text = "select " + stir(r, src)
		} else {
			text = mutate(r, all[r.IntN(len(all))], all[r.IntN(len(all))], src.words, 1+r.IntN(src.changes))
		}
		if i < len(all) && first == 1 {
			text = all[i]
		}
		if check(t, text) {
			read++
		}
		if t.Failed() {
			t.Fatalf("the text of DATABASE_LEXER_SEED=%d: %q", seed, text)
		}
	}
	t.Logf("%d of %d texts were read by both", read, n)
	if read < n/src.share {
		t.Errorf("only %d of %d texts were read by libpg_query: the generator makes too little SQL", read, n)
	}
}
