package repo

import (
	"fmt"
	"go/ast"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestCode(t *testing.T) {
	hold(t, []rule{
		{
			name: "one package comment", check: packageComments,
			good: map[string]string{"a/a.go": "// Package a is good.\npackage a", "a/b.go": "package a", "a/a_test.go": "package a_test",
				"cmd/x/main.go": "// Command x is good.\npackage main", "cmd/x/x_linux.go": "// A note.\n\npackage main"},
			bad: []map[string]string{
				{"a/a.go": "package a"},
				{"a/a.go": "// Package a is here.\npackage a", "a/b.go": "// Package a is here too.\npackage a"},
				{"a/a.go": "// This is a.\npackage a"},
				{"cmd/x/main.go": "// Package main is a program.\npackage main"},
			},
		},
		{
			name: "exported names have a comment that begins with them", check: exportedComments,
			good: map[string]string{"a/a.go": "package a\n// F does.\nfunc F() {}\n// A T is.\ntype T struct{}\n// M does.\nfunc (T) M() {}\n// All of them.\nconst (\n A = 1 // the first\n B = 2\n)\nfunc f() {}\ntype u struct{}\nfunc (u) M() {}",
				"cmd/main.go": "package main\nfunc F() {}", "a/a_test.go": "package a\nfunc TestF() {}"},
			bad: []map[string]string{
				{"a/a.go": "package a\nfunc F() {}"},
				{"a/a.go": "package a\n// Does things.\nfunc F() {}"},
				{"a/a.go": "package a\n// Fast is another word.\nfunc F() {}"},
				{"a/a.go": "package a\n// T is.\ntype T struct{}\nfunc (t *T) M() {}"},
				{"a/a.go": "package a\ntype T struct{}"},
				{"a/a.go": "package a\nconst A = 1"},
				{"a/a.go": "package a\nvar (\n A = 1\n)"},
			},
		},
		{
			name: "functions have at most 100 lines", check: longFunctions,
			good: map[string]string{"a/a.go": "package a\nfunc f() {" + strings.Repeat("\n", 99) + "}",
				"a/a_test.go": "package a\nfunc f() { g([]int{" + strings.Repeat("\n", 100) + "})}"},
			bad: []map[string]string{
				{"a/a_test.go": "package a\nfunc f() {" + strings.Repeat("\n", 100) + "}"},
				{"a/a.go": "package a\nfunc f() { g([]int{" + strings.Repeat("\n", 100) + "})}"},
			},
		},
		{
			name: "files have at most 600 lines", check: longFiles,
			good: map[string]string{"a/a.go": "package a\n" + strings.Repeat("\n", 599), "a/a_test.go": "package a\n" + strings.Repeat("\n", 700)},
			bad:  []map[string]string{{"a/a.go": "package a\n" + strings.Repeat("\n", 600)}},
		},
		{
			name: "the environment is read by flags only", check: environment,
			good: map[string]string{"pkg/a/a.go": "package a\nvar _ = os.Environ()", "pkg/a/a_test.go": "package a\nvar _ = os.Getenv(`A`)", "test/a/a.go": "package a\nvar _ = os.Getenv(`A`)"},
			bad: []map[string]string{
				{"pkg/a/a.go": "package a\nvar _ = os.Getenv(`A`)"},
				{"services/a/a.go": "package a\nfunc f() { os.LookupEnv(`A`) }"},
			},
		},
		{
			name: "only main ends the process", check: exits,
			good: map[string]string{"a/main.go": "package main\nfunc main() { os.Exit(1) }", "pkg/server/main.go": "package server\nfunc Main() { os.Exit(0) }",
				"a/a_test.go": "package a\nfunc TestMain(m *testing.M) { os.Exit(m.Run()) }"},
			bad: []map[string]string{
				{"a/main.go": "package main\nfunc run() { os.Exit(1) }"},
				{"a/a.go": "package a\nfunc main() { os.Exit(1) }"},
				{"a/a.go": "package a\nfunc F() { log.Fatalf(`x`) }"},
				{"a/a.go": "package a\nvar f = func() { log.Panicln() }"},
				{"pkg/server/other.go": "package server\nfunc run() { os.Exit(0) }"},
			},
		},
		{
			name: "no init functions", check: inits,
			good: map[string]string{"a/a.go": "package a\ntype t int\nfunc (t) init() {}"},
			bad:  []map[string]string{{"a/a.go": "package a\nfunc init() {}"}},
		},
		{
			name: "nothing is left to do in comments", check: leftovers,
			good: map[string]string{"a/a.go": "package a\n// context.TODO is a name.\nvar s = `TODO`"},
			bad: []map[string]string{
				{"a/a.go": "package a\n// TODO: more\n"},
				{"a/a.go": "package a\nfunc f() { /* FIXME */ }"},
			},
		},
		{
			name: "package names say what a package gives", check: emptyNames,
			good: map[string]string{"a/base64/a.go": "package base64"},
			bad:  []map[string]string{{"a/util/a.go": "package util"}, {"a/x/a.go": "package helpers"}, {"pkg/types/a_test.go": "package types_test"}},
		},
		{
			name: "a service's main file is under 30 lines", check: mains,
			good: map[string]string{"services/a/cmd/mcp-a/main.go": "package main" + strings.Repeat("\n", 29), "test/up/main.go": "package main" + strings.Repeat("\n", 200)},
			bad:  []map[string]string{{"services/a/cmd/mcp-a/main.go": "package main" + strings.Repeat("\n", 30)}},
		},
	})
}

// packageComments wants one comment for each package, that begins as godoc
// expects it to.
func packageComments(t *tree) (problems []string) {
	comments := make(map[string][]string)
	for _, s := range t.code {
		if s.isTest() {
			continue
		}
		if s.Doc == nil {
			comments[s.dir()] = slices.Clip(comments[s.dir()]) // none is a number too
			continue
		}
		want := "Package " + s.Name.Name + " "
		if s.isMain() {
			want = "Command "
		}
		if !strings.HasPrefix(s.Doc.Text(), want) {
			problems = append(problems, fmt.Sprintf("%s: the package comment should begin with %q", s.path, want))
		}
		comments[s.dir()] = append(comments[s.dir()], s.path)
	}
	for dir, paths := range comments {
		if len(paths) != 1 {
			problems = append(problems, fmt.Sprintf("%s has %d package comments, it should have one: %v", dir, len(paths), paths))
		}
	}
	slices.Sort(problems)
	return problems
}

func exportedComments(t *tree) (problems []string) {
	for _, s := range t.code {
		if s.isTest() || s.isMain() {
			continue
		}
		report := func(name *ast.Ident, docs ...*ast.CommentGroup) {
			if name.IsExported() && !introduced(name.Name, docs) {
				problems = append(problems, fmt.Sprintf("%s: %s has no comment that begins with its name", s.at(name), name.Name))
			}
		}
		for _, d := range s.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if receiver := receiverName(d); receiver == "" || ast.IsExported(receiver) {
					report(d.Name, d.Doc)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						report(spec.Name, spec.Doc, onlySpec(d))
					case *ast.ValueSpec:
						if len(d.Specs) > 1 && (spec.Comment != nil || d.Doc != nil) {
							continue // a list of values under one comment
						}
						report(spec.Names[0], spec.Doc, onlySpec(d))
					}
				}
			}
		}
	}
	return problems
}

