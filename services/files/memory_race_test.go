//go:build race

package files_test

// mostMemory is what a server may need to page through a file of any size, and
// the race detector beside it.
const mostMemory = 256 << 20
