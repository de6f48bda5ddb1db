package value

import "strconv"

// form is how a type is written.
type form uint8

const (
	plainText form = iota
	boolean
	integer
	float
	numeric
	money // text, and a number to those who align columns
	document
	hex
	day   // text, and a time to those who draw
	brief // text that is never long
	moment
	array
	words // plain text that a person may have typed
)

// format is how the values of one column are written.
type format struct {
	form    form
	element *format // of an array
	delim   byte    // of an array
}

// number reports whether a column of this form holds numbers.
func (f form) number() bool { return f == integer || f == float || f == numeric || f == money }

// maxWrapped bounds domains over domains and arrays of them.
const maxWrapped = 16

func formatOf(oid uint32, types Types) format { return wrapped(oid, types, maxWrapped) }

func wrapped(oid uint32, types Types, left int) format {
	if left == 0 {
		return format{}
	}
	if t, ok := systemTypes[oid]; ok {
		return format{form: t.form}
	}
	element, delim := elements[oid], byte(',')
	if element == oidBox {
		delim = ';'
	}
	if element == 0 && types != nil {
		t, ok := types.Type(oid)
		switch {
		case ok && t.Base != 0:
			return wrapped(t.Base, types, left-1)
		case !ok || t.Element == 0:
			return format{}
		}
		element = t.Element
		// The delimiter is a property of the elements.
		if of, ok := types.Type(element); ok && of.Delim != 0 {
			delim = of.Delim
		}
	}
	if element == 0 {
		return format{}
	}
	f := wrapped(element, types, left-1)
	return format{form: array, element: &f, delim: delim}
}

const oidBox = 603

// systemType is one of PostgreSQL's own types: a name, short where there is a
// common short one, how it is written, and the array of it.
type systemType struct {
	name  string
	form  form
	array uint32
}

// systemTypes are those of the system catalogs of PostgreSQL 13 to 18, whose OIDs
// never change.
var systemTypes = map[uint32]systemType{
	16: {"boolean", boolean, 1000}, 17: {"bytea", hex, 1001}, 18: {`"char"`, words, 1002}, 19: {"name", words, 1003},
	20: {"bigint", integer, 1016}, 21: {"smallint", integer, 1005}, 23: {"integer", integer, 1007},
	22: {"int2vector", plainText, 1006}, 24: {"regproc", plainText, 1008}, 25: {"text", words, 1009},
	26: {"oid", integer, 1028}, 27: {"tid", plainText, 1010}, 28: {"xid", integer, 1011}, 29: {"cid", integer, 1012}, 30: {"oidvector", plainText, 1013},
	114: {"json", document, 199}, 142: {"xml", words, 143}, 194: {"pg_node_tree", plainText, 0},
	600: {"point", plainText, 1017}, 601: {"lseg", plainText, 1018}, 602: {"path", plainText, 1019}, oidBox: {"box", plainText, 1020},
	604: {"polygon", plainText, 1027}, 628: {"line", plainText, 629}, 718: {"circle", plainText, 719},
	650: {"cidr", plainText, 651}, 869: {"inet", plainText, 1041}, 774: {"macaddr8", plainText, 775}, 829: {"macaddr", plainText, 1040},
	700: {"real", float, 1021}, 701: {"double precision", float, 1022}, 790: {"money", money, 791}, 1700: {"numeric", numeric, 1231},
	705: {"unknown", words, 0}, 1033: {"aclitem", plainText, 1034}, 1042: {"char", words, 1014}, 1043: {"varchar", words, 1015},
	1082: {"date", day, 1182}, 1083: {"time", brief, 1183}, 1266: {"timetz", brief, 1270}, 1186: {"interval", brief, 1187},
	1114: {"timestamp", moment, 1115}, 1184: {"timestamptz", moment, 1185},
	1560: {"bit", plainText, 1561}, 1562: {"varbit", plainText, 1563},
	1790: {"refcursor", words, 2201}, 2202: {"regprocedure", plainText, 2207}, 2203: {"regoper", plainText, 2208}, 2204: {"regoperator", plainText, 2209},
	2205: {"regclass", plainText, 2210}, 2206: {"regtype", plainText, 2211}, 3734: {"regconfig", plainText, 3735}, 3769: {"regdictionary", plainText, 3770},
	4089: {"regnamespace", plainText, 4090}, 4096: {"regrole", plainText, 4097}, 4191: {"regcollation", plainText, 4192},
	2249: {"record", plainText, 2287}, 2275: {"cstring", words, 1263}, 2278: {"void", plainText, 0}, 2950: {"uuid", brief, 2951},
	2970: {"txid_snapshot", plainText, 2949}, 5038: {"pg_snapshot", plainText, 5039}, 3220: {"pg_lsn", plainText, 3221}, 5069: {"xid8", integer, 271},
	3614: {"tsvector", plainText, 3643}, 3615: {"tsquery", plainText, 3645}, 3642: {"gtsvector", plainText, 3644},
	3802: {"jsonb", document, 3807}, 4072: {"jsonpath", plainText, 4073},
	3904: {"int4range", plainText, 3905}, 3906: {"numrange", plainText, 3907}, 3908: {"tsrange", plainText, 3909},
	3910: {"tstzrange", plainText, 3911}, 3912: {"daterange", plainText, 3913}, 3926: {"int8range", plainText, 3927},
	4451: {"int4multirange", plainText, 6150}, 4532: {"nummultirange", plainText, 6151}, 4533: {"tsmultirange", plainText, 6152},
	4534: {"tstzmultirange", plainText, 6153}, 4535: {"datemultirange", plainText, 6155}, 4536: {"int8multirange", plainText, 6157},
}

