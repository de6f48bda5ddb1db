package solve

import "testing"

func TestJoin(t *testing.T) {
	for _, tt := range []struct{ re, im, want string }{
		{"1", "2", "1 + 2i"},
		{"1", "-1", "1 - i"},
		{"0", "-2", "-2i"},
		{"3", "0", "3"},
		{"0", "sqrt(2)", "sqrt(2)*i"},
		{"1", "-sqrt(2)/2", "1 - sqrt(2)/2*i"},
		{"0", "1 + sqrt(2)", "(1 + sqrt(2))*i"},
		{"0", "-1 - sqrt(2)", "(-1 - sqrt(2))*i"},
		{"1", "-1 + sqrt(2)", "1 + (-1 + sqrt(2))*i"},
	} {
		if got := Join(tt.re, tt.im); got != tt.want {
			t.Errorf("Join(%q, %q) = %q, want %q", tt.re, tt.im, got, tt.want)
		}
	}
}
