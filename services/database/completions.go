package database

import (
	"context"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/database/internal/catalog"
)

// maxProposed is one more than a client takes, so that it hears of others.
const maxProposed = 101

// proposals are names that begin with what was typed, and behind them those that
// have it elsewhere. Case does not matter.
type proposals struct {
	typed        string
	first, other []string
	seen         map[string]bool
}

func propose(typed string) *proposals {
	return &proposals{typed: strings.ToLower(typed), seen: make(map[string]bool)}
}

// add offers a name, and reports whether more are welcome.
func (p *proposals) add(name string) bool {
	switch at := strings.Index(strings.ToLower(name), p.typed); {
	case at < 0 || p.seen[name]:
	case at == 0:
		p.first, p.seen[name] = append(p.first, name), true
	case len(p.other) < maxProposed:
		p.other, p.seen[name] = append(p.other, name), true
	}
	return len(p.first) < maxProposed
}

func (p *proposals) list() []string {
	list := append(p.first, p.other...)
	return list[:min(len(list), maxProposed)]
}

// completeDatabase completes the name of a database.
func (s *Service) completeDatabase(_ context.Context, typed string, _ map[string]string) ([]string, error) {
	p := propose(typed)
	for _, d := range s.databases {
		p.add(d.set.Name)
	}
	return p.list(), nil
}

// snapshotFor returns the catalog of the database that was settled before, nil if
// it is not to be had: a completion has no use for an error.
func (s *Service) snapshotFor(ctx context.Context, resolved map[string]string) *catalog.Snapshot {
	d, err := s.database(resolved["database"])
	if err != nil {
		return nil
	}
	snap, err := d.catalog.Snapshot(ctx)
	if err != nil {
		return nil
	}
	return snap
}

// completeSchema completes the name of a schema, of the database that was settled
// before or the default one.
func (s *Service) completeSchema(ctx context.Context, typed string, resolved map[string]string) ([]string, error) {
	p := propose(typed)
	if snap := s.snapshotFor(ctx, resolved); snap != nil {
		for _, schema := range snap.Schemas {
			if schema.Usable && !p.add(schema.Name) {
				break
			}
		}
	}
	return p.list(), nil
}

// completeTable completes the name of a table, of the schema and the database
// that were settled before. Without a schema it is the name alone if that finds
// the table, else with its schema. It serves the arguments "table" and
// "data_source" alike.
func (s *Service) completeTable(ctx context.Context, typed string, resolved map[string]string) ([]string, error) {
	p := propose(typed)
	snap := s.snapshotFor(ctx, resolved)
	if snap == nil {
		return p.list(), nil
	}
	schema := resolved["schema"]
	for _, t := range snap.Tables {
		if !t.Readable || t.Parent != 0 || schema != "" && t.Schema != schema {
			continue
		}
		name := t.Name
		if schema == "" {
			if found, err := snap.Table("", name); err != nil || found != t {
				name = qualified(t.Schema, t.Name)
			}
		}
		if !p.add(name) {
			break
		}
	}
	return p.list(), nil
}

// completeColumn completes the name of a column of the table that was settled
// before, or the last of several that are separated by commas.
func (s *Service) completeColumn(ctx context.Context, typed string, resolved map[string]string) ([]string, error) {
	last := strings.TrimLeft(typed[strings.LastIndexByte(typed, ',')+1:], " ")
	before, typed := typed[:len(typed)-len(last)], last
	p := propose(typed)
	if snap := s.snapshotFor(ctx, resolved); snap != nil {
		t, err := snap.Table(resolved["schema"], resolved["table"])
		if err != nil {
			return nil, nil
		}
		for _, c := range t.Columns {
			if !p.add(c.Name) {
				break
			}
		}
	}
	list := p.list()
	for i := range list {
		list[i] = before + list[i]
	}
	return list, nil
}
