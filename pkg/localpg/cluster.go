package localpg

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

const superuser = "postgres"

func (s *Server) data() string { return filepath.Join(s.o.Dir, "data") }

// prepare makes what is missing of the directories and the cluster.
func (s *Server) prepare(ctx context.Context) error {
	if err := s.owner.reach(s.o.Binaries.Dir); err != nil {
		return err
	}
	if err := s.owner.private(s.o.Dir); err != nil {
		return err
	}
	s.ours = true
	if err := s.owner.reach(s.o.Dir); err != nil {
		return err
	}
	if err := s.chooseSocket(); err != nil {
		return err
	}
	switch has, err := os.ReadFile(filepath.Join(s.data(), "PG_VERSION")); {
	case errors.Is(err, fs.ErrNotExist):
		return s.initialize(ctx)
	case err != nil:
		return err
	default:
		return s.sameVersion(ctx, string(has))
	}
}

func (s *Server) sameVersion(ctx context.Context, cluster string) error {
	made, err := major(cluster)
	if err != nil {
		return fmt.Errorf("%s: %w", s.data(), err)
	}
	have, err := s.o.Binaries.Version(ctx)
	if err != nil {
		return err
	}
	if made != have {
		return fmt.Errorf("the cluster in %s is of PostgreSQL %d, and %s is %d: use those programs, or another directory", s.o.Dir, made, s.o.Binaries.Dir, have)
	}
	return nil
}

// initialize makes the cluster beside its place and renames it when it is
// whole, so that half of one is never started.
func (s *Server) initialize(ctx context.Context) error {
	partial, err := os.MkdirTemp(s.o.Dir, "initdb-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(partial)
	if err := s.owner.own(partial); err != nil {
		return err
	}
	data := filepath.Join(partial, "data")
	args := []string{"-D", data, "-U", superuser, "-E", "UTF8", "--locale=C"}
	if !s.o.Durable {
		args = append(args, "--no-sync")
	}
	if s.o.Password == "" {
		args = append(args, "-A", "trust")
	} else {
		file := filepath.Join(partial, "password")
		if err := os.WriteFile(file, []byte(s.o.Password+"\n"), 0o600); err != nil {
			return err
		}
		if err := s.owner.own(file); err != nil {
			return err
		}
		args = append(args, "-A", "scram-sha-256", "--pwfile="+file)
	}
	cmd := exec.CommandContext(ctx, s.o.Binaries.path("initdb"), args...)
	cmd.Env, cmd.Dir, cmd.SysProcAttr = environment(), "/", attributes(s.owner)
	var out tail
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = killLimit
	if err := onThread(cmd.Start, cmd.Wait); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, &out)
	}
	if err := os.Rename(data, s.data()); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// environment is all that PostgreSQL's programs see of ours: nothing that is
// set for clients, and no secrets.
func environment() []string {
	return []string{"LC_ALL=C", "TZ=UTC", "PATH=/usr/local/bin:/usr/bin:/bin"}
}

// maxSocket is the longest path of a unix socket: sun_path has 104 bytes on BSD
// and macOS, 108 on Linux, one of them for its end.
const maxSocket = 103

// chooseSocket puts the socket into Dir, or if its path were too long into a
// directory with a short name that Dir decides.
func (s *Server) chooseSocket() error {
	const name = "/.s.PGSQL.65535"
	if len(s.o.Dir+name) <= maxSocket {
		s.socket = s.o.Dir
		return nil
	}
	short := fmt.Sprintf("pg-%x", sha256.Sum256([]byte(s.o.Dir)))[:15]
	dir := filepath.Join(os.TempDir(), short)
	if len(dir+name) > maxSocket {
		dir = filepath.Join("/tmp", short)
	}
	// In a directory that all may write to, somebody else may have made it.
	if err := s.owner.private(dir); err != nil {
		return err
	}
	s.socket = dir
	return s.owner.reach(dir)
}

// account is whom PostgreSQL runs as.
type account struct {
	uid, gid int
	name     string // "": this process's own
}

// private makes a directory that nobody but the account and root may enter. One
// that is there must be so, or be empty: it is not changed if it holds anything.
func (a account) private(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	err := os.Mkdir(dir, 0o700)
	if err == nil {
		return a.own(dir)
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	// Not Stat: a link may be changed to lead elsewhere.
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a directory", dir)
	}
	uid, _ := owner(info)
	if uid == a.uid && info.Mode().Perm() == 0o700 {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(entries) > 0 || uid != os.Getuid() && uid != a.uid {
		return fmt.Errorf("%s is in use by others: name a directory that is empty or does not exist", dir)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return err
	}
	return a.own(dir)
}

// own gives a file to the account.
func (a account) own(path string) error {
	if a.name == "" {
		return nil
	}
	return os.Lchown(path, a.uid, a.gid)
}

// reach fails if the account may not enter a directory or one above it, which
// PostgreSQL's programs report as many other things.
func (a account) reach(dir string) error {
	if a.name == "" {
		return nil
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	for d := dir; ; d = filepath.Dir(d) {
		info, err := os.Stat(d)
		if err != nil {
			return err
		}
		if !a.mayEnter(info) {
			return fmt.Errorf("PostgreSQL does not run as root but as %s, who may not enter %s: choose a place for %s where all may enter the directories", a.name, d, dir)
		}
		if d == filepath.Dir(d) {
			return nil
		}
	}
}

func (a account) mayEnter(info fs.FileInfo) bool {
	bit := fs.FileMode(0o001)
	switch uid, gid := owner(info); {
	case uid == a.uid:
		bit = 0o100
	case gid == a.gid:
		bit = 0o010
	}
	return info.Mode()&bit != 0
}

// Place returns a directory for what can be made again, such as a cluster to
// try things out or programs that were fetched: elem below the user's cache
// directory. For root, as whom PostgreSQL does not run, it is below /var/cache if
// others may not enter root's. It may not exist yet.
func Place(elem ...string) (string, error) {
	path := filepath.Join(append([]string{"mcpfleet"}, elem...)...)
	cache, err := os.UserCacheDir()
	if !supported || os.Getuid() != 0 {
		return filepath.Join(cache, path), err
	}
	a, e := runAs()
	if e != nil {
		return "", e
	}
	if err == nil && a.reach(existing(cache)) == nil {
		return filepath.Join(cache, path), nil
	}
	return filepath.Join("/var/cache", path), nil
}

// existing returns the directory, or the nearest one above it that exists.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}
