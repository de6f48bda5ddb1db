package calculator

import (
	"errors"
	"fmt"
	"slices"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/linear"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/poly"
)

// eigenvalues writes those in closed forms exactly, and the digits of the
// others.
func (w *matrixWork) eigenvalues() error {
	s, err := linear.Eigenvalues(w.a, w.ma)
	if err != nil {
		return err
	}
	for _, v := range s.Values {
		re, err := written(w.a, v.Re)
		if err != nil {
			return err
		}
		im, err := written(w.a, v.Im)
		if err != nil {
			return err
		}
		w.eigenvalue(re, im, !v.Im.IsZero(), v.Multiplicity)
	}
	for _, f := range s.Rest {
		if err := w.irrational(f); err != nil {
			return err
		}
	}
	return nil
}

func (w *matrixWork) eigenvalue(re, im figure, complex bool, multiplicity int) {
	v := eigenvalue{figure: re, Multiplicity: multiplicity}
	w.out.Exact = w.out.Exact && re.Exact
	if complex {
		v.Imaginary = &im
		w.out.Exact = w.out.Exact && im.Exact
	}
	w.out.Eigenvalues = append(w.out.Eigenvalues, v)
}

// irrational adds the roots of a factor of the characteristic polynomial: their
// digits, or the factor itself if these would cost too much.
func (w *matrixWork) irrational(f linear.Factor) error {
	c := slices.Clone(f.Coefficients)
	slices.Reverse(c)
	release := w.a.Reserve()
	roots, err := poly.New(c).Roots(w.a, 0, poly.Complex)
	release()
	var ne *number.Error
	switch {
	case errors.As(err, &ne) && (ne.Kind == number.Limit || ne.Kind == number.Undecided):
		return w.unsolved(f)
	case err != nil:
		return err
	}
	for _, r := range roots {
		re, err := w.part(r.Re)
		if err != nil {
			return err
		}
		im, err := w.part(r.Im)
		if err != nil {
			return err
		}
		w.eigenvalue(re, im, !r.Real(), f.Multiplicity)
	}
	return nil
}

func (w *matrixWork) part(p poly.Part) (figure, error) {
	if p.Known {
		return written(w.a, p.Value)
	}
	return figure{Value: p.Text, Exact: p.TextExact}, nil
}

// unsolved tells of eigenvalues that are known as roots only.
func (w *matrixWork) unsolved(f linear.Factor) error {
	c, err := w.list(f.Coefficients)
	if err != nil {
		return err
	}
	w.out.Exact = false
	w.note(fmt.Sprintf("the %d roots of %s are eigenvalues too, each with multiplicity %d", len(c)-1, polynomial(c), f.Multiplicity))
	return nil
}
