//go:build !unix

package watch

func mostDirectories() int { return 16_384 }
