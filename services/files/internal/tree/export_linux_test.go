package tree

// RenameByLink renames as where the file system cannot rename without replacing.
func RenameByLink(d *Dir, name string, to *Dir, newName string) error {
	return Fail(d.path, d.place.(*fdPlace).renameByLink(name, to.place.(*fdPlace), newName))
}

// UsesDescriptors reports whether a tree is held by descriptors.
func UsesDescriptors(t *Tree) bool {
	_, ok := t.roots[0].place.(*fdPlace)
	return ok
}
