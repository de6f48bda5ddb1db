//go:build !race

package files_test

// mostMemory is what a server may need to page through a file of any size.
const mostMemory = 64 << 20
