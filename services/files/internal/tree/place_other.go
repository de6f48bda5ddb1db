//go:build !linux

package tree

// openPlace opens the top of a root.
func openPlace(host string, opt Options) (place, error) {
	return openRootPlace(host, opt.OneFilesystem)
}
