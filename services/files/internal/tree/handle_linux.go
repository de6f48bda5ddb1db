package tree

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

type system struct{ f *os.File }

type inode struct{ dev, ino uint64 }

// Handle returns a handle of d, which stays open when d is closed. Its path
// leads to d wherever that is moved, and to nothing that takes its place.
func (d *Dir) Handle() (*Handle, error) {
	f, err := d.place.file()
	if err != nil {
		return nil, Fail(d.path, err)
	}
	fi, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, Fail(d.path, err)
	}
	info := infoOf(fi)
	return &Handle{name: fmt.Sprintf("/proc/self/fd/%d", f.Fd()), id: inode{info.Dev, info.Ino}, system: system{f}}, nil
}

// Check returns an error if the path leads elsewhere, which it never does.
func (h *Handle) Check() error { return nil }

// Remote reports whether the directory may be changed without the kernel's
// knowing: on another machine, or by the program that serves its file system.
func (h *Handle) Remote() bool {
	var st unix.Statfs_t
	if err := unix.Fstatfs(int(h.f.Fd()), &st); err != nil {
		return true
	}
	switch uint32(st.Type) {
	case unix.NFS_SUPER_MAGIC, unix.SMB_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.FUSE_SUPER_MAGIC,
		unix.V9FS_MAGIC, unix.AFS_SUPER_MAGIC, unix.AFS_FS_MAGIC, unix.CEPH_SUPER_MAGIC, unix.CODA_SUPER_MAGIC, unix.OCFS2_SUPER_MAGIC,
		gfs2, lustre, gpfs, vboxsf:
		return true
	}
	return false
}

// The file systems that x/sys/unix does not name.
const (
	gfs2   = 0x01161970
	lustre = 0x0bd00bd0
	gpfs   = 0x47504653
	vboxsf = 0x786f4256
)

// Close closes the handle. Its path may lead to anything then.
func (h *Handle) Close() error { return h.f.Close() }
