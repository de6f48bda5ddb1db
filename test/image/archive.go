package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
)

// maxDocument bounds the JSON documents of an archive.
const maxDocument = 1 << 20

// archive is the image in an archive, as docker save, buildah and ko write them.
type archive struct {
	config config
	layers []string // their paths in the archive
	file   *os.File
}

// config is what is used of an image's configuration.
type config struct {
	Architecture string `json:"architecture"`
	Config       struct {
		User         string              `json:"User"`
		Entrypoint   []string            `json:"Entrypoint"`
		Cmd          []string            `json:"Cmd"`
		ExposedPorts map[string]struct{} `json:"ExposedPorts"`
		Labels       map[string]string   `json:"Labels"`
	} `json:"config"`
}

// open reads an archive with one image, of the OCI's layout or of Docker's.
func open(name string) (*archive, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	a := &archive{file: file}
	if err := a.read(); err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return a, nil
}

// Close closes the archive's file.
func (a *archive) Close() error { return a.file.Close() }

func (a *archive) read() error {
	var docker []struct {
		Config string
		Layers []string
	}
	switch err := a.document("manifest.json", &docker); {
	case err == nil && len(docker) == 1:
		a.layers = docker[0].Layers
		return a.document(docker[0].Config, &a.config)
	case err == nil:
		return fmt.Errorf("it holds %d images", len(docker))
	case !errors.Is(err, os.ErrNotExist):
		return err
	}
	type descriptor struct{ Digest string }
	blob := func(d descriptor) string { return "blobs/" + strings.Replace(d.Digest, ":", "/", 1) }
	var index struct{ Manifests []descriptor }
	if err := a.document("index.json", &index); err != nil {
		return err
	}
	if len(index.Manifests) != 1 {
		return fmt.Errorf("it holds %d images", len(index.Manifests))
	}
	var manifest struct {
		Config descriptor
		Layers []descriptor
	}
	if err := a.document(blob(index.Manifests[0]), &manifest); err != nil {
		return err
	}
	for _, layer := range manifest.Layers {
		a.layers = append(a.layers, blob(layer))
	}
	return a.document(blob(manifest.Config), &a.config)
}

// entry calls fn with the content of a file of the archive.
func (a *archive) entry(name string, fn func(io.Reader) error) error {
	if _, err := a.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	for r := tar.NewReader(a.file); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%s: %w", name, os.ErrNotExist)
		}
		if err != nil {
			return err
		}
		if path.Clean(h.Name) == name {
			return fn(r)
		}
	}
}

func (a *archive) document(name string, v any) error {
	return a.entry(name, func(r io.Reader) error {
		data, err := io.ReadAll(io.LimitReader(r, maxDocument))
		if err != nil {
			return err
		}
		return json.Unmarshal(data, v)
	})
}

// size returns how many bytes the layers have as a registry keeps them. Docker
// saves them as they are unpacked: these are compressed for counting.
func (a *archive) size() (n int64, err error) {
	for _, layer := range a.layers {
		var count counter
		err := a.entry(layer, func(r io.Reader) error {
			r, zipped, err := peek(r)
			if err != nil {
				return err
			}
			if zipped {
				_, err = io.Copy(&count, r)
				return err
			}
			w := gzip.NewWriter(&count)
			if _, err := io.Copy(w, r); err != nil {
				return err
			}
			return w.Close()
		})
		if err != nil {
			return 0, err
		}
		n += int64(count)
	}
	return n, nil
}

// files returns the paths of the image's files and links, sorted.
func (a *archive) files() ([]string, error) {
	found := map[string]bool{}
	for _, layer := range a.layers {
		if err := a.entry(layer, func(r io.Reader) error { return list(r, found) }); err != nil {
			return nil, err
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

func list(r io.Reader, found map[string]bool) error {
	r, zipped, err := peek(r)
	if err != nil {
		return err
	}
	if zipped {
		if r, err = gzip.NewReader(r); err != nil {
			return err
		}
	}
	for t := tar.NewReader(r); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Typeflag != tar.TypeDir {
			found[path.Join("/", h.Name)] = true
		}
	}
}

// peek reports whether what is read is compressed with gzip.
func peek(r io.Reader) (io.Reader, bool, error) {
	head := make([]byte, 2)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, false, err
	}
	return io.MultiReader(bytes.NewReader(head[:n]), r), bytes.Equal(head, []byte{0x1f, 0x8b}), nil
}

// counter counts what is written.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// compressed returns how many bytes the image in an archive has in a registry.
func compressed(name string) (int64, error) {
	a, err := open(name)
	if err != nil {
		return 0, err
	}
	defer a.Close()
	return a.size()
}
