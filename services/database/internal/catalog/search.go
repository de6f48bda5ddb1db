package catalog

import (
	"cmp"
	"context"
	"math/bits"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// The kinds of what a search finds.
const (
	HitTable    = "table"
	HitColumn   = "column"
	HitType     = "type"
	HitFunction = "function"
)

// maxQueryWords bounds the words of a query that count.
const maxQueryWords = 8

// What a word of the query is worth where it is found. A word that is found in
// the name of a column's table alone helps a column that has another.
const (
	scoreWord    = 60 // it is a word of the name
	scorePrefix  = 48 // a word of the name begins with it
	scoreLabel   = 40 // it is a label of the enum
	scoreInside  = 36 // it is inside a word of the name
	scoreStem    = 30 // it begins with a word of the name
	scoreSimilar = 34 // times the similarity, from leastSimilar percent on
	scoreTable   = 24 // it is in the name of the column's table
	scoreShort   = 28 // a word of the name is short for it
	scoreNear    = 16 // a word of the name of the column's table is
	scoreComment = 20 // it is in the comment
	bonusExact   = 60 // the name is the query
	bonusPrefix  = 20 // the name begins with the query
	leastScore   = 8
	leastSimilar = 30
	leastInside  = 3 // letters of a word that is looked for inside others
	maxFunctions = 100_000
	maxLabels    = 200
	maxSignature = 300
)

// Index searches the names, comments and labels of a snapshot. It is immutable.
type Index struct {
	of        *Snapshot
	functions []object
	types     []object

	words   []string // of all names, comments and labels
	sets    []trigrams
	entries []entry
	refs    []uint32 // into words
}

// object is a function or a type.
type object struct {
	OID                   uint32
	Schema, Name, Comment string
	Kind                  string   // of a type: enum, domain, composite, range
	Labels                []string // of an enum
}

type entryKind uint8

const (
	entryTable entryKind = iota
	entryColumn
	entryType
	entryFunction
)

var entryNames = [...]string{HitTable, HitColumn, HitType, HitFunction}

// entry is one thing that can be found. Its words are refs[from:], those of the
// name first, then labels, then the comment.
type entry struct {
	joined                 uint64
	from                   uint32
	names, labels, comment uint8
	kind                   entryKind
	column                 uint16
	at                     uint32 // in Tables, types or functions
	owner                  uint32 // of a column: the entry of its table
}

// Hit is one thing that was found.
type Hit struct {
	Kind    string // table, column, type, function
	Schema  string
	Table   string // of a column
	Name    string
	Type    string   // of a column; of a table or a type its kind; of a function what it returns
	Args    string   // of a function
	Labels  []string // of an enum
	Comment string
	oid     uint32 // of what is not a column
}

// newIndex makes the index of a snapshot. What the snapshot does not hold of
// types and functions is read now.
func newIndex(ctx context.Context, db *postgres.DB, s *Snapshot) (*Index, error) {
	x := &Index{of: s}
	var err error
	if x.functions, err = postgres.Select[object](ctx, db, `
select p.oid, n.nspname::text as schema, p.proname::text as name, coalesce(left(d.description, 500), '') as comment, '' as kind, '{}'::text[] as labels
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
left join pg_description d on d.objoid = p.oid and d.classoid = 'pg_proc'::regclass and d.objsubid = 0
where n.nspname <> 'information_schema' and n.nspname !~ '^pg_' and has_schema_privilege(n.oid, 'usage')
order by 1 limit $1`, maxFunctions); err != nil {
		return nil, err
	}
	if x.types, err = postgres.Select[object](ctx, db, `
select t.oid, n.nspname::text as schema, t.typname::text as name, coalesce(left(d.description, 500), '') as comment,
  case t.typtype when 'e' then 'enum' when 'd' then 'domain' when 'c' then 'composite' else 'range' end as kind,
  case t.typtype when 'e' then array(select e.enumlabel::text from pg_enum e where e.enumtypid = t.oid order by e.enumsortorder limit $1) else '{}' end as labels
from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
left join pg_description d on d.objoid = t.oid and d.classoid = 'pg_type'::regclass and d.objsubid = 0
where t.typtype in ('e','d','c','r') and coalesce(c.relkind, 'c') = 'c'
  and n.nspname <> 'information_schema' and n.nspname !~ '^pg_' and has_schema_privilege(n.oid, 'usage')`, maxLabels); err != nil {
		return nil, err
	}
	x.build()
	return x, nil
}

// builder has what is needed until the index is made.
type builder struct {
	*Index
	ids     map[string]uint32
	scratch []string
}

func (x *Index) build() {
	b := &builder{Index: x, ids: make(map[string]uint32)}
	for i, t := range x.of.Tables {
		if !t.Readable {
			continue
		}
		owner := uint32(len(x.entries))
		b.add(entry{kind: entryTable, at: uint32(i)}, t.Name, nil, t.Comment)
		for j, c := range t.Columns {
			b.add(entry{kind: entryColumn, at: uint32(i), column: uint16(j), owner: owner}, c.Name, nil, c.Comment)
		}
	}
	for i, t := range x.types {
		b.add(entry{kind: entryType, at: uint32(i)}, t.Name, t.Labels, t.Comment)
	}
	for i, f := range x.functions {
		b.add(entry{kind: entryFunction, at: uint32(i)}, f.Name, nil, f.Comment)
	}
	x.sets = make([]trigrams, len(x.words))
	for i, w := range x.words {
		x.sets[i] = trigramsOf(w)
	}
	x.entries, x.refs, x.words = slices.Clip(x.entries), slices.Clip(x.refs), slices.Clip(x.words)
}

func (b *builder) add(e entry, name string, labels []string, comment string) {
	e.from = uint32(len(b.refs))
	b.scratch = words(b.scratch[:0], name)
	e.joined = joined(b.scratch)
	e.names = b.keep(b.scratch)
	b.scratch = b.scratch[:0]
	for _, l := range labels {
		b.scratch = words(b.scratch, l)
	}
	e.labels = b.keep(b.scratch)
	e.comment = b.keep(words(b.scratch[:0], comment))
	b.entries = append(b.entries, e)
}

func (b *builder) keep(list []string) uint8 {
	list = list[:min(len(list), 255)]
	for _, w := range list {
		id, ok := b.ids[w]
		if !ok {
			id = uint32(len(b.words))
			w = strings.Clone(w)
			b.ids[w], b.words = id, append(b.words, w)
		}
		b.refs = append(b.refs, id)
	}
	return uint8(len(list))
}

// Query is what is looked for.
type Query struct {
	Text  string
	Kinds []string // of hits; none: all
	Limit int
}

// found is an entry that matches, and how well.
type found struct {
	at    uint32
	score int
}

// Search returns what matches a query best, best first, and whether there is
// more. A hit has each word of the query, or most of many: as a word of its name, the beginning of one, inside one or much like one, as a
// label, in its comment, or, of a column, in the name of its table; if nothing
// has, what has some of them.
func (x *Index) Search(q Query) (hits []Hit, more bool) {
	asked := words(nil, Cut(q.Text, 500))
	asked = asked[:min(len(asked), maxQueryWords)]
	if len(asked) == 0 || len(x.words) == 0 {
		return nil, false
	}
	var wanted [len(entryNames)]bool
	for i, name := range entryNames {
		wanted[i] = len(q.Kinds) == 0 || slices.Contains(q.Kinds, name)
	}
	scores := make([][]uint8, len(asked))
	for i, w := range asked {
		scores[i] = x.scores(w)
	}
	list := x.matches(asked, scores, wanted, leastScore)
	if len(list) == 0 && len(asked) > 1 {
		// What has some of the words is better than nothing.
		var known []string
		var of [][]uint8
		for i, w := range asked {
			if len(w) >= leastInside && slices.Max(scores[i]) > 0 {
				known, of = append(known, w), append(of, scores[i])
			}
		}
		if len(known) > 0 {
			list = x.matches(known, of, wanted, 1)
		}
	}
	slices.SortFunc(list, x.compare)
	more = len(list) > q.Limit
	for _, f := range list[:min(len(list), q.Limit)] {
		hits = append(hits, x.hit(&x.entries[f.at]))
	}
	return hits, more
}

// matches returns the entries of the wanted kinds that score enough.
func (x *Index) matches(asked []string, scores [][]uint8, wanted [len(entryNames)]bool, least int) (list []found) {
	whole := joined(asked)
	for i := range x.entries {
		e := &x.entries[i]
		if !wanted[e.kind] {
			continue
		}
		if score := x.score(e, asked, scores, whole); score >= least {
			list = append(list, found{uint32(i), score})
		}
	}
	return list
}

// scores tells what a word of the query is worth in each of the words. Those
// that are only like it count if it is nowhere as it stands.
func (x *Index) scores(asked string) []uint8 {
	list := make([]uint8, len(x.words))
	literal := false
	for i, w := range x.words {
		switch at := strings.Index(w, asked); {
		case at == 0 && len(w) == len(asked):
			list[i] = scoreWord
		case at == 0:
			list[i] = scorePrefix
		case at > 0 && len(asked) >= leastInside:
			list[i] = scoreInside
		case len(w) > leastInside && strings.HasPrefix(asked, w):
			list[i] = scoreStem
		case abbreviates(w, asked):
			list[i] = scoreShort
			continue
		default:
			continue
		}
		literal = true
	}
	if literal || len(asked) <= leastInside {
		return list
	}
	set := trigramsOf(asked)
	size := bits.OnesCount64(uint64(set))
	for i, w := range x.words {
		if bits.OnesCount64(uint64(set&x.sets[i]))*4 < size {
			continue
		}
		if like := similarity(asked, w); like >= leastSimilar && list[i] == 0 {
			list[i] = uint8(scoreSimilar * like / 100)
		}
	}
	return list
}

// abbreviates reports whether a word of a name is short for one that is asked
// for, as emp for employee, qty for quantity and dt for date: it is the beginning
// of it, and then some of its consonants in their order, or its last letter.
func abbreviates(short, asked string) bool {
	if len(short) < 2 || len(short) >= len(asked) || short[0] != asked[0] || len(short) == 2 && len(asked) > 6 {
		return false
	}
	same := 1
	for same < len(short) && short[same] == asked[same] {
		same++
	}
	if same == 2 && len(short) == 2 {
		return false // it begins too many words
	}
	rest := asked[same:]
	for i := same; i < len(short); i++ {
		at := strings.IndexByte(rest, short[i])
		end := i == len(short)-1 && strings.HasSuffix(asked, short[i:])
		if at < 0 || !end && strings.IndexByte("aeiou", short[i]) >= 0 {
			return false
		}
		rest = rest[at+1:]
	}
	return true
}

func (x *Index) score(e *entry, asked []string, scores [][]uint8, whole uint64) int {
	total, matched, own := 0, 0, false
	for _, of := range scores {
		best := x.best(e, of)
		own = own || best > 0
		if e.kind == entryColumn && best < scoreTable {
			owner := &x.entries[e.owner]
			for _, id := range x.refs[owner.from : owner.from+uint32(owner.names)] {
				switch {
				case of[id] >= scoreInside:
					best = max(best, scoreTable)
				case of[id] >= scoreShort:
					best = max(best, scoreNear)
				}
			}
		}
		if best > 0 {
			matched++
		}
		total += best
	}
	if e.joined == whole {
		return scoreWord + bonusExact
	}
	if !own {
		return 0
	}
	score := total / len(asked)
	if int(e.names) >= len(asked) && x.begins(e, asked) {
		score += bonusPrefix
	}
	return score * matched * matched / (len(asked) * len(asked))
}

// best is what one word of the query is worth in e itself.
func (x *Index) best(e *entry, of []uint8) int {
	refs := x.refs[e.from:]
	best := 0
	for _, id := range refs[:e.names] {
		best = max(best, int(of[id]))
	}
	refs = refs[e.names:]
	for _, id := range refs[:e.labels] {
		if of[id] >= scorePrefix {
			best = max(best, scoreLabel)
		}
	}
	for _, id := range refs[e.labels : int(e.labels)+int(e.comment)] {
		if of[id] >= scorePrefix {
			best = max(best, scoreComment)
		}
	}
	return best
}

// begins reports whether the name begins with the words of the query, the last of
// which may be a beginning.
func (x *Index) begins(e *entry, asked []string) bool {
	for i, w := range asked {
		name := x.words[x.refs[int(e.from)+i]]
		if name != w && (i < len(asked)-1 || !strings.HasPrefix(name, w)) {
			return false
		}
	}
	return true
}

// compare puts better hits first, then tables before their columns, short names
// before long ones, and the rest by name.
func (x *Index) compare(a, b found) int {
	if a.score != b.score {
		return b.score - a.score
	}
	p, q := &x.entries[a.at], &x.entries[b.at]
	return cmp.Or(cmp.Compare(p.kind, q.kind), cmp.Compare(p.names, q.names), cmp.Compare(a.at, b.at))
}

func (x *Index) hit(e *entry) Hit {
	h := Hit{Kind: entryNames[e.kind]}
	switch e.kind {
	case entryTable:
		t := x.of.Tables[e.at]
		h.Schema, h.Name, h.Type, h.Comment, h.oid = t.Schema, t.Name, t.Kind, t.Comment, t.OID
	case entryColumn:
		t := x.of.Tables[e.at]
		c := &t.Columns[e.column]
		h.Schema, h.Table, h.Name, h.Type, h.Comment = t.Schema, t.Name, c.Name, c.Type, c.Comment
	case entryType:
		o := &x.types[e.at]
		h.Schema, h.Name, h.Type, h.Labels, h.Comment, h.oid = o.Schema, o.Name, o.Kind, o.Labels, o.Comment, o.OID
	case entryFunction:
		o := &x.functions[e.at]
		h.Schema, h.Name, h.Comment, h.oid = o.Schema, o.Name, o.Comment, o.OID
	}
	return h
}

// Signatures fills in what the functions among hits take and return, which is
// too dear to be kept of all.
func Signatures(ctx context.Context, q postgres.Querier, hits []Hit) error {
	var oids []uint32
	for _, h := range hits {
		if h.Kind == HitFunction {
			oids = append(oids, h.oid)
		}
	}
	if len(oids) == 0 {
		return nil
	}
	type row struct {
		OID             uint32
		Args, Returning string
	}
	rows, err := postgres.Select[row](ctx, q, `
select p.oid, coalesce(left(pg_get_function_arguments(p.oid), $2), '') as args,
  case p.prokind when 'p' then 'procedure' else coalesce(left(pg_get_function_result(p.oid), $2), '') end as returning
from pg_proc p where p.oid = any($1::oid[])`, oids, maxSignature)
	for i := range hits {
		for _, r := range rows {
			if hits[i].Kind == HitFunction && r.OID == hits[i].oid {
				hits[i].Args, hits[i].Type = r.Args, r.Returning
			}
		}
	}
	return err
}
