package database

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

const (
	// maxFile bounds a databases file, and one with a connection string.
	maxFile = 1 << 20
	// maxDatabases bounds what a file can name: each has a pool of its own.
	maxDatabases = 100
)

// databaseName is what a database can be called: it is part of URIs.
var databaseName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)

// entry is a database in a databases file.
type entry struct {
	Name        string `yaml:"name"`
	URL         string `yaml:"url"`
	URLFile     string `yaml:"url_file"`
	Mode        string `yaml:"mode"`
	Description string `yaml:"description"`
	Default     bool   `yaml:"default"`
	Required    bool   `yaml:"required"`
	Limits      limits `yaml:"limits"`

	SearchPath     string            `yaml:"search_path"`
	TimeZone       string            `yaml:"time_zone"`
	AllowFunctions []string          `yaml:"allow_functions"`
	AllowFullTable bool              `yaml:"allow_full_table"`
	AllowAnalyze   bool              `yaml:"allow_analyze"`
	AllowSuperuser bool              `yaml:"allow_superuser"`
	Pooler         bool              `yaml:"pooler"`
	Subscriptions  map[string]string `yaml:"subscriptions"`
}

// limits are what an entry says otherwise than the flags.
type limits struct {
	PoolMin          *int           `yaml:"pool_min"`
	PoolMax          *int           `yaml:"pool_max"`
	Idle             *time.Duration `yaml:"idle"`
	Lifetime         *time.Duration `yaml:"lifetime"`
	Queue            *time.Duration `yaml:"queue"`
	StatementTimeout *time.Duration `yaml:"statement_timeout"`
	MaxTimeout       *time.Duration `yaml:"max_timeout"`
	LockTimeout      *time.Duration `yaml:"lock_timeout"`
	WorkMem          *string        `yaml:"work_mem"`
	MaxRows          *int           `yaml:"max_rows"`
	MaxBytes         *int           `yaml:"max_bytes"`
	MaxCost          *float64       `yaml:"max_cost"`
	MaxAffected      *int           `yaml:"max_affected"`
}

// fromFile reads the databases file.
func (c Config) fromFile() ([]setting, error) {
	for _, f := range []struct {
		given bool
		flag  string
	}{
		{c.Write, "--write"}, {c.AllowSuperuser, "--allow-superuser"}, {len(c.AllowFunctions) > 0, "--allow-functions"}, {c.AllowFullTable, "--allow-full-table"},
		{c.AllowAnalyze, "--allow-analyze"}, {len(c.Subscribe) > 0, "--subscribe"}, {c.Pooler, "--pooler"}, {c.SearchPath != "", "--search-path"}, {c.TimeZone != "", "--time-zone"},
	} {
		if f.given {
			return nil, fmt.Errorf("%s is for one database: with --databases-file, say it of a database in the file", f.flag)
		}
	}
	data, open, err := readFile(c.File)
	if err != nil {
		return nil, fmt.Errorf("--databases-file: %w", err)
	}
	entries, err := decodeEntries(data)
	if err != nil {
		return nil, fmt.Errorf("--databases-file %s: %w", c.File, err)
	}
	var list []setting
	first := -1
	for i, e := range entries {
		set, err := c.fromEntry(e)
		if err == nil && slices.ContainsFunc(list, func(s setting) bool { return s.Name == e.Name }) {
			err = errors.New("the name is there twice")
		}
		if err == nil && e.Default && first >= 0 {
			err = fmt.Errorf("%q is the default already", list[first].Name)
		}
		if err != nil {
			return nil, fmt.Errorf("--databases-file %s: database %d, %q: %w", c.File, i+1, e.Name, err)
		}
		if e.Default {
			first = i
		}
		if open && set.Exposed == "" && hasPassword(e.URL) {
			set.Exposed = c.File
		}
		list = append(list, set)
	}
	first = max(first, 0)
	chosen := list[first]
	return slices.Insert(slices.Delete(list, first, first+1), 0, chosen), nil
}

// decodeEntries reads the list in a file.
func decodeEntries(data []byte) ([]entry, error) {
	var entries []entry
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	err := dec.Decode(&entries)
	switch {
	case errors.Is(err, io.EOF) || err == nil && len(entries) == 0:
		return nil, errors.New("it names no database; write a list: - {name: shop, url_file: shop.url}")
	case err != nil:
		return nil, explain(err)
	case len(entries) > maxDatabases:
		return nil, fmt.Errorf("it names %d databases; the most are %d", len(entries), maxDatabases)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one document in it")
	}
	return entries, nil
}

var (
	unknownKey = regexp.MustCompile(`^(line \d+): field (\S+) not found in type \S+$`)
	twice      = regexp.MustCompile(`^(line \d+): mapping key "(\w+)" already defined at line`)
	wrongType  = regexp.MustCompile(`^(line \d+): cannot unmarshal !!(\w+).* into (\S+)$`)
)

