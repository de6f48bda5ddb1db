package tree

import (
	"io/fs"
	"syscall"
	"time"
)

const (
	// nonblock keeps opening a FIFO from waiting for its other end.
	nonblock  = syscall.O_NONBLOCK
	syncsDirs = true
)

func addSystem(i *Info, fi fs.FileInfo) {
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		i.Dev, i.Ino, i.Links = st.Dev, st.Ino, uint64(st.Nlink) //nolint:unconvert // it has 32 bits on arm64
		i.ChangeTime = time.Unix(st.Ctim.Unix())
	}
}
