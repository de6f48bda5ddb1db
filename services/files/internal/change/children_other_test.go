//go:build !linux

package change

// children are what this test binary does in another process, by role.
var children = map[string]func(args []string) error{"write": writeForEver, "fill": fillForEver}
