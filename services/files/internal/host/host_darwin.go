package host

import (
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// Below returns what is known of the file system that holds dir.
func Below(dir string) (Facts, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return Facts{}, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	name := unix.ByteSliceToString(st.Fstypename[:])
	return Facts{
		Type:      name,
		Remote:    st.Flags&unix.MNT_LOCAL == 0 || slices.Contains([]string{"macfuse", "osxfuse", "webdav"}, name),
		ReadOnly:  st.Flags&unix.MNT_RDONLY != 0,
		Writable:  unix.Faccessat(unix.AT_FDCWD, dir, unix.W_OK|unix.X_OK, unix.AT_EACCESS) == nil,
		Free:      st.Bavail * uint64(st.Bsize),
		Size:      st.Blocks * uint64(st.Bsize),
		FreeFiles: st.Ffree,
	}, nil
}

// Confined reports whether the kernel resolves a path beneath a directory by
// itself, rather than one element at a time.
func Confined(string) bool { return false }

// Watches returns no limits: kqueue has none but that of open files.
func Watches() WatchLimits { return WatchLimits{} }