// kinds are what Go's types are called where people write them.
var kinds = map[string]string{
	"int": "a number", "float64": "a number", "bool": "true or false", "string": "text", "time.Duration": "a duration such as 30s",
	"[]string": "a list of names", "[]database.entry": "a list of databases", "database.entry": "a database", "database.limits": "limits", "map[string]string": "table: channel",
}

// explain says what is wrong with a file without the value, which may be a
// password that stands in the wrong line.
func explain(err error) error {
	var types *yaml.TypeError
	if !errors.As(err, &types) {
		return errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	var said []string
	for _, e := range types.Errors {
		if m := unknownKey.FindStringSubmatch(e); m != nil {
			said = append(said, fmt.Sprintf("%s: there is no key %s", m[1], m[2]))
		} else if m := twice.FindStringSubmatch(e); m != nil {
			said = append(said, fmt.Sprintf("%s: the key %s is there twice", m[1], m[2]))
		} else if m := wrongType.FindStringSubmatch(e); m != nil {
			kind := kinds[m[3]]
			if kind == "" {
				kind = m[3]
			}
			said = append(said, fmt.Sprintf("%s: give %s", m[1], kind))
		} else {
			line, _, _ := strings.Cut(e, ":")
			said = append(said, line+": it cannot be read")
		}
	}
	return errors.New(strings.Join(said, "; "))
}

// fromEntry makes the settings of a database in the file.
func (c Config) fromEntry(e entry) (setting, error) {
	set := c.defaults()
	if !databaseName.MatchString(e.Name) {
		return set, errors.New("name: give lower-case letters, digits, _ and -, a letter first, 63 at most")
	}
	set.Name, set.Description = e.Name, e.Description
	switch e.Mode {
	case "", "read-only":
	case "write":
		set.Writes = true
	default:
		return set, errors.New("mode: give read-only or write")
	}
	switch {
	case (e.URL == "") == (e.URLFile == ""):
		return set, errors.New("give url or url_file, one of them")
	case e.URL != "":
		set.URL = e.URL
	default:
		path := e.URLFile
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(c.File), path)
		}
		var err error
		if set.URL, set.Exposed, err = readSecret("url_file", path); err != nil {
			return set, err
		}
		if !hasPassword(set.URL) {
			set.Exposed = ""
		}
	}
	e.Limits.apply(&set)
	set.SearchPath, set.TimeZone, set.StartupOff = e.SearchPath, e.TimeZone, e.Pooler
	set.AllowSuperuser, set.AllowFunctions, set.AllowFullTable, set.AllowAnalyze = e.AllowSuperuser, e.AllowFunctions, e.AllowFullTable, e.AllowAnalyze
	set.Subscriptions, set.Required = e.Subscriptions, e.Required
	return set, set.check(fileNames)
}

// fileNames names limits by their keys in the file.
func fileNames(field string) string {
	switch field {
	case "pool_idle", "pool_lifetime", "pool_queue":
		field = strings.TrimPrefix(field, "pool_")
	case "subscribe":
		return "subscriptions"
	}
	return "limits." + field
}

func (l limits) apply(set *setting) {
	override(&set.PoolMin, l.PoolMin)
	override(&set.PoolMax, l.PoolMax)
	override(&set.Idle, l.Idle)
	override(&set.Lifetime, l.Lifetime)
	override(&set.Queue, l.Queue)
	override(&set.StatementTimeout, l.StatementTimeout)
	override(&set.MaxTimeout, l.MaxTimeout)
	override(&set.LockTimeout, l.LockTimeout)
	override(&set.WorkMem, l.WorkMem)
	override(&set.MaxRows, l.MaxRows)
	override(&set.MaxBytes, l.MaxBytes)
	override(&set.MaxCost, l.MaxCost)
	override(&set.MaxAffected, l.MaxAffected)
}

func override[T any](field *T, given *T) {
	if given != nil {
		*field = *given
	}
}

// readSecret reads a file with one secret. exposed is the file if others can read
// it.
func readSecret(flag, path string) (secret, exposed string, err error) {
	data, open, err := readFile(path)
	if err != nil {
		return "", "", fmt.Errorf("%s: %w", flag, err)
	}
	secret = strings.TrimSpace(string(data))
	if secret == "" || strings.ContainsAny(secret, "\n\x00") {
		return "", "", fmt.Errorf("%s %s: write one line into it", flag, path)
	}
	if open {
		exposed = path
	}
	return secret, exposed, nil
}

// readFile reads a small file and reports whether every user can read it.
func readFile(path string) (data []byte, open bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, false, err
	}
	if data, err = io.ReadAll(io.LimitReader(f, maxFile+1)); err != nil {
		return nil, false, err
	}
	if len(data) > maxFile {
		return nil, false, fmt.Errorf("%s is larger than %d bytes", path, maxFile)
	}
	return data, info.Mode().Perm()&0o004 != 0, nil
}

// hasPassword reports whether a connection string holds a password, in either of
// its forms.
func hasPassword(connection string) bool {
	if u, err := url.Parse(connection); err == nil && u.Scheme != "" {
		_, given := u.User.Password()
		return given || u.Query().Has("password")
	}
	return strings.Contains(connection, "password")
}
