package content_test

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/content"
)

func TestDetect(t *testing.T) {
	for _, tt := range []struct {
		name, in      string
		mime, charset string
		text          string
	}{
		{"empty", "", "text/plain", "utf-8", ""},
		{"ascii", "a,b\n", "text/plain", "utf-8", "a,b\n"},
		{"utf-8", "Grüße 👋\n", "text/plain", "utf-8", "Grüße 👋\n"},
		{"a mark", "\xef\xbb\xbfa", "text/plain", "utf-8", "a"},
		{"utf-16le", "\xff\xfeh\x00\xe9\x00", "text/plain", "utf-16le", "hé"},
		{"utf-16be", "\xfe\xff\x00h\x00\xe9", "text/plain", "utf-16be", "hé"},
		{"utf-32le", "\xff\xfe\x00\x00h\x00\x00\x00", "text/plain", "utf-32le", "h"},
		{"utf-16le without a mark", "h\x00e\x00l\x00l\x00o\x00\n\x00", "text/plain", "utf-16le", "hello\n"},
		{"utf-16be without a mark", "\x00h\x00e\x00l\x00l\x00o\x00\n", "text/plain", "utf-16be", "hello\n"},
		{"windows-1252", "caf\xe9 \x93ok\x94\n", "text/plain", "windows-1252", "café “ok”\n"},
		{"html", "<!DOCTYPE html><p>x", "text/plain", "utf-8", "<!DOCTYPE html><p>x"},
		{"escape sequences", "\x1b[31mred\x1b[0m\n", "text/plain", "utf-8", "\x1b[31mred\x1b[0m\n"},
		{"png", "\x89PNG\x0d\x0a\x1a\x0a____", "image/png", "", ""},
		{"webp", "RIFF____WEBPVP8 ", "image/webp", "", ""},
		{"pdf", "%PDF-1.7\n1 0 obj", "application/pdf", "", ""},
		{"zip", "PK\x03\x04____", "application/zip", "", ""},
		{"zeros", strings.Repeat("\x00", 100), "application/octet-stream", "", ""},
		{"bytes", "\x01\x02\x03\xff\xfe\xfd\x80\x90", "application/octet-stream", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := content.Detect([]byte(tt.in))
			if k.MIME != tt.mime || k.Charset != tt.charset || k.Text() != (tt.charset != "") {
				t.Fatalf("%+v", k)
			}
			if !k.Text() {
				return
			}
			got, err := io.ReadAll(k.Decode(iotest.OneByteReader(strings.NewReader(tt.in))))
			if err != nil || string(got) != tt.text {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestACharacterAtTheEndOfWhatIsLookedAt(t *testing.T) {
	in := strings.Repeat("a", content.Sniffed-1) + "é and more"
	if k := content.Detect([]byte(in)); k.Charset != "utf-8" {
		t.Errorf("%+v", k)
	}
	if k := content.Detect([]byte("a\xc3")); k.Charset != "windows-1252" {
		t.Errorf("a whole file that ends within a character is %+v", k)
	}
}

func TestImage(t *testing.T) {
	for in, want := range map[string]bool{"GIF89a__": true, "\xff\xd8\xff\xe0": true, "<svg xmlns='x'/>": false, "BM______": false} {
		if k := content.Detect([]byte(in)); k.Image() != want {
			t.Errorf("%q is %+v", in, k)
		}
	}
}

func FuzzDetect(f *testing.F) {
	for _, seed := range []string{"", "a", "\xff\xfe", "\xff\xfe\x00\x00", "\x00a\x00b", "\x89PNG\x0d\x0a\x1a\x0a", "caf\xe9"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		k := content.Detect(in)
		if k.MIME == "" {
			t.Error("it has no type")
		}
		if !k.Text() || k.Charset == "utf-8" {
			return
		}
		got, err := io.ReadAll(k.Decode(strings.NewReader(string(in))))
		if err != nil || !utf8.Valid(got) {
			t.Errorf("%v, %q", err, got)
		}
	})
}
