//go:build e2e && linux

package tree_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// node makes a device.
func node(t *testing.T, path string, mode uint32, major, minor uint32) {
	t.Helper()
	if err := unix.Mknod(path, mode|0o666, int(unix.Mkdev(major, minor))); err != nil {
		t.Fatalf("mknod %s: %v: this test needs root and CAP_MKNOD", path, err)
	}
}

// TestDevicesOfRoot refuses devices in a directory that may be written, also
// those that nothing drives.
func TestDevicesOfRoot(t *testing.T) {
	root, _ := pair(t)
	node(t, root+"/null", unix.S_IFCHR, 1, 3)
	node(t, root+"/nothing", unix.S_IFCHR, 250, 250)
	node(t, root+"/disk", unix.S_IFBLK, 7, 250)
	each(t, func(t *testing.T, opt tree.Options) {
		refused(t, open(t, opt, "work="+root), "null", "nothing", "disk")
	})
}

// TestNoDeviceIsOpened shows that Path.Open does not open a device, which may do
// something: a terminal would become that of the process.
func TestNoDeviceIsOpened(t *testing.T) {
	root, _ := pair(t)
	node(t, root+"/nothing", unix.S_IFCHR, 250, 250) // opening it gives ENXIO
	link(t, root+"/nothing", root+"/link")
	each(t, func(t *testing.T, opt tree.Options) {
		for _, name := range []string{"nothing", "link"} {
			_, err := locate(t, open(t, opt, "work="+root), name).Open()
			if err == nil || !strings.HasSuffix(err.Error(), ": it is a device, FIFO or socket") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// mount mounts something that this goroutine's thread alone sees, and ends the
// thread with the test.
func mount(t *testing.T, source, target, kind string, flags uintptr) {
	t.Helper()
	if err := unix.Mount(source, target, kind, flags, ""); err != nil {
		t.Fatalf("mount %s: %v: this test needs root and CAP_SYS_ADMIN", target, err)
	}
}

func alone(t *testing.T) {
	t.Helper()
	runtime.LockOSThread() // and not unlocked: the thread ends with the goroutine
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		t.Fatalf("unshare: %v: this test needs root and CAP_SYS_ADMIN", err)
	}
	mount(t, "", "/", "", unix.MS_REC|unix.MS_PRIVATE)
}

// TestMounts reads what is mounted below a root, or refuses it.
func TestMounts(t *testing.T) {
	each(t, func(t *testing.T, opt tree.Options) {
		alone(t)
		root, outside := pair(t)
		for _, dir := range []string{"bind", "tmpfs"} {
			if err := os.Mkdir(filepath.Join(root, dir), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		mount(t, outside, root+"/bind", "", unix.MS_BIND)
		mount(t, "tmpfs", root+"/tmpfs", "tmpfs", 0)
		defer unix.Unmount(root+"/bind", unix.MNT_DETACH)
		defer unix.Unmount(root+"/tmpfs", unix.MNT_DETACH)
		put(t, root, "tmpfs/in.txt", "tmp")
		link(t, root+"/tmpfs/in.txt", root+"/link")

		tr := open(t, opt, "work="+root)
		for name, want := range map[string]string{"bind/in.txt": secret, "tmpfs/in.txt": "tmp", "link": "tmp"} {
			if got, err := read(locate(t, tr, name)); got != want {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
		d := top(t, tr)
		if sub, err := d.OpenDir("tmpfs"); err != nil {
			t.Error(err)
		} else {
			if err := d.Rename("in.txt", sub, "moved", true); tree.KindOf(err) != tree.Unsupported {
				t.Error(err)
			}
			sub.Close()
		}

		opt.OneFilesystem = true
		tr = open(t, opt, "work="+root)
		d = top(t, tr)
		mounts := []string{"bind", "tmpfs"}
		if opt.Portable {
			mounts = mounts[1:] // the same file system is the same for it
		}
		for _, dir := range mounts {
			_, err1 := read(locate(t, tr, dir+"/in.txt"))
			_, err2 := locate(t, tr, dir).OpenDir()
			_, err3 := d.OpenDir(dir)
			_, err4 := locate(t, tr, dir+"/in.txt").Parent()
			_, err5 := locate(t, tr, dir+"/in.txt").Stat()
			for i, err := range []error{err1, err2, err3, err4, err5} {
				if tree.KindOf(err) != tree.Outside || !strings.Contains(err.Error(), "another file system") {
					t.Errorf("%s: %d: %v", dir, i, err)
				}
			}
		}
		if _, err := read(locate(t, tr, "link")); tree.KindOf(err) != tree.Outside {
			t.Error(err)
		}
		if got, err := read(locate(t, tr, "dir/in.txt")); got != "inside dir" {
			t.Errorf("%q, %v", got, err)
		}
	})
}

// TestReadOnlyFilesystem says that it is the file system.
func TestReadOnlyFilesystem(t *testing.T) {
	each(t, func(t *testing.T, opt tree.Options) {
		alone(t)
		root, _ := pair(t)
		mount(t, root, root, "", unix.MS_BIND)
		defer unix.Unmount(root, unix.MNT_DETACH)
		mount(t, "", root, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY)
		tr := open(t, opt, "work="+root)
		d := top(t, tr)
		_, err1 := d.Create("new", 0o600)
		_, _, err2 := d.OpenWrite("in.txt")
		for i, err := range []error{err1, err2, d.Mkdir("new", 0o700), d.Remove("in.txt"), d.Rename("in.txt", d, "new", false), d.Rename("in.txt", d, "new", true)} {
			if tree.KindOf(err) != tree.ReadOnly {
				t.Errorf("%d: %v", i, err)
			}
		}
		if err := tr.Roots()[0].Check(); !opt.Portable && (err == nil || !strings.Contains(err.Error(), ":ro")) {
			t.Error(err)
		}
	})
}

// TestDenied works with what the operating system allows.
func TestDenied(t *testing.T) {
	each(t, func(t *testing.T, opt tree.Options) {
		root, _ := pair(t)
		put(t, root, "closed/in.txt", "")
		put(t, root, "blind/in.txt", "blind")
		put(t, root, "file", "")
		for name, mode := range map[string]os.FileMode{"closed": 0, "blind": 0o711, "file": 0} {
			os.Chmod(filepath.Join(root, name), mode)
		}
		for dir := filepath.Dir(root); dir != filepath.Clean(os.TempDir()); dir = filepath.Dir(dir) {
			os.Chmod(dir, 0o755)
		}
		tr := open(t, opt, "work="+root)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := unix.Setfsuid(65534); err != nil {
			t.Fatalf("setfsuid: %v", err)
		}
		defer unix.Setfsuid(0)
		if now, err := unix.SetfsuidRetUid(-1); now != 65534 {
			t.Fatalf("the user is %d, %v: this test needs root", now, err)
		}
		for _, name := range []string{"closed/in.txt", "file", "closed/none"} {
			if _, err := read(locate(t, tr, name)); tree.KindOf(err) != tree.Denied {
				t.Errorf("%s: %v", name, err)
			}
		}
		d, err := tr.Roots()[0].Top().OpenDir()
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if sub, err := d.OpenDir("closed"); err == nil {
			if _, err := names(sub); tree.KindOf(err) != tree.Denied {
				t.Error(err)
			}
			if _, err := sub.Lstat("in.txt"); tree.KindOf(err) != tree.Denied {
				t.Error(err)
			}
			sub.Close()
		} else if tree.KindOf(err) != tree.Denied {
			t.Error(err)
		}
		if _, err := d.Create("new", 0o600); tree.KindOf(err) != tree.Denied {
			t.Error(err)
		}
		if opt.Portable {
			return // os.Root needs to read a directory to go through it
		}
		if got, err := read(locate(t, tr, "blind/in.txt")); got != "blind" {
			t.Errorf("%q, %v", got, err)
		}
		sub, err := locate(t, tr, "blind/in.txt").Parent()
		if err != nil {
			t.Fatal(err)
		}
		defer sub.Close()
		if info, err := sub.Lstat("in.txt"); err != nil || info.Size != 5 {
			t.Error(info, err)
		}
		if _, err := names(sub); tree.KindOf(err) != tree.Denied {
			t.Error(err)
		}
		if err := tr.Roots()[0].Check(); err == nil || !strings.Contains(err.Error(), ":ro") {
			t.Error(err)
		}
	})
}