// onlySpec returns the comment of a declaration that declares one thing.
func onlySpec(d *ast.GenDecl) *ast.CommentGroup {
	if len(d.Specs) == 1 {
		return d.Doc
	}
	return nil
}

// introduced reports whether a comment begins with a name, or an article and
// the name.
func introduced(name string, docs []*ast.CommentGroup) bool {
	for _, doc := range docs {
		words := strings.Fields(doc.Text())
		if len(words) > 1 && slices.Contains([]string{"A", "An", "The"}, words[0]) {
			words = words[1:]
		}
		if len(words) > 0 && strings.TrimRight(words[0], ",.:;") == name {
			return true
		}
	}
	return false
}

// receiverName returns the type that a method belongs to, "" for a function.
func receiverName(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	e := d.Recv.List[0].Type
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.Ident:
			return x.Name
		default:
			return "?"
		}
	}
}

// functions calls visit for each function that is declared.
func functions(t *tree, visit func(*source, *ast.FuncDecl)) {
	for _, s := range t.code {
		for _, d := range s.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				visit(s, f)
			}
		}
	}
}

func longFunctions(t *tree) (problems []string) {
	functions(t, func(s *source, f *ast.FuncDecl) {
		n := s.span(f) + 1
		if s.isTest() {
			n -= tableLines(s, f)
		}
		if n > 100 {
			problems = append(problems, fmt.Sprintf("%s: %s has %d lines", s.at(f), f.Name.Name, n))
		}
	})
	return problems
}

