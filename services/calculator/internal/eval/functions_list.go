package eval

import (
	"slices"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
)

var listFunctions = []Function{
	{"cross", "cross(a, b)", "vector product of two lists of three items", "two lists of three numbers", asItems, "cross([1, 0, 0], [0, 1, 0]) = [0, 0, 1]", 2, 2, nil, nil, cross, nil},
	{"cumsum", "cumsum(a, b, ...)", "list of the sums up to each item", "numbers, or quantities of one dimension", asItems, "cumsum([1, 2, 3]) = [1, 3, 6]", 0, -1, nil, []string{"accumulate"}, cumsum, nil},
	{"dot", "dot(a, b)", "scalar product: the sum of the products of items", "two lists of the same length", asItems, "dot([1, 2], [3, 4]) = 11", 2, 2, nil, []string{"inner"}, dot, nil},
	{"len", "len(a, b, ...)", "number of its arguments or of the items of one list", "anything", always, "len([5, 6, 7]) = 3", 0, -1, nil, []string{"length", "count", "size"}, length, nil},
	{"norm", "norm(a, b, ...)", "length of a vector: the square root of the sum of the squares", anyNumber, whereClosed, "norm([2, 3, 6]) = 7", 1, -1, nil, []string{"magnitude"}, norm, nil},
	{"reverse", "reverse(a, b, ...)", "list of the items from the last to the first", "anything", asItems, "reverse([1, 2, 3]) = [3, 2, 1]", 0, -1, nil, nil, reverse, nil},
	{"sort", "sort(a, b, ...)", "list of the items from the least to the greatest", "real numbers, or quantities of one dimension", asItems, "sort([3, 1, 2]) = [1, 2, 3]", 0, -1, nil, []string{"sorted"}, sorted, nil},
	{"transpose", "transpose(m)", "matrix with rows and columns exchanged", "a matrix: a list of lists of one length", asItems, "transpose([[1, 2], [3, 4]]) = [[1, 3], [2, 4]]", 1, 1, nil, nil, transpose, nil},
}

// pair returns the items of two lists of numbers of one length.
func pair(args []value) (a, b []value, err error) {
	for i, x := range args {
		if x.kind != isList {
			return nil, nil, &wrongArgument{i, x, "lists"}
		}
	}
	a, b = args[0].list(), args[1].list()
	if len(a) != len(b) {
		return nil, nil, domain("the lists have %d and %d items; they need the same number", len(a), len(b))
	}
	for i, list := range [][]value{a, b} {
		if slices.ContainsFunc(list, func(x value) bool { return x.kind >= isBoolean }) {
			return nil, nil, &wrongArgument{i, args[i], "lists of numbers"}
		}
	}
	return a, b, nil
}

func dot(e *evaluator, args []value) (value, error) {
	a, b, err := pair(args)
	if err != nil {
		return value{}, err
	}
	products, err := e.fill(len(a), func(i int) (value, error) { return e.operate(parse.Mul, a[i], b[i]) })
	if err != nil {
		return value{}, err
	}
	return sum(e, products.list())
}

func cross(e *evaluator, args []value) (value, error) {
	a, b, err := pair(args)
	if err == nil && len(a) != 3 {
		err = domain("cross takes lists of 3 items; these have %d", len(a))
	}
	if err != nil {
		return value{}, err
	}
	out := make([]value, 3)
	for i := range out {
		j, k := (i+1)%3, (i+2)%3
		p, err := e.operate(parse.Mul, a[j], b[k])
		if err != nil {
			return value{}, err
		}
		q, err := e.operate(parse.Mul, a[k], b[j])
		if err != nil {
			return value{}, err
		}
		if out[i], err = e.operate(parse.Sub, p, q); err != nil {
			return value{}, err
		}
	}
	return listOf(out), nil
}

func cumsum(e *evaluator, args []value) (value, error) {
	var last value
	return e.fill(len(args), func(i int) (value, error) {
		if args[i].kind >= isBoolean {
			return value{}, &wrongArgument{i, args[i], "numbers"}
		}
		if i == 0 {
			last = args[0]
			return last, nil
		}
		var err error
		last, err = e.operate(parse.Add, last, args[i])
		return last, err
	})
}

func length(_ *evaluator, args []value) (value, error) {
	return numeric(number.Int(int64(len(args)))), nil
}

func norm(e *evaluator, args []value) (value, error) {
	sizes := make([]value, len(args))
	for i, x := range args {
		if x.kind >= isBoolean {
			return value{}, &wrongArgument{i, x, "numbers"}
		}
		var err error
		if sizes[i], err = absolute(e, args[i:i+1]); err != nil {
			return value{}, err
		}
	}
	return hypot(e, sizes)
}

func reverse(e *evaluator, args []value) (value, error) {
	if err := e.room(len(args)); err != nil {
		return value{}, err
	}
	out := slices.Clone(args)
	slices.Reverse(out)
	return listOf(out), nil
}

func sorted(e *evaluator, args []value) (value, error) {
	if err := e.room(len(args)); err != nil {
		return value{}, err
	}
	out := slices.Clone(args)
	for i, x := range out {
		if x.kind >= isBoolean {
			return value{}, &wrongArgument{i, x, "numbers"}
		}
	}
	return listOf(out), e.inOrder(out)
}

func transpose(e *evaluator, args []value) (value, error) {
	_, columns, ok := args[0].isMatrix()
	if !ok {
		return value{}, &wrongArgument{0, args[0], "a matrix"}
	}
	rows := args[0].list()
	if err := e.room(columns * len(rows)); err != nil {
		return value{}, err
	}
	out := make([]value, columns)
	for j := range out {
		row := make([]value, len(rows))
		for i := range rows {
			row[i] = rows[i].list()[j]
		}
		out[j] = listOf(row)
	}
	return listOf(out), nil
}
