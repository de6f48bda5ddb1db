// Package demo is a service of notes, small enough to see who may do what: some
// of it needs demo:read, some demo:write, and one tool asks a person first.
//
// It is built on pkg/server alone, as every service is. The notes live as long
// as the process, and there are never more than a few. [Service.Register] is the
// table of contents.
package demo

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// maxNotes bounds how many notes there are.
const maxNotes = 100

// Config has no fields: the service is always the same.
type Config struct{}

// Service holds the notes. It is safe for concurrent use.
type Service struct {
	mu    sync.Mutex
	notes map[string]string
}

// Open returns the service with one note, "welcome".
func Open(context.Context, Config, *slog.Logger) (*Service, error) {
	return &Service{notes: map[string]string{"welcome": "Hello!"}}, nil
}

// Register is the table of contents.
func (s *Service) Register(r *server.Registry) {
	r.Describe("Notes", "Notes that are forgotten when the process ends.")
	read, write := server.Scope("demo:read"), server.Scope("demo:write")

	server.AddTool(r, readTool, s.read, read)
	server.AddTool(r, writeTool, s.write, write, server.Writes())
	server.AddTool(r, deleteTool, s.delete, write, server.Writes())

	r.AddTemplate(noteTemplate, s.note, read)

	r.AddPrompt(summarisePrompt, s.summarise, read)
}

// find returns the text of a note.
func (s *Service) find(name string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, ok := s.notes[name]
	if !ok {
		return "", toolerr.New(toolerr.ResourceNotFound, "there is no note %q", name)
	}
	return text, nil
}

var readTool = &mcp.Tool{
	Name: "read_note", Title: "Read a note",
	Description: "Read one note by its name.",
	Annotations: server.ReadOnly(false),
}

type readInput struct {
	Name string `json:"name" maxLength:"40" jsonschema:"The name of the note, such as welcome."`
}

type readOutput struct {
	Text string `json:"text" jsonschema:"what the note says"`
}

func (s *Service) read(_ context.Context, in readInput) (readOutput, error) {
	text, err := s.find(in.Name)
	return readOutput{text}, err
}

// changes returns the annotations of a tool that changes the notes.
func changes(destroys bool) *mcp.ToolAnnotations {
	open := false
	return &mcp.ToolAnnotations{DestructiveHint: &destroys, IdempotentHint: destroys, OpenWorldHint: &open}
}

var writeTool = &mcp.Tool{
	Name: "write_note", Title: "Write a note",
	Description: "Write a new note. A note that exists is not changed.",
	Annotations: changes(false),
}

type writeInput struct {
	Name string `json:"name" pattern:"^[a-z0-9-]+$" maxLength:"40" jsonschema:"The name of the note: lower-case letters, digits and hyphens."`
	Text string `json:"text" maxLength:"1000" jsonschema:"What the note says."`
}

type writeOutput struct {
	Notes int `json:"notes" jsonschema:"how many notes there are now"`
}

func (s *Service) write(_ context.Context, in writeInput) (writeOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch _, taken := s.notes[in.Name]; {
	case taken:
		return writeOutput{}, toolerr.New(toolerr.Conflict, "there is a note %q: choose another name", in.Name)
	case len(s.notes) == maxNotes:
		return writeOutput{}, toolerr.New(toolerr.Conflict, "there are %d notes: delete one first", maxNotes)
	}
	s.notes[in.Name] = in.Text
	return writeOutput{len(s.notes)}, nil
}

var deleteTool = &mcp.Tool{
	Name: "delete_note", Title: "Delete a note",
	Description: "Delete one note for ever.",
	Annotations: changes(true),
}

func (s *Service) delete(_ context.Context, in readInput) (writeOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.notes, in.Name)
	return writeOutput{len(s.notes)}, nil
}

var noteTemplate = &mcp.ResourceTemplate{
	Name: "note", Title: "Note", URITemplate: "demo://notes/{name}",
	Description: "One note.", MIMEType: "text/plain",
}

func (s *Service) note(_ context.Context, _ string, vars map[string]string) ([]*mcp.ResourceContents, error) {
	text, err := s.find(vars["name"])
	if err != nil {
		return nil, err
	}
	return []*mcp.ResourceContents{{Text: text}}, nil
}

var summarisePrompt = &mcp.Prompt{
	Name: "summarise_notes", Title: "Summarise the notes",
	Description: "Summarise all notes in one sentence.",
}

func (s *Service) summarise(context.Context, *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
	s.mu.Lock()
	names := slices.Sorted(maps.Keys(s.notes))
	s.mu.Unlock()
	text := "Read these notes and summarise them in one sentence: " + strings.Join(names, ", ")
	return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: text}}}}, nil
}
