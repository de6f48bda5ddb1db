package files

import (
	"context"
	"fmt"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/files/internal/change"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

var moveTool = &mcp.Tool{
	Name:  "move_file",
	Title: "Move or rename",
	Description: `Move or rename a file or directory, also to another root or out of the trash. Creates missing directories.
Example: {"from": "old.go", "to": "src/new.go"}`,
	Annotations: writing(true, false),
}

type moveInput struct {
	From      string `json:"from" jsonschema:"path"`
	To        string `json:"to" jsonschema:"new path, with the name"`
	Overwrite bool   `json:"overwrite,omitempty" jsonschema:"replace a file at to"`
	IfMatch   string `json:"if_match,omitempty" jsonschema:"etag of the file to replace"`
}

type moveOutput struct {
	Path     string `json:"path" jsonschema:"where it is now"`
	URI      string `json:"uri"`
	Replaced bool   `json:"replaced,omitempty" jsonschema:"a file was there"`
	Copied   bool   `json:"copied,omitempty" jsonschema:"it was copied, verified and then removed"`
	Files    int64  `json:"files,omitempty" jsonschema:"of what was copied"`
}

func (s *Service) moveFile(ctx context.Context, in moveInput) (moveOutput, error) {
	from, to, err := s.fromTo(ctx, in.From, in.To, true)
	if err != nil {
		return moveOutput{}, err
	}
	etag, err := whole("if_match", in.IfMatch)
	if err != nil {
		return moveOutput{}, err
	}
	res, err := s.change.Move(ctx, from, to, change.Moving{Overwrite: in.Overwrite, IfMatch: etag, Progress: progress(ctx)})
	if err != nil {
		return moveOutput{}, shown(err)
	}
	return moveOutput{res.Path.String(), res.Path.URI(), res.Replaced, res.Copied, res.Files}, nil
}

// fromTo reads the arguments from and to.
func (s *Service) fromTo(ctx context.Context, from, to string, moves bool) (a, b tree.Path, err error) {
	read := s.path
	if moves {
		read = s.writable
	}
	if a, err = read(ctx, "from", from); err == nil {
		b, err = s.writable(ctx, "to", to)
	}
	return a, b, err
}

// progress hands progress on to the caller.
func progress(ctx context.Context) change.Progress {
	r := server.Progress(ctx)
	return func(done, total int64, message string) { r.Report(float64(done), float64(total), message) }
}

func (s *Service) moveQuestion(ctx context.Context, in moveInput) (string, error) {
	_, to, err := s.fromTo(ctx, in.From, in.To, true)
	if err != nil || !in.Overwrite || in.IfMatch != "" {
		return "", err
	}
	return overwriteQuestion(to, "Move %q over it", in.From)
}

// overwriteQuestion asks before what is at p is replaced, if anything is.
func overwriteQuestion(p tree.Path, format string, args ...any) (string, error) {
	info, err := p.Lstat()
	if tree.KindOf(err) == tree.NotFound {
		return "", nil
	}
	if err != nil {
		return "", shown(err)
	}
	what := sizeOf(info.Size)
	if info.Type != tree.Regular {
		what = typeNames[info.Type]
	}
	return fmt.Sprintf("%s (%s) exists. %s?", named(p), what, fmt.Sprintf(format, args...)), nil
}
