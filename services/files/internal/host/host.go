// Package host tells what the system beneath a directory can do and how much of
// it is left, for the operator. Every answer may be "unknown": it asks and
// changes nothing, and no request of a caller reaches it.
//
// Begin with [Below] and [Watches].
package host

// Facts are what is known of the file system that holds a directory.
type Facts struct {
	// Type is its name, such as "ext4"; "" if unknown.
	Type string
	// Remote says that other machines change it too, which no watch hears of.
	Remote bool
	// ReadOnly says that it is mounted so.
	ReadOnly bool
	// Writable says that this process may create entries in the directory.
	Writable bool
	// Free and Size are in bytes, and FreeFiles is how many files may be added.
	// They are valid if Size is not zero.
	Free, Size, FreeFiles uint64
}

// WatchLimits are what the kernel lets a user watch, and what this user's
// processes do, as far as they can be seen. MaxWatches is zero if there is no
// such limit or it is unknown.
type WatchLimits struct {
	MaxWatches, MaxInstances int
	Watches, Instances       int
}
