// Package files is an MCP server for directory trees that an agent may work in:
// it reads, searches, writes and watches what is below the roots that its
// operator named, and nothing beside it.
//
// [Service.Register] is the table of contents. The boundary is in internal/tree;
// everything that touches a disk goes through it.
package files

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/files/internal/change"
	"github.com/mcpfleet/mcpfleet/services/files/internal/text"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
	"github.com/mcpfleet/mcpfleet/services/files/internal/watch"
)

// What a caller needs.
const (
	readScope  = "files:read"
	writeScope = "files:write"
)

//go:embed instructions.md
var instructions string

// Config holds the service's own flags.
type Config struct {
	// Roots are the directories that are served.
	Roots []string `name:"root" env:"FILES_ROOT,ALLOWED_DIR" wanted:"required" help:"A directory to serve, as name=/path, or name=/path:ro for one that nothing may change. Repeat it for several."`
	// OneFilesystem refuses what is mounted below a root.
	OneFilesystem bool `name:"one-filesystem" env:"FILES_ONE_FILESYSTEM" help:"Refuse what is mounted below a root."`
	// ClientRoots narrows what is served to the roots that a client announces.
	ClientRoots bool `name:"client-roots" env:"FILES_CLIENT_ROOTS" help:"Serve a client of an older protocol only what is in the roots that it announces too. They never add anything."`
	// Archive adds the tools archive and extract.
	Archive bool `name:"archive" env:"FILES_ARCHIVE" help:"Offer the tools archive and extract too."`
	// MaxFile is the largest file that is edited or replaced, in bytes.
	MaxFile int64 `name:"max-file" env:"FILES_MAX_FILE" default:"67108864" help:"The largest file that can be edited or written, in bytes. At most 1073741824."`
	// MaxRead is the most of a file that one call returns, in bytes.
	MaxRead int `name:"max-read" env:"FILES_MAX_READ" default:"1048576" help:"The most of a file that one call returns, in bytes. At most 8388608."`
}

// Service serves the roots. It is safe for concurrent use.
type Service struct {
	cfg     Config
	tree    *tree.Tree
	change  *change.Changer
	watch   *watch.Manager
	narrow  narrowing
	log     *slog.Logger
	cursors server.Cursors
	pages   text.Pager
	stop    func() // ends the sweep
}

// Open opens the roots that cfg names. Without any the service is not
// configured: it starts, and every call says what to set.
func Open(_ context.Context, cfg Config, log *slog.Logger) (*Service, error) {
	cfg.MaxFile = cmp.Or(cfg.MaxFile, change.DefaultMaxFile)
	if cfg.MaxFile < 1 || cfg.MaxFile > 1<<30 {
		return nil, fmt.Errorf("--max-file %d: give 1 to 1073741824 bytes", cfg.MaxFile)
	}
	cfg.MaxRead = cmp.Or(cfg.MaxRead, 1<<20)
	if cfg.MaxRead < 1 || cfg.MaxRead > 8<<20 {
		return nil, fmt.Errorf("--max-read %d: give 1 to 8388608 bytes", cfg.MaxRead)
	}
	var specs []tree.Spec
	for _, r := range cfg.Roots {
		spec, err := tree.ParseSpec(r)
		if err != nil {
			return nil, fmt.Errorf("--root: %w", err)
		}
		specs = append(specs, spec)
	}
	t, err := tree.Open(specs, tree.Options{OneFilesystem: cfg.OneFilesystem})
	if err != nil {
		return nil, fmt.Errorf("--root: %w", err)
	}
	w := watch.New(watch.Options{Notice: func(message string, cause error) {
		if log != nil {
			log.Warn(message, "cause", cause, "hint", "raise fs.inotify.max_user_watches, or the files that the process may open")
		}
	}})
	return &Service{
		cfg: cfg, tree: t, change: change.New(change.Options{MaxFile: cfg.MaxFile}), watch: w, log: log, stop: func() {},
	}, nil
}

