package media_test

import (
	"testing"

	"github.com/mcpfleet/mcpfleet/services/files/internal/media"
)

func TestType(t *testing.T) {
	const png = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
	for _, c := range []struct{ name, head, want string }{
		{"main.go", "package main\n", "text/x-go"},
		{"src/MAIN.GO", "", "text/x-go"},
		{"README.md", "# Title\n", "text/markdown"},
		{"Makefile", "all:\n", "text/x-makefile"},
		{"a.json", "{}", "application/json"},
		{"a.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"},
		{"picture.png", png, "image/png"},
		{"picture.txt", png, "image/png"},
		{"picture", png, "image/png"},
		{"paper", "%PDF-1.7\n%\xe2\xe3", "application/pdf"},
		{"video.ts", "G\x40\x00\x10\x00\x00\xb0\x0d", "application/octet-stream"},
		{"code.ts", "let x = 1\n", "text/x-typescript"},
		{"script", "#!/bin/sh\necho\n", "text/x-script"},
		{"notes", "some text\n", "text/plain"},
		{"red", "\x1b[31mred\x1b[0m\n", "text/plain"},
		{"page", "<!DOCTYPE html><p>", "text/html"},
		{"unknown", "\x00\x01\x02\x03", "application/octet-stream"},
		{"empty", "", "application/octet-stream"},
		{"empty.txt", "", "text/plain"},
		{".gitignore", "*.log\n", "text/plain"},
		{"latin1.txt", "caf\xe9\n", "text/plain"},
	} {
		if got := media.Type(c.name, []byte(c.head)); got != c.want {
			t.Errorf("%s, %q: %s, want %s", c.name, c.head, got, c.want)
		}
	}
}

func TestText(t *testing.T) {
	for _, s := range []string{"text/x-go", "application/json", "image/svg+xml", "application/geo+json", "application/yaml"} {
		if !media.Text(s) {
			t.Errorf("%s is no text", s)
		}
	}
	for _, s := range []string{media.Directory, media.Binary, "image/png", "application/pdf", ""} {
		if media.Text(s) {
			t.Errorf("%s is text", s)
		}
	}
}
