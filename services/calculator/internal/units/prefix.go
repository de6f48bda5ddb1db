package units

import "math/big"

// A prefix multiplies a unit.
type prefix struct {
	symbol, name string
	f            factor
	sets         prefixSet
}

// A prefixSet says which prefixes a unit takes.
type prefixSet uint8

const (
	si     prefixSet = 1 << iota // from quecto to quetta
	small                        // milli and below
	large                        // kilo and above
	binary                       // from kibi to quebi

	data = large | binary
	none = prefixSet(0)
)

// prefixes are those of the SI (BIPM, SI brochure, table 7) and of
// IEC 80000-13, with robi and quebi of its 2025 edition.
var prefixes = makePrefixes()

func makePrefixes() []*prefix {
	var list []*prefix
	for _, p := range []struct {
		symbol, name string
		exp          int
	}{
		{"Q", "quetta", 30}, {"R", "ronna", 27}, {"Y", "yotta", 24}, {"Z", "zetta", 21}, {"E", "exa", 18},
		{"P", "peta", 15}, {"T", "tera", 12}, {"G", "giga", 9}, {"M", "mega", 6}, {"k", "kilo", 3},
		{"h", "hecto", 2}, {"da", "deca", 1}, {"d", "deci", -1}, {"c", "centi", -2},
		{"m", "milli", -3}, {"µ", "micro", -6}, {"n", "nano", -9}, {"p", "pico", -12}, {"f", "femto", -15},
		{"a", "atto", -18}, {"z", "zepto", -21}, {"y", "yocto", -24}, {"r", "ronto", -27}, {"q", "quecto", -30},
	} {
		sets := si
		switch {
		case p.exp >= 3:
			sets |= large
		case p.exp <= -3:
			sets |= small
		}
		list = append(list, &prefix{p.symbol, p.name, powerOf(10, p.exp), sets})
	}
	for i, p := range []struct{ symbol, name string }{
		{"Ki", "kibi"}, {"Mi", "mebi"}, {"Gi", "gibi"}, {"Ti", "tebi"}, {"Pi", "pebi"},
		{"Ei", "exbi"}, {"Zi", "zebi"}, {"Yi", "yobi"}, {"Ri", "robi"}, {"Qi", "quebi"},
	} {
		list = append(list, &prefix{p.symbol, p.name, powerOf(1024, i+1), binary})
	}
	return list
}

func powerOf(b int64, n int) factor { return factor{r: big.NewRat(b, 1)}.pow(n) }

// spellings are the ways to write the symbol and the name of p.
func (p *prefix) spellings() (symbols, names []string) {
	switch p.name {
	case "micro":
		return []string{p.symbol, "u"}, []string{p.name}
	case "deca":
		return []string{p.symbol}, []string{p.name, "deka"}
	}
	return []string{p.symbol}, []string{p.name}
}
