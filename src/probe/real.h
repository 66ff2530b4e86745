/* What the wrappers wrap: a pointer to the next definition of each name, behind this library in the loader's order.
 *
 * The loader's own dlsym is not asked: it may allocate, it takes locks, it was moved between libraries in glibc 2.34, and
 * for the names with several versions it needs to be told which. We look into the symbol tables ourselves and take the
 * default version. */
#ifndef LIVEPOST_PROBE_REAL_H
#define LIVEPOST_PROBE_REAL_H

#include <aio.h>
#include <dlfcn.h>
#include <mqueue.h>
#include <netdb.h>
#include <poll.h>
#include <pty.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <threads.h>
#include <ucontext.h>
#include <wchar.h>
#include <unistd.h>

/* Names that some headers of glibc 2.31 to 2.41 do not declare: newer ones, and those that the compiler's own checks call. */
pid_t _Fork(void);
int execveat(int directory, const char *path, char *const arguments[], char *const environment[], int flags);
int close_range(unsigned first, unsigned last, int flags);
void closefrom(int first);
int epoll_pwait2(int epoll, struct epoll_event *events, int most, const struct timespec *timeout, const sigset_t *mask);
ssize_t __read_chk(int descriptor, void *bytes, size_t size, size_t room);
ssize_t __pread_chk(int descriptor, void *bytes, size_t size, off_t at, size_t room);
ssize_t __pread64_chk(int descriptor, void *bytes, size_t size, off64_t at, size_t room);
ssize_t __recv_chk(int descriptor, void *bytes, size_t size, size_t room, int flags);
ssize_t __recvfrom_chk(int descriptor, void *bytes, size_t size, size_t room, int flags, struct sockaddr *address,
                       socklen_t *length);
int __poll_chk(struct pollfd *descriptors, nfds_t count, int timeout, size_t room);
int __ppoll_chk(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
                size_t room);
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int directory, const char *path, int flags);
int __openat64_2(int directory, const char *path, int flags);
char *__fgets_chk(char *text, size_t room, int size, FILE *file);
char *__fgets_unlocked_chk(char *text, size_t room, int size, FILE *file);
size_t __fread_chk(void *bytes, size_t room, size_t size, size_t count, FILE *file);
size_t __fread_unlocked_chk(void *bytes, size_t room, size_t size, size_t count, FILE *file);
int __vfprintf_chk(FILE *file, int flag, const char *format, va_list arguments);
int __vprintf_chk(int flag, const char *format, va_list arguments);
int __fprintf_chk(FILE *file, int flag, const char *format, ...);
int __printf_chk(int flag, const char *format, ...);
ssize_t __getdelim(char **line, size_t *room, int delimiter, FILE *file);
int __isoc99_vfscanf(FILE *file, const char *format, va_list arguments);
int __isoc99_vscanf(const char *format, va_list arguments);
int __isoc99_fscanf(FILE *file, const char *format, ...);
int __isoc99_scanf(const char *format, ...);
int __isoc23_vfscanf(FILE *file, const char *format, va_list arguments);
int __isoc23_vscanf(const char *format, va_list arguments);
int __isoc23_fscanf(FILE *file, const char *format, ...);
int __isoc23_scanf(const char *format, ...);
int __underflow(FILE *file);
wint_t __wuflow(FILE *file);
wint_t __woverflow(FILE *file, wint_t character);
wchar_t *__fgetws_chk(wchar_t *text, size_t room, int size, FILE *file);
wchar_t *__fgetws_unlocked_chk(wchar_t *text, size_t room, int size, FILE *file);
int __vfwprintf_chk(FILE *file, int flag, const wchar_t *format, va_list arguments);
int __vwprintf_chk(int flag, const wchar_t *format, va_list arguments);
int __fwprintf_chk(FILE *file, int flag, const wchar_t *format, ...);
int __wprintf_chk(int flag, const wchar_t *format, ...);
int __isoc99_vfwscanf(FILE *file, const wchar_t *format, va_list arguments);
int __isoc99_vwscanf(const wchar_t *format, va_list arguments);
int __isoc99_fwscanf(FILE *file, const wchar_t *format, ...);
int __isoc99_wscanf(const wchar_t *format, ...);
int __isoc23_vfwscanf(FILE *file, const wchar_t *format, va_list arguments);
int __isoc23_vwscanf(const wchar_t *format, va_list arguments);
int __isoc23_fwscanf(FILE *file, const wchar_t *format, ...);
int __isoc23_wscanf(const wchar_t *format, ...);
int __vdprintf_chk(int file, int flag, const char *format, va_list arguments);
int __dprintf_chk(int file, int flag, const char *format, ...);
int __sigpause(int mask_or_number, int is_number);
int __xpg_sigpause(int number);
int __uflow(FILE *file);
int __overflow(FILE *file, int character);
int _IO_getc(FILE *file);
int _IO_putc(int character, FILE *file);

