package database

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/mcpfleet/mcpfleet/services/database/internal/catalog"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// schemaText is a schema for a reader: a line for each table, columns with their
// types behind it.
func schemaText(name string, snap *catalog.Snapshot) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", oneLine(name, 200))
	schema, shown, total := "", 0, 0
	for _, t := range snap.Tables {
		if t.Parent == 0 && t.Readable {
			total++
		}
	}
	for _, t := range snap.Tables {
		if t.Parent != 0 || !t.Readable {
			continue
		}
		var line strings.Builder
		if t.Schema != schema {
			fmt.Fprintf(&line, "\n## %s\n\n", oneLine(t.Schema, 200))
		}
		writeTableLine(&line, t)
		if b.Len()+line.Len() > maxSchemaText-200 {
			fmt.Fprintf(&b, "\n%d of %d tables are shown. list_tables goes on with the others; search_schema finds one.\n", shown, total)
			return b.String()
		}
		schema = t.Schema
		shown++
		b.WriteString(line.String())
	}
	return b.String()
}

func writeTableLine(b *strings.Builder, t *catalog.Table) {
	fmt.Fprintf(b, "- %s", name(t.Name))
	if t.Kind != catalog.KindTable {
		b.WriteString(" (" + t.Kind + ")")
	}
	if t.Rows >= 0 {
		fmt.Fprintf(b, " ~%d rows", t.Rows)
	}
	b.WriteString(": ")
	for i, c := range t.Columns {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(name(c.Name) + " " + oneLine(c.Type, 200))
	}
	if len(t.Key) > 0 {
		b.WriteString("; key ")
		for i, k := range t.Key {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(name(k))
		}
	}
	if t.Comment != "" {
		b.WriteString(" -- " + oneLine(t.Comment, maxComment))
	}
	b.WriteByte('\n')
}

// tableText is a table as the SQL that would make it, in Markdown.
func tableText(t *catalog.Table, x *catalog.Details) string {
	var b strings.Builder
	writeCreate(&b, t, x)
	for _, i := range x.Indexes {
		b.WriteString(i.Definition + ";")
		if i.Invalid {
			b.WriteString(" -- invalid: it is not used")
		}
		b.WriteByte('\n')
	}
	if x.RowSecurity {
		fmt.Fprintf(&b, "alter table %s enable row level security;\n", qualified(t.Schema, t.Name))
	}
	for _, p := range x.Policies {
		fmt.Fprintf(&b, "create policy %s on %s for %s", name(p.Name), qualified(t.Schema, t.Name), p.Command)
		if p.Using != "" {
			b.WriteString(" using (" + p.Using + ")")
		}
		if p.Check != "" {
			b.WriteString(" with check (" + p.Check + ")")
		}
		b.WriteString(";\n")
	}
	for _, g := range x.Triggers {
		b.WriteString(g.Definition + ";\n")
	}
	for _, r := range x.Referenced {
		fmt.Fprintf(&b, "-- referenced by %s (%s)\n", qualified(r.Schema, r.Table), joined(r.RefColumns))
	}
	for _, p := range x.Partitions {
		fmt.Fprintf(&b, "-- partition %s %s\n", qualified(p.Schema, p.Name), oneLine(p.Bound, 200))
	}
	if len(x.Truncated) > 0 {
		fmt.Fprintf(&b, "-- not all is shown of: %s\n", strings.Join(x.Truncated, ", "))
	}
	sql := strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, b.String())
	// What is in the database cannot end the block.
	fence := "```"
	for strings.Contains(sql, fence) {
		fence += "`"
	}
	head := "# " + oneLine(t.Schema+"."+t.Name, 200) + "\n\n"
	if x.Comment != "" {
		head += "> " + oneLine(x.Comment, 2000) + "\n\n"
	}
	return head + facts(t, x) + "\n\n" + fence + "sql\n" + sql + fence + "\n"
}

func facts(t *catalog.Table, x *catalog.Details) string {
	list := []string{t.Kind, "owner " + oneLine(x.Owner, 64)}
	if t.Rows >= 0 {
		list = append(list, fmt.Sprintf("about %d rows", t.Rows))
	}
	if n := x.TotalBytes; n > 0 {
		list = append(list, fmt.Sprintf("%d bytes", n))
	}
	if !t.Readable {
		list = append(list, "this role may not read it")
	}
	return strings.Join(list, ", ")
}