// Register is the table of contents.
func (s *Service) Register(r *server.Registry) {
	s.cursors = r.Cursors()
	r.Describe("Files", instructions)
	r.ShareWatches()
	if s.cfg.ClientRoots {
		r.AskRoots()
	}
	if !r.ReadOnly() {
		s.stop = s.sweep()
	}

	server.AddTool(r, readTool, s.readFile, server.Scope(readScope), server.MaxResult(4*s.cfg.MaxRead+64<<10))
	server.AddTool(r, readManyTool, s.readFiles, server.Scope(readScope), server.MaxResult(4*s.cfg.MaxRead+64<<10))
	server.AddTool(r, infoTool, s.fileInfo, server.Scope(readScope))
	server.AddTool(r, listTool, s.listDirectory, server.Scope(readScope))
	server.AddTool(r, treeTool, s.directoryTree, server.Scope(readScope))
	server.AddTool(r, findTool, s.findFiles, server.Scope(readScope), server.Timeout(findTimeout))
	server.AddTool(r, searchTool, s.searchContent, server.Scope(readScope), server.Timeout(searchTimeout))
	server.AddTool(r, writeTool, s.writeFile, server.Scope(writeScope), server.Writes(), server.Confirm(s.writeQuestion))
	server.AddTool(r, editTool, s.editFile, server.Scope(writeScope), server.Writes(), server.Confirm(unasked[editInput]), server.Shows(diffView))
	server.AddTool(r, patchTool, s.applyPatch, server.Scope(writeScope), server.Writes(), server.Confirm(s.asksToDelete), server.Shows(diffView))
	server.AddTool(r, moveTool, s.moveFile, server.Scope(writeScope), server.Writes(), server.Confirm(s.moveQuestion))
	server.AddTool(r, copyTool, s.copyFile, server.Scope(writeScope), server.Writes(), server.Confirm(s.copyQuestion))
	server.AddTool(r, deleteTool, s.deleteFile, server.Scope(writeScope), server.Writes(), server.Confirm(s.deleteQuestion))
	if s.cfg.Archive {
		server.AddTool(r, archiveTool, s.archive, server.Scope(writeScope), server.Writes(), server.Confirm(s.archiveQuestion))
		server.AddTool(r, extractTool, s.extract, server.Scope(writeScope), server.Writes())
	}

	if !r.ReadOnly() {
		r.AddView(diffView, server.Scope(writeScope))
	}
	r.AddTemplate(fileTemplate, s.readResource, server.Scope(readScope), server.Private())
	r.AddTemplate(rangeTemplate, s.readResource, server.Scope(readScope), server.Private())
	r.CompleteTemplate(fileTemplate.URITemplate, "path", s.completeResource)
	r.CompleteTemplate(rangeTemplate.URITemplate, "path", s.completeResource)
	r.ListResources(s.listResources, server.Scope(readScope), server.TTL(listFresh), server.Private())

	r.AddPrompt(explorePrompt, s.explore, server.Scope(readScope))
	r.AddPrompt(reviewPrompt, s.review, server.Scope(readScope))
	r.AddPrompt(usagesPrompt, s.usages, server.Scope(readScope))
	r.CompletePrompt(explorePrompt.Name, "path", s.completeArgument)
	r.CompletePrompt(reviewPrompt.Name, "path", s.completeArgument)
	r.CompletePrompt(reviewPrompt.Name, "since", completeSince)
	r.CompletePrompt(usagesPrompt.Name, "path", s.completeArgument)
}

// Close ends the watches and the sweep, and closes the roots.
func (s *Service) Close() error {
	s.stop()
	err := s.watch.Close()
	s.narrow.close()
	return errors.Join(err, s.tree.Close())
}

// path reads the argument of this name as a path.
func (s *Service) path(ctx context.Context, argument, value string) (tree.Path, error) {
	t, err := s.roots(ctx)
	if err != nil {
		return tree.Path{}, err
	}
	p, err := t.Path(value)
	var e *tree.Error
	if errors.As(err, &e) && e.Path == "" {
		named := *e
		named.Message = argument + ": " + e.Message
		err = &named
	}
	return p, shown(err)
}

// writable reads the argument of this name as a path that may be changed.
func (s *Service) writable(ctx context.Context, argument, value string) (tree.Path, error) {
	p, err := s.path(ctx, argument, value)
	if err == nil && p.Root.ReadOnly {
		return p, shown(tree.Errorf(tree.ReadOnly, p, "the root is served read-only"))
	}
	return p, err
}
