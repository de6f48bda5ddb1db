// Package terminaltest makes terminals for tests: a pair of ends, of which the
// program under test has one and the test the other, as a person has. Start with
// [Open].
package terminaltest

import (
	"bytes"
	"fmt"
	"os"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// Terminal is a terminal of the kernel's.
type Terminal struct {
	// File is the end that a program has as its input and output.
	File *os.File

	screen *os.File
	ended  chan struct{}
	mu     sync.Mutex
	shown  bytes.Buffer
}

// Open makes a terminal of so many columns, which ends with the test. It neither
// repeats what is typed nor changes what is written.
func Open(t testing.TB, columns int) *Terminal {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	screen := os.NewFile(uintptr(fd), "/dev/ptmx")
	t.Cleanup(func() { screen.Close() })
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: uint16(columns)}); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	mode, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	mode.Oflag &^= unix.OPOST
	mode.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(int(file.Fd()), unix.TCSETS, mode); err != nil {
		t.Fatal(err)
	}
	term := &Terminal{File: file, screen: screen, ended: make(chan struct{})}
	go term.read()
	return term
}

// read takes what is shown until the program's end is closed.
func (t *Terminal) read() {
	defer close(t.ended)
	b := make([]byte, 4096)
	for {
		n, err := t.screen.Read(b)
		t.mu.Lock()
		t.shown.Write(b[:n])
		t.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Type types text, as a person does.
func (t *Terminal) Type(text string) error {
	_, err := t.screen.WriteString(text)
	return err
}

// Close takes the terminal from the program and returns all that it has shown.
func (t *Terminal) Close() string {
	t.File.Close()
	<-t.ended
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.shown.String()
}
