/* What system calls are called. Made from the kernel's headers when livepost is built. */
#ifndef LIVEPOST_MEASURE_SYSCALL_NAME_H
#define LIVEPOST_MEASURE_SYSCALL_NAME_H

#include <stdint.h>

/* Static: "futex", "io_uring_enter"…; NULL for a number that no call of this architecture had then. */
const char *syscall_name(uint64_t number);

#endif
