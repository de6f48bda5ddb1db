package number

// AddDeferred returns x + y as a real, also of two fractions: they are added
// whenever digits are asked for, to as many as it takes. It is for sums of
// fractions whose common denominator would be too long to be of use.
func (a *Arith) AddDeferred(x, y Number) (Number, error) { return a.opaque(opAdd, x, y) }
