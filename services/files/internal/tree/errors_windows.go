package tree

import "syscall"

// systemCauses are the errors that Windows has numbers of its own for.
var systemCauses = []cause{
	{syscall.Errno(4), Busy, "too many files are open"},                                      // ERROR_TOO_MANY_OPEN_FILES
	{syscall.Errno(17), Outside, "it is on another file system, which this server refuses"},  // ERROR_NOT_SAME_DEVICE
	{syscall.Errno(19), ReadOnly, "the disk is write-protected"},                             // ERROR_WRITE_PROTECT
	{syscall.Errno(23), Failed, "the disk, or what stands for it, fails to read or write"},   // ERROR_CRC
	{syscall.Errno(32), Busy, "another program has it open"},                                 // ERROR_SHARING_VIOLATION
	{syscall.Errno(33), Busy, "another program has locked a part of it"},                     // ERROR_LOCK_VIOLATION
	{syscall.Errno(39), NoSpace, "no space is left"},                                         // ERROR_HANDLE_DISK_FULL
	{syscall.Errno(112), NoSpace, "no space is left"},                                        // ERROR_DISK_FULL
	{syscall.Errno(123), Invalid, "Windows has no such name"},                                // ERROR_INVALID_NAME
	{syscall.Errno(145), NotEmpty, "the directory is not empty"},                             // ERROR_DIR_NOT_EMPTY
	{syscall.Errno(206), Invalid, "the path or a name in it is too long"},                    // ERROR_FILENAME_EXCED_RANGE
	{syscall.Errno(223), TooLarge, "it is larger than the system allows"},                    // ERROR_FILE_TOO_LARGE
	{syscall.Errno(267), NotDirectory, "it, or a part of its path, is not a directory"},      // ERROR_DIRECTORY
	{syscall.Errno(303), Busy, "it is being deleted"},                                        // ERROR_DELETE_PENDING
	{syscall.Errno(1117), Failed, "the disk, or what stands for it, fails to read or write"}, // ERROR_IO_DEVICE
	{syscall.Errno(1295), NoSpace, "the disk quota is used up"},                              // ERROR_DISK_QUOTA_EXCEEDED
	{syscall.Errno(1816), NoSpace, "the quota is used up"},                                   // ERROR_NOT_ENOUGH_QUOTA
	{syscall.Errno(1921), Invalid, "too many symbolic links, or a loop of them"},             // ERROR_CANT_RESOLVE_FILENAME
}
