package tree

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"sync"
)

// HashedSize is the size up to which an etag is made of a file's content.
const HashedSize = 8 << 20

const etagBytes = 16

var hashBuffers = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// ETagOf returns the etag of a file with this content: 32 hex digits of its
// SHA-256.
func ETagOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:etagBytes])
}

// ETag returns the etag of an open file: of its content up to [HashedSize], else
// "W/" and a hash of the device, inode, size and times. It does not move the
// place from which Read reads.
func ETag(f *File) (string, error) {
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if info.Size > HashedSize {
		return weakETag(info), nil
	}
	h := sha256.New()
	buf := hashBuffers.Get().(*[64 << 10]byte)
	defer hashBuffers.Put(buf)
	n, err := io.CopyBuffer(h, io.NewSectionReader(f, 0, HashedSize+1), buf[:])
	if err != nil {
		return "", err
	}
	if n > HashedSize { // it grew meanwhile
		if info, err = f.Stat(); err != nil {
			return "", err
		}
		return weakETag(info), nil
	}
	return hex.EncodeToString(h.Sum(nil)[:etagBytes]), nil
}

func weakETag(i Info) string {
	var b []byte
	for _, v := range []uint64{i.Dev, i.Ino, uint64(i.Size), uint64(i.ModTime.UnixNano()), uint64(i.ChangeTime.UnixNano())} {
		b = binary.BigEndian.AppendUint64(b, v)
	}
	sum := sha256.Sum256(b)
	return "W/" + hex.EncodeToString(sum[:etagBytes])
}
