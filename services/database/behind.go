package database

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/database/internal/gate"
	"github.com/mcpfleet/mcpfleet/services/database/internal/lexer"
)

// unbound reports whether the role's rights bound nothing: then what a statement
// calls out of sight, through a view or an operator, has to be looked at.
func (d *database) unbound(ctx context.Context) (bool, error) {
	if !d.Config().AllowSuperuser {
		return false, nil
	}
	server, err := d.Server(ctx)
	return server.Superuser || len(server.Memberships) > 0, err
}

// behind refuses names of views and operators that call what a statement may
// not. An owner may mean a view to do so for those who have few rights; to those
// who have all it gives what the view's author has written for them.
func (d *database) behind(ctx context.Context, names, operators []string) error {
	if unbound, err := d.unbound(ctx); err != nil || !unbound {
		return err
	}
	snap, err := d.catalog.Current(ctx)
	if err != nil {
		return err
	}
	calls, err := snap.Behind(ctx, d.DB, names, operators)
	if err != nil {
		return err
	}
	for _, c := range calls {
		if why := snap.May(c, d.set.Policy); why != "" {
			return &gate.Refusal{Rule: gate.RuleFunction, Offset: -1, Message: fmt.Sprintf(
				"the %s %q may not be used as this role: it calls the function %q, which %s", c.By, c.Schema+"."+c.Name, c.Function, why)}
		}
	}
	return nil
}

// behindStatement is behind for a statement that passed the gate.
func (d *database) behindStatement(ctx context.Context, sql string) error {
	if err := d.secrets(ctx, sql); err != nil {
		return err
	}
	if unbound, err := d.unbound(ctx); err != nil || !unbound {
		return err
	}
	names, operators := gate.Named(sql)
	return d.behind(ctx, names, operators)
}

// secrets refuses what shows passwords to this role and is harmless to others. Of
// tables that are not the system's, pg_stats has what the role may read anyway.
// Which setting a call asks for can be computed; SHOW names it.
func (d *database) secrets(ctx context.Context, sql string) error {
	if text := lexer.Fold(sql); !strings.Contains(text, "pg_stats") && !strings.Contains(text, "_sett") {
		return nil // none of the names is in it
	}
	names, _ := gate.Named(sql)
	statistics := slices.Contains(names, "pg_stats")
	settings := slices.IndexFunc(names, func(name string) bool {
		return name == "pg_settings" || name == "pg_show_all_settings" || name == "current_setting"
	})
	if !statistics && settings < 0 {
		return nil
	}
	server, err := d.Server(ctx)
	switch {
	case err != nil:
		return err
	case statistics && server.ReadsPasswords:
		return &gate.Refusal{Rule: gate.RuleRelation, Offset: -1, Message: "the view pg_stats may not be used as this role: to it, it shows the hashes of passwords; a role with fewer rights may use it"}
	case settings >= 0 && server.ReadsConnection:
		return &gate.Refusal{Rule: gate.RuleSetting, Offset: -1, Message: names[settings] +
			" may not be used as this role: to it, it shows primary_conninfo, which has a password; use SHOW and the name of a setting, or a role that is no member of pg_read_all_settings"}
	}
	return nil
}
