// Package corpus holds the tests of the gate against PostgreSQL's own scanner
// and parser: libpg_query, which is the server's code, is asked about millions
// of texts, and where it reads a text the gate has to read it the same way.
//
// The guarantee to know: a text is left out only if libpg_query refuses it, and
// the share of those is bounded. Start at TestLexerReadsAsPostgreSQLDoes; it
// needs a C compiler. DATABASE_LEXER_INPUTS is how many texts are tried.
package corpus