// elements are the element types of PostgreSQL's own arrays.
var elements = func() map[uint32]uint32 {
	m := make(map[uint32]uint32, len(systemTypes))
	for oid, t := range systemTypes {
		if t.array != 0 {
			m[t.array] = oid
		}
	}
	return m
}()

// IsJSON reports whether values of a type, or of what a domain is made of, are
// JSON documents.
func IsJSON(oid uint32, types Types) bool { return formatOf(oid, types).form == document }

// IsInteger reports whether values of a type, or of what a domain is made of,
// are integers.
func IsInteger(oid uint32, types Types) bool { return formatOf(oid, types).form == integer }

// Element returns the type of the elements of an array, and the delimiter
// between them. It is not ok for what is no array.
func Element(oid uint32, types Types) (element uint32, delim byte, ok bool) {
	for range maxWrapped {
		if element = elements[oid]; element != 0 {
			return element, formatOf(oid, nil).delim, true
		}
		if types == nil {
			break
		}
		t, known := types.Type(oid)
		if !known || t.Base == 0 && t.Element == 0 {
			break
		}
		if t.Element != 0 {
			return t.Element, formatOf(oid, types).delim, true
		}
		oid = t.Base
	}
	return 0, 0, false
}

// TypeName returns the name of a column's type, such as numeric(10,2).
func (e *Encoder) TypeName(column int) string {
	return TypeName(e.columns[column].OID, e.columns[column].Modifier, e.types)
}

// TypeName returns the name of a type with its modifier, -1 for none: a short
// common one of PostgreSQL's own types, what the database calls others.
func TypeName(oid uint32, modifier int32, types Types) string {
	if element := elements[oid]; element != 0 {
		return systemTypes[element].name + modified(element, modifier) + "[]"
	}
	if t, ok := systemTypes[oid]; ok {
		return t.name + modified(oid, modifier)
	}
	if types != nil {
		if t, ok := types.Type(oid); ok {
			return t.Name
		}
	}
	return "oid " + strconv.FormatUint(uint64(oid), 10)
}

// modified is what stands behind the name of a type for a modifier.
func modified(oid uint32, m int32) string {
	if m < 0 {
		return ""
	}
	brackets := func(n int32) string { return "(" + strconv.Itoa(int(n)) + ")" }
	switch oid {
	case 1042, 1043: // the length counts its own header
		if m >= 4 {
			return brackets(m - 4)
		}
	case 1083, 1114, 1184, 1266, 1560, 1562:
		return brackets(m)
	case 1700: // the scale has 11 bits and a sign, from PostgreSQL 15 on
		if m >= 4 {
			m -= 4
			return "(" + strconv.Itoa(int(m>>16&0xffff)) + "," + strconv.Itoa(int(m&0x7ff^1024)-1024) + ")"
		}
	case 1186:
		name := intervalFields[m>>16&0x7fff]
		if p := m & 0xffff; p != 0xffff {
			name += brackets(p)
		}
		return name
	}
	return ""
}

// intervalFields are the names of sets of fields, by the bits of MONTH (1), YEAR
// (2), DAY (3), HOUR (10), MINUTE (11) and SECOND (12).
var intervalFields = map[int32]string{
	1 << 2: " year", 1 << 1: " month", 1 << 3: " day", 1 << 10: " hour", 1 << 11: " minute", 1 << 12: " second",
	1<<2 | 1<<1: " year to month", 1<<3 | 1<<10: " day to hour", 1<<3 | 1<<10 | 1<<11: " day to minute",
	1<<3 | 1<<10 | 1<<11 | 1<<12: " day to second", 1<<10 | 1<<11: " hour to minute",
	1<<10 | 1<<11 | 1<<12: " hour to second", 1<<11 | 1<<12: " minute to second",
}
