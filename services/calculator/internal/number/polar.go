package number

// Hypot returns sqrt(x^2 + y^2).
func (a *Arith) Hypot(x, y Number) (Number, error) {
	switch {
	case y.IsZero():
		return a.Abs(x)
	case x.IsZero():
		return a.Abs(y)
	}
	if r, _, ok, err := a.Circle(x, y); err != nil {
		return Number{}, err
	} else if ok {
		return a.Abs(r)
	}
	p, q := asPower(x), asPower(y)
	if r, u, v, ok := commonFactor(p.unit, q.unit); ok {
		return a.hypotTimes(r, u, v, p.q, q.q)
	}
	s, err := a.Mul(x, x)
	if err != nil {
		return Number{}, err
	}
	t, err := a.Mul(y, y)
	if err != nil {
		return Number{}, err
	}
	if s, err = a.Add(s, t); err != nil {
		return Number{}, err
	}
	return a.Sqrt(s)
}

// hypotTimes returns |r| * sqrt((j*u)^2 + (k*v)^2).
func (a *Arith) hypotTimes(r, u, v, j, k Number) (Number, error) {
	r, err := a.Abs(r)
	if err != nil {
		return Number{}, err
	}
	if u, err = a.Mul(u, j); err != nil {
		return Number{}, err
	}
	if v, err = a.Mul(v, k); err != nil {
		return Number{}, err
	}
	if u, err = a.Hypot(u, v); err != nil {
		return Number{}, err
	}
	return a.Mul(r, u)
}

// Atan2 returns the angle of the point (x, y) in radians, above -pi and up to
// pi. The error is Domain at (0, 0).
func (a *Arith) Atan2(y, x Number) (Number, error) {
	sx, err := a.Sign(x)
	if err != nil {
		return Number{}, err
	}
	sy, err := a.Sign(y)
	if err != nil {
		return Number{}, err
	}
	switch {
	case sx == 0 && sy == 0:
		return Number{}, &Error{Kind: Domain, Message: "the point (0, 0) has no angle, nor has the complex number 0"}
	case sx == 0:
		return a.piTimes(Frac(int64(sy), 2)), nil
	case sy == 0 && sx > 0:
		return Number{}, nil
	case sy == 0:
		return a.Pi(), nil
	}
	if r, t, ok, err := a.Circle(x, y); err != nil {
		return Number{}, err
	} else if ok {
		return a.angleOf(r, t)
	}
	z, err := a.Quo(y, x)
	if err != nil {
		return Number{}, err
	}
	z, err = a.Atan(z)
	if err != nil || sx > 0 {
		return z, err
	}
	return a.Add(z, a.piTimes(Int(int64(sy))))
}

// Circle returns r and t with x = r*cos(t) and y = r*sin(t), if that is how x and
// y were made and t has no simpler sine and cosine; r may be negative. By their
// digits alone sin(t)^2 + cos(t)^2 could not be told from 1.
func (a *Arith) Circle(x, y Number) (r, t Number, ok bool, err error) {
	half := a.piTimes(Frac(1, 2))
	if r, t, ok, err = a.circleOf(x, y); ok || err != nil {
		return r, t, ok, err
	}
	// Seen from the other axis the angle is pi/2 - t.
	if r, t, ok, err = a.circleOf(y, x); ok {
		t, err = a.Sub(half, t)
	}
	return r, t, ok, err
}

// circleOf is Circle if x has a sine or a cosine as a factor.
func (a *Arith) circleOf(x, y Number) (r, t Number, ok bool, err error) {
	r, b, ok, err := a.trigFactor(x)
	if !ok || err != nil {
		return r, t, false, err
	}
	var partner Number
	if t = b.x; b.op == opCos {
		partner, err = a.Sin(t)
	} else if partner, err = a.Cos(t); err == nil {
		t, err = a.Sub(a.piTimes(Frac(1, 2)), t)
	}
	if err == nil {
		partner, err = a.Mul(partner, r)
	}
	switch {
	case err != nil:
		return r, t, false, err
	case same(partner, y):
		return r, t, true, nil
	}
	return r, a.neg(t), same(a.neg(partner), y), nil
}

// trigFactor returns r and b with x = r*b, if there is a sine or a cosine b.
func (a *Arith) trigFactor(x Number) (r Number, b *node, ok bool, err error) {
	q, b, ok := x.single()
	if !ok {
		return r, nil, false, nil
	}
	for _, f := range factors(wrap(Int(1), b)) {
		if k, n, ok := f.x.single(); ok && same(k, Int(1)) && (n.op == opSin || n.op == opCos) {
			r, err = a.Mul(q, f.y)
			return r, n, true, err
		}
	}
	return r, nil, false, nil
}

// angleOf returns the angle of the point (r*cos(t), r*sin(t)).
func (a *Arith) angleOf(r, t Number) (Number, error) {
	s, err := a.Sign(r)
	if err != nil {
		return Number{}, err
	}
	if s < 0 {
		if t, err = a.Add(t, a.Pi()); err != nil {
			return Number{}, err
		}
	}
	// The whole turns in t are ceil(t/(2*pi) - 1/2).
	k, err := a.Quo(t, a.piTimes(Int(2)))
	if err != nil {
		return Number{}, err
	}
	if k, err = a.Sub(k, Frac(1, 2)); err != nil {
		return Number{}, err
	}
	if k, err = a.Ceil(k); err != nil {
		return Number{}, err
	}
	if k, err = a.Mul(k, a.piTimes(Int(-2))); err != nil {
		return Number{}, err
	}
	return a.Add(t, k)
}
