package tree

// What is decided without looking at a disk, for any system.
var (
	BadWindowsName = badWindowsName
	CheckGo        = checkGo
)
