// Stands between the daemon and the C library (LD_PRELOAD): counts the calls that change files, in all threads together, and
// lets one of them fail, or ends the process there; and adds to the clock. What to do is read from a shared page that the
// harness maps too, so it may be changed while the daemon runs. strace can inject faults as well, but counts each thread apart.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { kKillBefore = 1, kKillAfter, kKillTorn, kError, kShort };  // as in inject.py

struct Page {
    int64_t calls;     // so far
    int64_t at, until; // the first and the last call that the fault hits; at 0: none
    int64_t what, error;
    int64_t clock_ns;  // added to the wall clock
    int64_t hits;
    char hit[40];      // the first call that was hit
};

static struct Page* page;

__attribute__((constructor)) static void map_page(void) {
    const char* path = getenv("KNS_INJECT");
    if (!path) return;
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) abort();
    page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) abort();
    close(fd);
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

// What is to happen to this call: 0 nothing, else one of the faults.
static int fault(const char* name) {
    if (!page) return 0;
    const int64_t n = __atomic_add_fetch(&page->calls, 1, __ATOMIC_SEQ_CST);
    const int64_t at = __atomic_load_n(&page->at, __ATOMIC_SEQ_CST);
    if (at == 0 || n < at || n > page->until) return 0;
    if (__atomic_add_fetch(&page->hits, 1, __ATOMIC_SEQ_CST) == 1) strncpy(page->hit, name, sizeof page->hit - 1);
    if (page->what == kKillBefore) die();
    return (int)page->what;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// A call that is done or not: the fault kills before or after it, or makes it fail.
#define WHOLE(result, name, arguments, call)                     \
    result name arguments {                                      \
        const int what = fault(#name);                           \
        if (what == kError) return errno = (int)page->error, -1; \
        const result out = call;                                 \
        if (what == kKillAfter || what == kKillTorn) die();      \
        return out;                                              \
    }

WHOLE(int, fsync, (int fd), REAL(fsync)(fd))
WHOLE(int, fdatasync, (int fd), REAL(fdatasync)(fd))
WHOLE(int, ftruncate, (int fd, off_t size), REAL(ftruncate)(fd, size))
WHOLE(int, ftruncate64, (int fd, off64_t size), REAL(ftruncate64)(fd, size))
WHOLE(int, rename, (const char* from, const char* to), REAL(rename)(from, to))
WHOLE(int, renameat, (int a, const char* from, int b, const char* to), REAL(renameat)(a, from, b, to))
WHOLE(int, unlink, (const char* path), REAL(unlink)(path))
WHOLE(int, unlinkat, (int fd, const char* path, int flags), REAL(unlinkat)(fd, path, flags))
WHOLE(int, mkdir, (const char* path, mode_t mode), REAL(mkdir)(path, mode))

// A write may also be done by half.
#define WRITE(name, arguments, size, call, half)                     \
    ssize_t name arguments {                                         \
        const int what = fault(#name);                               \
        if (what == kError) return errno = (int)page->error, -1;     \
        if ((what == kKillTorn || what == kShort) && (size) > 1) {   \
            const ssize_t out = half;                                \
            if (what == kKillTorn) die();                            \
            return out;                                              \
        }                                                            \
        const ssize_t out = call;                                    \
        if (what == kKillAfter || what == kKillTorn) die();          \
        return out;                                                  \
    }

WRITE(pwrite, (int fd, const void* data, size_t n, off_t at), n, REAL(pwrite)(fd, data, n, at), REAL(pwrite)(fd, data, n / 2, at))
WRITE(pwrite64, (int fd, const void* data, size_t n, off64_t at), n, REAL(pwrite64)(fd, data, n, at), REAL(pwrite64)(fd, data, n / 2, at))

static ssize_t half_of(int fd, const struct iovec* parts, int count, off64_t at) {
    size_t sum = 0, done = 0;
    for (int i = 0; i < count; ++i) sum += parts[i].iov_len;
    for (int i = 0; i < count && done < sum / 2; ++i) {
        const size_t rest = sum / 2 - done, n = parts[i].iov_len < rest ? parts[i].iov_len : rest;
        if (REAL(pwrite64)(fd, parts[i].iov_base, n, at + (off64_t)done) != (ssize_t)n) return -1;
        done += n;
    }
    return (ssize_t)done;
}

WRITE(pwritev, (int fd, const struct iovec* parts, int count, off_t at), count, REAL(pwritev)(fd, parts, count, at), half_of(fd, parts, count, at))
WRITE(pwritev64, (int fd, const struct iovec* parts, int count, off64_t at), count, REAL(pwritev64)(fd, parts, count, at), half_of(fd, parts, count, at))

ssize_t write(int fd, const void* data, size_t n) {
    struct stat info;
    if (!page || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || fd <= 2) return REAL(write)(fd, data, n);  // the log of the daemon apart
    const int what = fault("write");
    if (what == kError) return errno = (int)page->error, -1;
    const ssize_t out = REAL(write)(fd, data, (what == kKillTorn || what == kShort) && n > 1 ? n / 2 : n);
    if (what == kKillAfter || what == kKillTorn) die();
    return out;
}

// Only those that create: opening what is there changes nothing.
#define OPEN(name, before, pass)                                                  \
    int name(before const char* path, int flags, ...) {                           \
        va_list rest;                                                             \
        va_start(rest, flags);                                                    \
        const mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest);                                                             \
        const int what = flags & O_CREAT ? fault(#name) : 0;                      \
        if (what == kError) return errno = (int)page->error, -1;                  \
        const int out = REAL(name)(pass path, flags, mode);                       \
        if (what == kKillAfter || what == kKillTorn) die();                       \
        return out;                                                               \
    }
#define COMMA ,
OPEN(open, , )
OPEN(open64, , )
OPEN(openat, int fd COMMA, fd COMMA)
OPEN(openat64, int fd COMMA, fd COMMA)

int clock_gettime(clockid_t clock, struct timespec* out) {
    const int code = REAL(clock_gettime)(clock, out);
    if (code != 0 || !page || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return code;
    const int64_t ns = (int64_t)out->tv_sec * 1000000000 + out->tv_nsec + __atomic_load_n(&page->clock_ns, __ATOMIC_SEQ_CST);
    out->tv_sec = ns / 1000000000;
    out->tv_nsec = ns % 1000000000;
    return 0;
}

int gettimeofday(struct timeval* restrict out, void* restrict zone) {
    (void)zone;
    struct timespec now;
    const int code = clock_gettime(CLOCK_REALTIME, &now);
    out->tv_sec = now.tv_sec;
    out->tv_usec = now.tv_nsec / 1000;
    return code;
}

time_t time(time_t* out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
