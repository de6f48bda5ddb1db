package chart

import (
	"bytes"
	"image/png"
	"strconv"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// columns reads "name:oid name:oid".
func columns(t *testing.T, text string) []postgres.Column {
	t.Helper()
	var list []postgres.Column
	for _, c := range strings.Fields(text) {
		name, oid, _ := strings.Cut(c, ":")
		n, err := strconv.ParseUint(oid, 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, postgres.Column{Name: name, OID: uint32(n)})
	}
	return list
}

// rows reads lines of values between bars; - is NULL.
func rows(lines ...string) [][][]byte {
	var list [][][]byte
	for _, line := range lines {
		var row [][]byte
		for _, v := range strings.Split(line, "|") {
			if v == "-" {
				row = append(row, nil)
			} else {
				row = append(row, []byte(v))
			}
		}
		list = append(list, row)
	}
	return list
}

func many(n int, line func(i int) string) []string {
	var list []string
	for i := range n {
		list = append(list, line(i))
	}
	return list
}

func TestDraw(t *testing.T) {
	for _, c := range []struct {
		columns string
		rows    []string
		want    string
	}{
		{"status:25 orders:20", []string{"paid|12", "shipped|7", "-|-"}, "bars of orders by status, 3 of 3 rows"},
		{"status:25 paid:16 orders:20 revenue:1700", []string{"a|t|12|3.50", "b|f|7|-1"}, "bars of orders, revenue by status, paid, 2 of 2 rows"},
		{"total:1700", []string{"1", "2"}, "bars of total by row, 2 of 2 rows"},
		{"price:790", []string{"$1,234.50", "$2"}, "bars of price by row, 2 of 2 rows"},
		{"word:25 n:23", many(60, func(i int) string { return strconv.Itoa(i) + "|1" }), "bars of n by word, 50 of 60 rows"},
		{"month:1082 revenue:1700", []string{"2026-03-01|3", "2026-01-01|1", "2026-02-01|-"}, "lines of revenue over month, 3 rows"},
		{"at:1184 a:20 b:701", []string{"2026-01-02 03:04:05.123456+00|1|2", "2026-01-03 03:04:05+02|NaN|1e5"}, "lines of a, b over at, 2 rows"},
		{"at:1114 a:20", []string{"infinity|1", "2026-01-03 03:04:05|2", "2026-01-03 03:04:06.5|3"}, "lines of a over at, 3 rows"},
		{"month:1082 country:25 n:20", []string{"2026-01-01|DE|1", "2026-02-01|DE|2", "2026-01-01|FR|3", "2026-01-01|-|3"}, "lines of n over month for each country, 4 rows"},
		{"year:23 n:20", []string{"2024|5", "2025|7", "2026|6"}, "lines of n over year, 3 rows"},
		{"weight:23 price:1700", []string{"5|1", "3|2", "4|3"}, "points of price against weight, 3 rows"},
		{"month:1082 country:25 n:20", many(10, func(i int) string { return "2026-01-01|" + strconv.Itoa(i) + "|1" }),
			"lines of n over month for each country, 10 rows; the first 8 of 10 lines are drawn"},
		{"x:25 a:20 b:20 c:20 d:20 e:20 f:20 g:20 h:20 i:20", []string{"x|1|2|3|4|5|6|7|8|9"},
			"bars of a, b, c, d, e, f, g, h by x, 1 of 1 rows; 1 further columns with numbers are left out"},
	} {
		image, what, err := Draw(t.Context(), columns(t, c.columns), nil, rows(c.rows...))
		if err != nil {
			t.Errorf("%s: %v", c.columns, err)
			continue
		}
		if what != c.want {
			t.Errorf("%s: %s\nwant %s", c.columns, what, c.want)
		}
		if p, err := png.Decode(bytes.NewReader(image)); err != nil || p.Bounds().Dx() != width || p.Bounds().Dy() != height {
			t.Errorf("%s: the picture is %v, %v", c.columns, p, err)
		}
	}
}

func TestDrawRefuses(t *testing.T) {
	for _, c := range []struct {
		columns string
		rows    []string
		want    string
	}{
		{"a:20", nil, "no rows"},
		{"a:25 b:16", []string{"x|t"}, "needs a column with numbers"},
		{"a:25 b:20", []string{"x|-"}, "no number to draw in b"},
		{"a:1082 b:20", []string{"2026-01-01|-", "infinity|1"}, "no row has both a value of a and a number in b"},
		{"a:23 b:20", []string{"1|-", "-|1"}, "no row has numbers in both a and b"},
		{"a:1700", []string{"NaN"}, "no number"},
		{"a:1700", []string{"1e301"}, "no number"},
	} {
		_, _, err := Draw(t.Context(), columns(t, c.columns), nil, rows(c.rows...))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.columns, err, c.want)
		}
	}
}
