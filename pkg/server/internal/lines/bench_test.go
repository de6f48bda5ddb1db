package lines

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
)

// benchLine returns a call of about size bytes.
func benchLine(size int) string {
	const format = `{"jsonrpc":"2.0","method":"tools/call","params":{"name":"write_file","arguments":{"path":"a/b.txt","content":%q}},"id":%d}`
	return fmt.Sprintf(format, strings.Repeat("some text\n", max(0, size-len(format))/11), 123456)
}

func BenchmarkParse(b *testing.B) {
	for _, size := range []int{200, 1 << 20} {
		line := []byte(benchLine(size))
		b.Run(fmt.Sprintf("filter/%d", size), func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				if _, ft := parse(line); ft != nil {
					b.Fatal(ft.text)
				}
			}
		})
		b.Run(fmt.Sprintf("json.Valid/%d", size), func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			for b.Loop() {
				if !json.Valid(line) {
					b.Fatal("invalid")
				}
			}
		})
	}
}

// BenchmarkRoundTrip passes one request in and its answer out.
func BenchmarkRoundTrip(b *testing.B) {
	for _, size := range []int{200, 1 << 20} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			request := benchLine(size) + "\n"
			answer := []byte(`{"jsonrpc":"2.0","id":123456,"result":{"content":[{"type":"text","text":"` + strings.Repeat("y", size) + `"}]}}` + "\n")
			in, toIn := io.Pipe()
			f := New(in, io.Discard, Options{})
			defer f.Close()
			defer in.Close()
			frames := bufio.NewReaderSize(f.Reader(), 2<<20)
			turns := make(chan struct{})
			defer close(turns)
			go func() {
				for range turns {
					if _, err := io.WriteString(toIn, request); err != nil {
						return
					}
				}
			}()
			w := f.Writer()
			b.SetBytes(int64(len(request) + len(answer)))
			b.ReportAllocs()
			for b.Loop() {
				turns <- struct{}{}
				if _, err := frames.ReadSlice('\n'); err != nil {
					b.Fatal(err)
				}
				if _, err := w.Write(answer); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
