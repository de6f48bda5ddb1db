package units

// Known reports whether [Lookup] has more to say of a name than that it is
// unknown: it is a unit, or there is a reason why it is none. It costs much
// less than a Lookup that fails.
func Known(name string) bool {
	_, ok, err := table().find(normalise(name))
	return ok || err != nil
}
