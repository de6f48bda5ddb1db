package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tarball returns a tar archive of files, in the order given: name, content, …
func tarball(t *testing.T, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		if err := w.WriteHeader(&tar.Header{Name: files[i], Mode: 0o644, Size: int64(len(files[i+1]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zipped(t *testing.T, data string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(data)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestArchive(t *testing.T) {
	layer := tarball(t, "usr/bin/a", strings.Repeat("a", 1<<20))
	small := zipped(t, layer)
	const conf = `{"config":{"User":"65532:65532"}}`
	for name, content := range map[string]string{
		"OCI": tarball(t, "blobs/sha256/1", small, "blobs/sha256/2", conf,
			"blobs/sha256/3", `{"config":{"digest":"sha256:2"},"layers":[{"digest":"sha256:1"}]}`, "./index.json", `{"manifests":[{"digest":"sha256:3"}]}`),
		"Docker":             tarball(t, "1.json", conf, "l.tar", layer, "manifest.json", `[{"Config":"1.json","Layers":["l.tar"]}]`),
		"Docker, compressed": tarball(t, "1.json", conf, "l.tar.gz", small, "manifest.json", `[{"Config":"1.json","Layers":["l.tar.gz"]}]`),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "image.tar")
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
			image, err := open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer image.Close()
			if size, err := image.size(); err != nil || size != int64(len(small)) {
				t.Errorf("it has %d bytes compressed, want %d: %v", size, len(small), err)
			}
			files, err := image.files()
			if diff := cmp.Diff([]string{"/usr/bin/a"}, files); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if image.config.Config.User != "65532:65532" {
				t.Errorf("the configuration is %+v", image.config)
			}
		})
	}
}

func TestArchiveOfSeveralImages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "image.tar")
	if err := os.WriteFile(path, []byte(tarball(t, "index.json", `{"manifests":[{},{}]}`)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := open(path); err == nil || !strings.Contains(err.Error(), "it holds 2 images") {
		t.Errorf("got %v", err)
	}
}

func TestUnknownService(t *testing.T) {
	if err := run(t.Context(), []string{"-with", "ko", "nothing"}); err == nil || !strings.Contains(err.Error(), `no service "nothing": they are calculator`) {
		t.Errorf("got %v", err)
	}
}
