package slack

import "encoding/json"

// items are the entries of a list in a result, each an object. That tools/list says no
// more of them saves what several tools would say again.
type items[T any] []T

// JSONSchema is what tools/list says of them.
func (items[T]) JSONSchema(bool) json.RawMessage {
	return json.RawMessage(`{"type":"array"}`)
}

// MarshalJSON leaves the signs of links and quotations as they are.
func (l items[T]) MarshalJSON() ([]byte, error) {
	if l == nil {
		l = items[T]{}
	}
	return unescaped([]T(l))
}
