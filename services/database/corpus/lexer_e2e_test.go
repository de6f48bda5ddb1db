//go:build cgo && e2e

package corpus

import (
	"testing"

	pgquery "github.com/pganalyze/pg_query_go/v6"

	"github.com/mcpfleet/mcpfleet/services/database/internal/lexer"
)

// piece is a token as both tell it.
type piece struct {
	kind       lexer.Kind
	start, end int
}

// kinds are our kinds of the server's tokens; what is not here is a keyword,
// which for the lexer is an identifier.
var kinds = map[pgquery.Token]lexer.Kind{
	pgquery.Token_IDENT: lexer.Ident, pgquery.Token_UIDENT: lexer.Unicode,
	pgquery.Token_SCONST: lexer.String, pgquery.Token_USCONST: lexer.String, pgquery.Token_BCONST: lexer.String, pgquery.Token_XCONST: lexer.String,
	pgquery.Token_FCONST: lexer.Number, pgquery.Token_ICONST: lexer.Number, pgquery.Token_PARAM: lexer.Param,
	pgquery.Token_Op: lexer.Operator, pgquery.Token_LESS_EQUALS: lexer.Operator, pgquery.Token_GREATER_EQUALS: lexer.Operator, pgquery.Token_NOT_EQUALS: lexer.Operator,
	pgquery.Token_TYPECAST: lexer.Typecast, pgquery.Token_COLON_EQUALS: lexer.Assign, pgquery.Token_EQUALS_GREATER: lexer.Assign, pgquery.Token_DOT_DOT: lexer.DotDot,
	pgquery.Token_ASCII_37: lexer.Operator, pgquery.Token_ASCII_42: lexer.Operator, pgquery.Token_ASCII_43: lexer.Operator, pgquery.Token_ASCII_45: lexer.Operator,
	pgquery.Token_ASCII_47: lexer.Operator, pgquery.Token_ASCII_60: lexer.Operator, pgquery.Token_ASCII_61: lexer.Operator, pgquery.Token_ASCII_62: lexer.Operator,
	pgquery.Token_ASCII_94: lexer.Operator,
	pgquery.Token_ASCII_40: lexer.LeftParen, pgquery.Token_ASCII_41: lexer.RightParen, pgquery.Token_ASCII_91: lexer.LeftBracket, pgquery.Token_ASCII_93: lexer.RightBracket,
	pgquery.Token_ASCII_44: lexer.Comma, pgquery.Token_ASCII_46: lexer.Dot, pgquery.Token_ASCII_58: lexer.Colon, pgquery.Token_ASCII_59: lexer.Semicolon,
	pgquery.Token_ASCII_36: lexer.Other, pgquery.Token_ASCII_63: lexer.Operator, pgquery.Token_ASCII_92: lexer.Other,
}

// theirs returns the tokens that PostgreSQL's scanner finds; false if it refuses
// the text.
func theirs(text string) ([]piece, bool) {
	res, err := pgquery.Scan(text)
	if err != nil {
		return nil, false
	}
	var all []piece
	for _, t := range res.Tokens {
		if t.Token == pgquery.Token_SQL_COMMENT && len(all) > 0 && all[len(all)-1].kind == lexer.String {
			// The server lets a string go on behind a comment; libpg_query, which
			// has tokens of comments, does not.
			return nil, false
		}
		if t.Token == pgquery.Token_SQL_COMMENT || t.Token == pgquery.Token_C_COMMENT {
			continue
		}
		kind, ok := kinds[t.Token]
		switch {
		case t.Token == pgquery.Token_IDENT && text[t.Start] == '"':
			kind = lexer.Quoted
		case !ok && t.KeywordKind != pgquery.KeywordKind_NO_KEYWORD:
			kind = lexer.Ident
		case !ok:
			kind = lexer.Other
		}
		if n := len(all); n > 0 && all[n-1].kind == lexer.Param && all[n-1].end == int(t.Start) && letter(text[t.Start]) {
			return nil, false // $1a, which the server refuses
		}
		all = append(all, piece{kind, int(t.Start), int(t.End)})
	}
	return all, true
}

func letter(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c >= 0x80
}

func ours(text string) ([]piece, error) {
	var all []piece
	for l := lexer.New(text); ; {
		t, err := l.Next()
		if err != nil {
			return nil, err
		}
		if t.Kind == lexer.EOF {
			return all, nil
		}
		all = append(all, piece{t.Kind, t.Start, t.End})
	}
}

func same(t *testing.T, text string) bool {
	t.Helper()
	want, ok := theirs(text)
	if !ok {
		return false
	}
	got, err := ours(text)
	if err != nil {
		t.Errorf("refused: %v; PostgreSQL reads %v", err, want)
		return false
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Errorf("token %d: %v, PostgreSQL has %v", i, got, want)
			return false
		}
	}
	return true
}

func TestLexerReadsAsPostgreSQLDoes(t *testing.T) {
	each(t, inputs(t), source{words: soup, random: 3, changes: 4, share: 3}, same)
}