#define REAL_NAMES(X) \
	/* locks */ \
	X(pthread_mutex_lock) X(pthread_mutex_trylock) X(pthread_mutex_timedlock) X(pthread_mutex_clocklock) \
	X(pthread_mutex_unlock) X(pthread_rwlock_rdlock) X(pthread_rwlock_tryrdlock) X(pthread_rwlock_timedrdlock) \
	X(pthread_rwlock_clockrdlock) X(pthread_rwlock_wrlock) X(pthread_rwlock_trywrlock) X(pthread_rwlock_timedwrlock) \
	X(pthread_rwlock_clockwrlock) X(pthread_rwlock_unlock) X(pthread_spin_lock) X(pthread_spin_trylock) \
	X(pthread_spin_unlock) X(mtx_lock) X(mtx_trylock) X(mtx_timedlock) X(mtx_unlock) \
	/* conditions, semaphores, barriers */ \
	X(pthread_cond_wait) X(pthread_cond_timedwait) X(pthread_cond_clockwait) X(pthread_cond_signal) \
	X(pthread_cond_broadcast) X(cnd_wait) X(cnd_timedwait) X(cnd_signal) X(cnd_broadcast) \
	X(sem_wait) X(sem_trywait) X(sem_timedwait) X(sem_clockwait) X(sem_post) X(pthread_barrier_wait) \
	X(pthread_testcancel) \
	/* threads */ \
	X(pthread_create) X(pthread_join) X(pthread_tryjoin_np) X(pthread_timedjoin_np) X(pthread_clockjoin_np) \
	X(pthread_setname_np) X(thrd_create) X(thrd_join) X(pthread_key_create) X(pthread_setspecific) \
	X(pthread_getcpuclockid) \
	/* sleeping, signals */ \
	X(sleep) X(usleep) X(nanosleep) X(clock_nanosleep) X(thrd_sleep) X(pause) X(sigsuspend) X(sigwait) \
	X(sigwaitinfo) X(sigtimedwait) X(__sigpause) X(__xpg_sigpause) \
	/* descriptors */ \
	X(read) X(readv) X(pread) X(pread64) X(preadv) X(preadv64) X(preadv2) X(preadv64v2) X(write) X(writev) \
	X(pwrite) X(pwrite64) X(pwritev) X(pwritev64) X(pwritev2) X(pwritev64v2) X(send) X(sendto) X(sendmsg) X(sendmmsg) \
	X(recv) X(recvfrom) X(recvmsg) X(recvmmsg) X(accept) X(accept4) X(connect) X(sendfile) X(sendfile64) X(splice) \
	X(tee) X(vmsplice) X(copy_file_range) X(__read_chk) X(__pread_chk) X(__pread64_chk) X(__recv_chk) X(__recvfrom_chk) \
	X(open) X(open64) X(openat) X(openat64) X(__open_2) X(__open64_2) X(__openat_2) X(__openat64_2) \
	X(creat) X(creat64) X(fopen) X(fopen64) X(fcntl) X(fcntl64) X(eventfd_read) X(eventfd_write) \
	X(vdprintf) X(__vdprintf_chk) X(close) X(dup2) X(dup3) X(close_range) X(closefrom) X(freopen) X(freopen64) \
	X(flock) X(lockf) X(lockf64) X(fsync) X(fdatasync) X(msync) X(msgrcv) X(msgsnd) X(semop) X(semtimedop) \
	X(poll) X(ppoll) X(__poll_chk) X(__ppoll_chk) X(select) X(pselect) X(epoll_wait) X(epoll_pwait) X(epoll_pwait2) \
	/* what is asked of others */ \
	X(syscall) X(mq_send) X(mq_timedsend) X(mq_receive) X(mq_timedreceive) X(aio_suspend) X(aio_suspend64) X(lio_listio) \
	X(lio_listio64) X(getaddrinfo) X(getnameinfo) X(gethostbyname) X(gethostbyname2) X(gethostbyaddr) X(gethostbyname_r) \
	X(gethostbyname2_r) X(gethostbyaddr_r) X(gai_suspend) X(tcdrain) X(sync) X(syncfs) X(sync_file_range) \
	/* stdio */ \
	X(fread) X(fread_unlocked) X(__fread_chk) X(__fread_unlocked_chk) X(fgets) X(fgets_unlocked) X(__fgets_chk) \
	X(__fgets_unlocked_chk) X(getline) X(getdelim) X(__getdelim) X(fgetc) X(getc) X(_IO_getc) X(getchar) X(__uflow) \
	X(fwrite) X(fwrite_unlocked) X(fputs) X(fputs_unlocked) X(puts) X(fputc) X(putc) X(_IO_putc) X(putchar) \
	X(__overflow) X(fflush) X(fflush_unlocked) X(fclose) X(vprintf) X(vfprintf) X(__vprintf_chk) X(__vfprintf_chk) \
	X(__isoc99_vscanf) X(__isoc99_vfscanf) X(__isoc23_vscanf) X(__isoc23_vfscanf) X(flockfile) \
	X(fgetc_unlocked) X(getc_unlocked) X(getchar_unlocked) X(fputc_unlocked) X(putc_unlocked) X(putchar_unlocked) \
	X(getw) X(putw) X(__underflow) X(vscanf) X(vfscanf) \
	X(fgetwc) X(fgetwc_unlocked) X(getwc) X(getwc_unlocked) X(getwchar) X(getwchar_unlocked) X(fgetws) \
	X(fgetws_unlocked) X(__fgetws_chk) X(__fgetws_unlocked_chk) X(__wuflow) X(__woverflow) X(fputwc) X(fputwc_unlocked) \
	X(putwc) X(putwc_unlocked) X(putwchar) X(putwchar_unlocked) X(fputws) X(fputws_unlocked) X(vwprintf) X(vfwprintf) \
	X(__vwprintf_chk) X(__vfwprintf_chk) X(__isoc99_vwscanf) X(__isoc99_vfwscanf) X(__isoc23_vwscanf) \
	X(__isoc23_vfwscanf) \
	/* processes */ \
	X(fork) X(_Fork) X(vfork) X(posix_spawn) X(posix_spawnp) X(wait) X(waitpid) X(wait3) X(wait4) X(waitid) X(system) \
	X(popen) X(pclose) X(forkpty) X(_exit) X(quick_exit) X(execve) X(execv) X(execvp) X(execvpe) X(fexecve) X(execveat) \
	/* contexts, modules */ \
	X(swapcontext) X(setcontext) X(makecontext) \
	X(dlclose)

#define REAL_POINTER(name) __typeof__(name) *name;
struct real {
	REAL_NAMES(REAL_POINTER)
	int (*_dl_find_object)(void *address, void *found); /* in glibc since 2.35; so is its type */
};
#undef REAL_POINTER

/* A pointer is NULL where this glibc does not have the name. */
extern struct real real;

void real_find(void);

/* A definition that takes the place of libc's. */
#define WRAP __attribute__((visibility("default")))
/* Another name by which programs find the same function. */
#define ALIAS(other, name) __asm__(".globl " #other "\n.set " #other ", " #name);

#endif