func writeCreate(b *strings.Builder, t *catalog.Table, x *catalog.Details) {
	if t.Kind == catalog.KindView || t.Kind == catalog.KindMatview {
		kind := map[string]string{catalog.KindView: "view", catalog.KindMatview: "materialized view"}[t.Kind]
		for _, c := range x.Columns {
			fmt.Fprintf(b, "-- %s %s%s\n", name(c.Name), oneLine(c.Type, 200), remark(c))
		}
		fmt.Fprintf(b, "create %s %s as\n%s\n", kind, qualified(t.Schema, t.Name), x.Definition)
		return
	}
	fmt.Fprintf(b, "create table %s (\n", qualified(t.Schema, t.Name))
	var lines, remarks []string
	for _, c := range x.Columns {
		line := name(c.Name) + " " + oneLine(c.Type, 200)
		if c.NotNull {
			line += " not null"
		}
		switch {
		case c.Generated != "":
			line += " generated always as (" + c.Default + ") " + c.Generated
		case c.Identity != "":
			line += " generated " + c.Identity + " as identity"
		case c.Default != "":
			line += " default " + c.Default
		}
		lines, remarks = append(lines, line), append(remarks, remark(c))
	}
	for _, k := range x.Keys {
		lines, remarks = append(lines, "constraint "+name(k.Name)+" "+k.Definition), append(remarks, "")
	}
	for _, r := range x.References {
		line := fmt.Sprintf("constraint %s foreign key (%s) references %s (%s)", name(r.Name), joined(r.Columns), qualified(r.Schema, r.Table), joined(r.RefColumns))
		if r.OnDelete != "" {
			line += " on delete " + r.OnDelete
		}
		lines, remarks = append(lines, line), append(remarks, "")
	}
	for i, line := range lines {
		if i < len(lines)-1 {
			line += ","
		}
		b.WriteString("  " + line + remarks[i] + "\n")
	}
	b.WriteString(")")
	for i, p := range x.Parents {
		if i == 0 && x.PartitionBound == "" {
			b.WriteString(" inherits")
		}
		fmt.Fprintf(b, " /* of %s */", strings.ReplaceAll(qualified(p.Schema, p.Name), "*/", "* /"))
	}
	if x.PartitionBound != "" {
		b.WriteString(" " + x.PartitionBound)
	}
	if x.PartitionKey != "" {
		b.WriteString(" partition by " + x.PartitionKey)
	}
	b.WriteString(";\n")
}

// remark is what a column's line ends in.
func remark(c catalog.ColumnDetails) string {
	var list []string
	if len(c.Enum) > 0 {
		quoted := make([]string, len(c.Enum))
		for i, l := range c.Enum {
			quoted[i] = oneLine(l, 64)
		}
		list = append(list, "one of "+strings.Join(quoted, ", "))
	}
	if c.Domain != "" {
		list = append(list, "a "+oneLine(c.Domain, 100))
	}
	if c.Comment != "" {
		list = append(list, oneLine(c.Comment, 300))
	}
	if len(list) == 0 {
		return ""
	}
	return " -- " + strings.Join(list, "; ")
}

// name writes a name as SQL has it: in quotes only if it needs them, and what
// cannot be seen or would break the line by its number, as U&"\+00000A".
func name(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) >= 0 {
		var b strings.Builder
		b.WriteString(`U&"`)
		for _, r := range s {
			switch {
			case r == '"' || r == '\\':
				b.WriteRune(r)
				b.WriteRune(r)
			case unicode.IsPrint(r):
				b.WriteRune(r)
			default:
				fmt.Fprintf(&b, `\+%06X`, r)
			}
		}
		return b.String() + `"`
	}
	for i, r := range s {
		if r != '_' && (r < 'a' || r > 'z') && (i == 0 || r < '0' || r > '9') {
			return postgres.Identifier(s)
		}
	}
	return s
}

func joined(list []string) string {
	quoted := make([]string, len(list))
	for i, n := range list {
		quoted[i] = name(n)
	}
	return strings.Join(quoted, ", ")
}

func qualified(schema, table string) string { return name(schema) + "." + name(table) }
