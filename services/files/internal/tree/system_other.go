//go:build !linux && !darwin

package tree

import "io/fs"

// What opens as a regular file was one just before: the rest is what the system
// does with a FIFO that came between.
const (
	nonblock  = 0
	syncsDirs = false
)

func addSystem(*Info, fs.FileInfo) {}
