package postgres

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// roads are what leads to the simple protocol, in which one text is several
// statements: Exec without arguments of a connection, a transaction or a pool
// takes it always, and so do the others on a word.
var roads = []string{"Exec", "ExecBatch", "SendBatch", "SendQuery", "QueryExecModeSimpleProtocol", "PgConn"}

// harmless is what others may use of the driver: it connects to nothing.
var harmless = []string{"pgx.ParseConfig", "pgconn.FallbackConfig", "pgconn.PgError"}

// TestSources holds that the service reaches a server by this package alone, and
// that this package takes no road to the simple protocol. What listens names
// channels of the operator's.
func TestSources(t *testing.T) {
	service := filepath.Join("..", "..")
	seen := 0
	err := filepath.WalkDir(service, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(service, path)
		if d.IsDir() {
			switch filepath.ToSlash(rel) {
			case "internal/pgtest", "demo", "corpus", "testdata":
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		seen++
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		here := filepath.ToSlash(filepath.Dir(rel)) == "internal/postgres"
		for _, found := range forbidden(file, here) {
			if here && filepath.Base(path) == "listen.go" && found == "Exec" {
				continue
			}
			t.Errorf("%s: %s", rel, found)
		}
		return nil
	})
	if err != nil || seen < 10 {
		t.Errorf("%d files were read, %v", seen, err)
	}
}

func TestForbidden(t *testing.T) {
	for src, want := range map[string]string{
		`func f() { pgx.Connect(ctx, url) }`:          "pgx.Connect",
		`func f() { conn.Exec(ctx, sql) }`:            "Exec",
		`var m = pgx.QueryExecModeSimpleProtocol`:     "pgx.QueryExecModeSimpleProtocol QueryExecModeSimpleProtocol",
		`var q = &pgproto3.Query{String: sql}`:        "pgproto3.Query",
		`func f() { db.Read(ctx, postgres.Query{}) }`: "",
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "a.go", "package a; "+src, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(forbidden(file, false), " "); got != want {
			t.Errorf("%s: %q is forbidden", src, got)
		}
	}
}

// forbidden returns what a file has that it may not have; here: a file of this
// package, which is the one that speaks the protocol.
func forbidden(file *ast.File, here bool) (found []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := s.X.(*ast.Ident); ok {
			name := x.Name + "." + s.Sel.Name
			driver := slices.Contains([]string{"pgx", "pgxpool", "pgconn", "pgproto3"}, x.Name)
			if name == "pgproto3.Query" || !here && driver && !slices.Contains(harmless, name) {
				found = append(found, name)
			}
		}
		if slices.Contains(roads, s.Sel.Name) && (!here || s.Sel.Name != "PgConn") {
			found = append(found, s.Sel.Name)
		}
		return true
	})
	return found
}
