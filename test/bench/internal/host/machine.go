// Package host tells what a machine is and what its processes use of it: CPU
// time, resident memory, and how much goes to others. Linux only; elsewhere its
// functions return errors.
//
// Start at [Describe] and [CPUTime].
package host

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Machine is where and with what a run was made.
type Machine struct {
	Date string `json:"date"`
	CPU  string `json:"cpu"`
	CPUs int    `json:"cpus"`
	OS   string `json:"os"`
	Go   string `json:"go"`
	Node string `json:"node,omitempty"`
}

// Describe returns what this process runs on.
func Describe(ctx context.Context) (Machine, error) {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return Machine{}, err
	}
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return Machine{}, err
	}
	m := Machine{
		Date: time.Now().UTC().Format(time.DateOnly),
		CPU:  cpuModel(string(info)),
		CPUs: runtime.NumCPU(),
		OS:   "Linux " + strings.TrimSpace(string(release)) + " " + runtime.GOARCH,
		Go:   runtime.Version(),
	}
	// Without Node the peers that need it were skipped.
	if out, err := exec.CommandContext(ctx, "node", "--version").Output(); err == nil {
		m.Node = strings.TrimSpace(string(out))
	}
	return m, nil
}

// String is the machine in words, the beginning of a report.
func (m Machine) String() string {
	s := fmt.Sprintf("Measured on %s: %d × %s, %s, %s", m.Date, m.CPUs, m.CPU, m.OS, m.Go)
	if m.Node != "" {
		s += ", Node " + m.Node
	}
	return s
}

// cpuModel finds the model's name in /proc/cpuinfo, which not every
// architecture has.
func cpuModel(cpuinfo string) string {
	for line := range strings.Lines(cpuinfo) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown CPU"
}

// busyTime is how long the machine's CPUs have worked since it started, on
// whatever it was.
func busyTime() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	return parseBusy(string(text))
}

func parseBusy(stat string) (time.Duration, error) {
	const tick = 10 * time.Millisecond // USER_HZ
	line, _, _ := strings.Cut(stat, "\n")
	// user nice system idle iowait irq softirq steal; what guests use is in
	// user already. See proc_stat(5).
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return 0, fmt.Errorf("/proc/stat begins with %q", line)
	}
	var sum int64
	for i, field := range fields[1:9] {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/stat: %w", err)
		}
		if i != 3 && i != 4 {
			sum += ticks
		}
	}
	return time.Duration(sum) * tick, nil
}

// A Bystander watches how much of the machine others use.
type Bystander struct {
	pids  []int
	start time.Time
	busy  time.Duration
	known time.Duration
	ended time.Duration
}

// Watch begins to watch everything but the processes pids.
func Watch(pids ...int) (*Bystander, error) {
	b := &Bystander{pids: pids, start: time.Now()}
	var err error
	b.busy, b.known, err = b.read()
	return b, err
}

func (b *Bystander) read() (busy, known time.Duration, err error) {
	if busy, err = busyTime(); err != nil {
		return 0, 0, err
	}
	for _, pid := range b.pids {
		used, err := CPUTime(pid)
		if err != nil {
			return 0, 0, err
		}
		known += used
	}
	return busy, known, nil
}

// Except takes d out of what others have used: the CPU time of a process that
// has a part in the run and has ended.
func (b *Bystander) Except(d time.Duration) { b.ended += d }

// Share is the fraction of all CPUs that others have used since Watch.
func (b *Bystander) Share() (float64, error) {
	busy, known, err := b.read()
	if err != nil {
		return 0, err
	}
	others := busy - b.busy - (known - b.known) - b.ended
	return max(0, others.Seconds()/time.Since(b.start).Seconds()/float64(runtime.NumCPU())), nil
}
