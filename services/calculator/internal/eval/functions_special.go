package eval

import "github.com/mcpfleet/mcpfleet/services/calculator/internal/number"

var specialFunctions = []Function{
	{"beta", "beta(x, y)", "gamma(x)*gamma(y)/gamma(x + y)", "real numbers; 0 and negative integers are poles", whereClosed, "beta(2, 3) == 1/12 = true", 2, 2, nil, nil, of2((*number.Arith).Beta), nil},
	{"erf", "erf(x)", "error function", "any real number", whereClosed, "erf(0) = 0", 1, 1, nil, nil, of1((*number.Arith).Erf), nil},
	{"erfc", "erfc(x)", "1 - erf(x)", "any real number", whereClosed, "erfc(0) = 1", 1, 1, nil, nil, of1((*number.Arith).Erfc), nil},
	{"gamma", "gamma(x)", "gamma function, the factorial of x - 1", "any real number; 0 and negative integers are poles", whereClosed, "gamma(5) = 24", 1, 1, nil, []string{"tgamma"}, of1((*number.Arith).Gamma), nil},
	{"lgamma", "lgamma(x)", "natural logarithm of the magnitude of gamma(x)", "any real number; 0 and negative integers are poles", whereClosed, "lgamma(1) = 0", 1, 1, nil, []string{"gammaln"}, of1((*number.Arith).LogGamma), nil},
}
