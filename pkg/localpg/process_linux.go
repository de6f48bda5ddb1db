package localpg

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// dieWithParent ends a server in order when this process has ended, whatever
// way.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGINT }

// occupants returns the processes of servers that run on a cluster: each has
// its directory as working directory.
func occupants(data string) (pids []int, known bool) {
	data, err := filepath.EvalSymlinks(data)
	if err != nil {
		return nil, false
	}
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil || len(links) == 0 {
		return nil, false
	}
	for _, link := range links {
		// Processes end meanwhile, and others' cannot be read.
		if dir, err := os.Readlink(link); err != nil || dir != data {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, true
}
