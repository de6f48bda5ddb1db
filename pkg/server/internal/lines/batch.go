package lines

import "fmt"

// batch passes on a JSON-RPC batch if it is valid as a whole. The requests go
// on as one array, which the session answers with one array. Notifications and
// responses follow as lines of their own: the SDK would wait for an answer to
// a notification in an array, and end the session at a second one.
func (p *pump) batch(line []byte) error {
	elements, ft := split(line, p.opt.MaxInFlight)
	if ft == nil && !p.batches.Load() {
		ft = invalid("batches are not supported since protocol version 2025-06-18, nor before initialize: send one message on each line")
	}
	if ft != nil {
		return p.refuse(nil, ft)
	}
	var (
		messages = make([]message, len(elements))
		faults   = make([]*fault, len(elements))
		seen     = make(map[callID]bool)
		broken   bool
	)
	for i, text := range elements {
		messages[i], faults[i] = parse(text)
		if faults[i] == nil {
			faults[i] = p.unfit(messages[i], seen)
		}
		broken = broken || faults[i] != nil
	}
	if broken {
		return p.refuseBatch(messages, faults)
	}
	if ft := p.calls.add(messages...); ft != nil {
		for i, m := range messages {
			if m.kind == request {
				faults[i] = ft
			}
		}
		return p.refuseBatch(messages, faults)
	}
	return p.pass(regroup(elements, messages))
}

// unfit says why a valid message may not be in a batch that has the requests
// seen already.
func (p *pump) unfit(m message, seen map[callID]bool) *fault {
	switch {
	case m.kind != request:
		return nil
	case m.method != "":
		return invalid("%s may not be in a batch", m.method)
	case seen[m.id]:
		return invalid("two requests of the batch have this id")
	}
	seen[m.id] = true
	return p.calls.refusal(m)
}

// refuseBatch answers with an error for each faulty message and each request.
func (p *pump) refuseBatch(messages []message, faults []*fault) error {
	var (
		answers []byte
		hasID   bool
	)
	for i, m := range messages {
		ft := faults[i]
		if ft == nil && m.kind == request {
			ft = &fault{code: codeRefused, text: "not run, because another message of the batch was refused"}
		}
		if ft == nil || ft.silent {
			continue
		}
		hasID = hasID || m.rawID != nil
		answers = append(answers, ',')
		answers = appendAnswer(answers, m.rawID, ft.code, fmt.Sprintf("message %d of the batch: %s", i+1, p.describe(ft)))
	}
	muted := p.mute()
	if !muted {
		p.opt.Log.Warn("batch refused", "line", p.n)
	}
	if len(answers) == 0 || muted && !hasID {
		return nil
	}
	answers[0] = '['
	return p.answer(append(answers, "]\n"...))
}

// split checks a batch and returns its elements.
func split(line []byte, limit int) ([][]byte, *fault) {
	var (
		s        = scanner{b: line}
		elements [][]byte
		count    int
	)
	s.peek()
	for first := true; ; first = false {
		more, err := s.element(first)
		if err == nil && !more {
			err = s.end()
		}
		if err == nil && more {
			s.peek()
			start := s.i
			if err = s.value(1); err == nil {
				if count++; count <= limit {
					elements = append(elements, line[start:s.i])
				}
				continue
			}
		}
		switch {
		case err != nil && err.deep:
			return nil, invalid("%s", err)
		case err != nil:
			return nil, &fault{code: codeParse, text: err.Error()}
		case count == 0:
			return nil, invalid("the batch is empty")
		case count > limit:
			return nil, invalid("the batch has more than %d messages", limit)
		}
		return elements, nil
	}
}

// regroup writes the requests as one array, then each other message.
func regroup(elements [][]byte, messages []message) []byte {
	var frame []byte
	for i, m := range messages {
		if m.kind == request {
			frame = append(append(frame, ','), elements[i]...)
		}
	}
	if len(frame) > 0 {
		frame[0] = '['
		frame = append(frame, "]\n"...)
	}
	for i, m := range messages {
		if m.kind != request {
			frame = append(append(frame, elements[i]...), '\n')
		}
	}
	return frame
}
