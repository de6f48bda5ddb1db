package host

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// The file systems that are met most, by the magic numbers of statfs(2).
var types = map[int64]struct {
	name   string
	remote bool
}{
	unix.EXT4_SUPER_MAGIC:      {"ext4", false},
	unix.XFS_SUPER_MAGIC:       {"xfs", false},
	unix.BTRFS_SUPER_MAGIC:     {"btrfs", false},
	unix.TMPFS_MAGIC:           {"tmpfs", false},
	unix.OVERLAYFS_SUPER_MAGIC: {"overlay", false},
	unix.F2FS_SUPER_MAGIC:      {"f2fs", false},
	unix.MSDOS_SUPER_MAGIC:     {"vfat", false},
	unix.EXFAT_SUPER_MAGIC:     {"exfat", false},
	unix.PROC_SUPER_MAGIC:      {"proc", false},
	unix.SYSFS_MAGIC:           {"sysfs", false},
	0x2fc12fc1:                 {"zfs", false},
	0xca451a4e:                 {"bcachefs", false},
	unix.NFS_SUPER_MAGIC:       {"nfs", true},
	unix.SMB_SUPER_MAGIC:       {"smb", true},
	unix.SMB2_SUPER_MAGIC:      {"smb", true},
	unix.CIFS_SUPER_MAGIC:      {"cifs", true},
	unix.FUSE_SUPER_MAGIC:      {"fuse", true},
	unix.V9FS_MAGIC:            {"9p", true},
	unix.CEPH_SUPER_MAGIC:      {"ceph", true},
	unix.AFS_SUPER_MAGIC:       {"afs", true},
	unix.CODA_SUPER_MAGIC:      {"coda", true},
}

// Below returns what is known of the file system that holds dir.
func Below(dir string) (Facts, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return Facts{}, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	// The field is signed on some architectures, and its upper half not zero.
	t := types[int64(uint32(st.Type))] //nolint:gosec // magic numbers have 32 bits
	return Facts{
		Type: t.name, Remote: t.remote,
		ReadOnly:  int64(st.Flags)&unix.ST_RDONLY != 0, //nolint:unconvert // it has 32 bits on 386
		Writable:  unix.Faccessat(unix.AT_FDCWD, dir, unix.W_OK|unix.X_OK, unix.AT_EACCESS) == nil,
		Free:      st.Bavail * uint64(st.Bsize),
		Size:      st.Blocks * uint64(st.Bsize),
		FreeFiles: st.Ffree,
	}, nil
}

// Confined reports whether the kernel resolves a path beneath a directory by
// itself (openat2, Linux 5.6), rather than one element at a time.
func Confined(dir string) bool {
	fd, err := unix.Openat2(unix.AT_FDCWD, dir, &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_NO_MAGICLINKS})
	if err != nil {
		return false
	}
	_ = unix.Close(fd)
	return true
}

// maxProcesses bounds how many processes are looked at.
const maxProcesses = 4096

// Watches returns the limits of inotify.
func Watches() WatchLimits {
	l := WatchLimits{MaxWatches: number("/proc/sys/fs/inotify/max_user_watches"), MaxInstances: number("/proc/sys/fs/inotify/max_user_instances")}
	proc, err := os.Open("/proc")
	if err != nil {
		return l
	}
	defer proc.Close()
	names, _ := proc.Readdirnames(maxProcesses)
	for _, name := range names {
		if _, err := strconv.Atoi(name); err == nil {
			l.count(filepath.Join("/proc", name))
		}
	}
	return l
}

// count adds the watches of a process, if it is this user's.
func (l *WatchLimits) count(process string) {
	var st unix.Stat_t
	if unix.Stat(process, &st) != nil || int(st.Uid) != os.Geteuid() {
		return
	}
	fds, err := os.ReadDir(filepath.Join(process, "fd"))
	if err != nil {
		return
	}
	for _, fd := range fds {
		if target, err := os.Readlink(filepath.Join(process, "fd", fd.Name())); err != nil || target != "anon_inode:inotify" {
			continue
		}
		l.Instances++
		f, err := os.Open(filepath.Join(process, "fdinfo", fd.Name()))
		if err != nil {
			continue
		}
		info, _ := io.ReadAll(io.LimitReader(f, 64<<20)) // 100 bytes a watch
		f.Close()
		l.Watches += bytes.Count(info, []byte("\ninotify "))
	}
}

func number(path string) int {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(strings.TrimSpace(string(data)))
	return n
}