// tableLines counts the lines inside the composite literals of a test: its
// cases are data, however many there are.
func tableLines(s *source, f *ast.FuncDecl) int {
	n := 0
	ast.Inspect(f, func(node ast.Node) bool {
		lit, ok := node.(*ast.CompositeLit)
		if ok {
			n += s.span(lit)
		}
		return !ok
	})
	return n
}

func longFiles(t *tree) (problems []string) {
	for _, s := range t.code {
		if !s.isTest() && s.lines > 600 {
			problems = append(problems, fmt.Sprintf("%s has %d lines", s.path, s.lines))
		}
	}
	return problems
}

// uses calls visit for each selector such as os.Exit below a node.
func uses(n ast.Node, visit func(name string, at ast.Node)) {
	ast.Inspect(n, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok {
				visit(x.Name+"."+sel.Sel.Name, sel)
			}
		}
		return true
	})
}

func environment(t *tree) (problems []string) {
	for _, s := range t.code {
		if s.isTest() || strings.HasPrefix(s.path, "test/") {
			continue
		}
		uses(s.File, func(name string, at ast.Node) {
			if name == "os.Getenv" || name == "os.LookupEnv" || name == "syscall.Getenv" {
				problems = append(problems, fmt.Sprintf("%s: %s", s.at(at), name))
			}
		})
	}
	return problems
}

var ending = regexp.MustCompile(`^(os\.Exit|syscall\.Exit|log\.(Fatal|Panic)(f|ln)?)$`)

func exits(t *tree) (problems []string) {
	for _, s := range t.code {
		for _, d := range s.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && mayExit(s, f) {
				continue
			}
			uses(d, func(name string, at ast.Node) {
				if ending.MatchString(name) {
					problems = append(problems, fmt.Sprintf("%s: %s", s.at(at), name))
				}
			})
		}
	}
	return problems
}

func mayExit(s *source, f *ast.FuncDecl) bool {
	switch f.Name.Name {
	case "main":
		return s.isMain()
	case "TestMain":
		return s.isTest()
	case "Main":
		return s.path == "pkg/server/main.go"
	}
	return false
}

func inits(t *tree) (problems []string) {
	functions(t, func(s *source, f *ast.FuncDecl) {
		if f.Name.Name == "init" && f.Recv == nil {
			problems = append(problems, s.at(f)+": init")
		}
	})
	return problems
}

var leftover = regexp.MustCompile(`(^|[^.\w])(TODO|FIXME|XXX|HACK)\b`)

func leftovers(t *tree) (problems []string) {
	for _, s := range t.code {
		for _, group := range s.Comments {
			for _, c := range group.List {
				if leftover.MatchString(c.Text) {
					problems = append(problems, fmt.Sprintf("%s: %s", s.at(c), c.Text))
				}
			}
		}
	}
	return problems
}

func emptyNames(t *tree) (problems []string) {
	forbidden := []string{"base", "common", "core", "helper", "helpers", "misc", "models", "shared", "types", "util", "utils"}
	for _, s := range t.code {
		if slices.Contains(forbidden, strings.TrimSuffix(s.Name.Name, "_test")) {
			problems = append(problems, fmt.Sprintf("%s: package %s", s.path, s.Name.Name))
		}
	}
	return problems
}

func mains(t *tree) (problems []string) {
	for _, s := range t.code {
		if strings.HasPrefix(s.path, "services/") && strings.Contains(s.path, "/cmd/mcp-") && s.lines >= 30 {
			problems = append(problems, fmt.Sprintf("%s has %d lines", s.path, s.lines))
		}
	}
	return problems
}
