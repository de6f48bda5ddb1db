package lines

import "io"

// keepBuffer is the largest buffer that is kept for the next line.
const keepBuffer = 2 << 20

// A sink serialises writes to an output that may block for ever. Only its run
// method touches the output, so that those who wait can be released.
type sink struct {
	done  <-chan struct{}
	turn  chan struct{} // holds a token while a write is under way
	next  chan []byte
	wrote chan error
	buf   []byte // of the write that has the turn
}

func newSink(done <-chan struct{}) sink {
	return sink{done: done, turn: make(chan struct{}, 1), next: make(chan []byte), wrote: make(chan error, 1)}
}

// run writes to out until the filter is closed.
func (s *sink) run(out io.Writer) {
	for {
		select {
		case p := <-s.next:
			_, err := out.Write(p)
			s.wrote <- err
		case <-s.done:
			return
		}
	}
}

// write writes p; before, if any, is called when all earlier writes are over.
func (s *sink) write(p []byte, before func()) error {
	return s.put(before, func() []byte {
		// run may keep the bytes after this call was released, so it has its own.
		if cap(s.buf) > keepBuffer {
			s.buf = nil
		}
		s.buf = append(s.buf[:0], p...)
		return s.buf
	})
}

// give is write for bytes that the sink may keep if it returns an error.
func (s *sink) give(p []byte, before func()) error {
	return s.put(before, func() []byte { return p })
}

func (s *sink) put(before func(), bytes func() []byte) error {
	select {
	case s.turn <- struct{}{}:
	case <-s.done:
		return io.ErrClosedPipe
	}
	if before != nil {
		before()
	}
	select {
	case s.next <- bytes():
	case <-s.done:
		return io.ErrClosedPipe
	}
	select {
	case err := <-s.wrote:
		<-s.turn
		return err
	case <-s.done:
		return io.ErrClosedPipe
	}
}
