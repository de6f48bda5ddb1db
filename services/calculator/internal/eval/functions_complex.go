package eval

import (
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/complex"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

var complexFunctions = []Function{
	{"arg", "arg(z)", "angle of z in the plane, from -pi to pi", "any number but 0", whereClosed, "arg(1 + i) == pi/4 = true", 1, 1, nil, []string{"phase", "angle"}, arg, nil},
	{"conj", "conj(z)", "z with the other sign of its imaginary part", anyNumber, ofExact, "conj(3 + 4i) = 3 - 4i", 1, 1, nil, []string{"conjugate"}, conj, nil},
	{"im", "im(z)", "imaginary part", anyNumber, ofExact, "im(3 + 4i) = 4", 1, 1, nil, []string{"imag"}, part(func(z complex.Number) number.Number { return z.Im }), nil},
	{"re", "re(z)", "real part", anyNumber, ofExact, "re(3 + 4i) = 3", 1, 1, nil, []string{"real"}, part(func(z complex.Number) number.Number { return z.Re }), nil},
}

// one refuses an argument that is neither a number nor complex.
func one(args []value) (complex.Number, error) {
	if x := args[0]; x.kind != isNumber && x.kind != isComplex {
		return complex.Number{}, &wrongArgument{0, x, "numbers"}
	}
	return args[0].complex(), nil
}

func part(of func(complex.Number) number.Number) operation {
	return func(_ *evaluator, args []value) (value, error) {
		z, err := one(args)
		return numeric(of(z)), err
	}
}

func conj(e *evaluator, args []value) (value, error) {
	z, err := one(args)
	if err == nil {
		z, err = complex.Conj(e.a, z)
	}
	return complexValue(z), err
}

func arg(e *evaluator, args []value) (value, error) {
	z, err := one(args)
	if err != nil {
		return value{}, err
	}
	x, err := complex.Arg(e.a, z)
	if err != nil || !e.opt.Degrees {
		return numeric(x), err
	}
	e.note("angles are in degrees")
	return e.inDegrees(numeric(x))
}
