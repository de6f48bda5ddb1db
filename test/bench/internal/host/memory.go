package host

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Memory is resident memory in bytes.
type Memory struct {
	Now  int64 `json:"rss_bytes"`
	Peak int64 `json:"peak_bytes"`
}

// ReadMemory returns what a process uses, and the most that it has used.
func ReadMemory(pid int) (Memory, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return Memory{}, err
	}
	return parseMemory(string(text))
}

func parseMemory(status string) (Memory, error) {
	var m Memory
	for line := range strings.Lines(status) {
		name, value, _ := strings.Cut(line, ":")
		var field *int64
		switch name {
		case "VmRSS":
			field = &m.Now
		case "VmHWM":
			field = &m.Peak
		default:
			continue
		}
		kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		if err != nil {
			return Memory{}, fmt.Errorf("%s: %w", name, err)
		}
		*field = kib * 1024
	}
	if m.Now == 0 || m.Peak == 0 {
		return Memory{}, errors.New("no VmRSS or no VmHWM in the status of the process")
	}
	return m, nil
}

// Megabytes are 10^6 bytes.
func Megabytes(bytes int64) float64 { return float64(bytes) / 1e6 }
