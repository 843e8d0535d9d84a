/* Stands between a process and the kernel, for what changes a disk or a connection.

   Loaded with LD_PRELOAD. The environment variable CRMSYNC_KERNEL is looked up at each call,
   until it is there: a process forked from one that has loaded everything begins to count then.
   It is a plan, `verb:call:nth:errno:part-of-path`, several joined by `;`:

   kill    before the nth such call (`any`: of all calls), which does not happen, SIGKILL
   half    the same, but half of what a writing call was given has been written
   fail    the nth call fails with the errno; `fail+` this one and all that follow
   torn    the same as fail, but half has been written
   skip    syncs return at once as if they had happened: what they should have made durable is not
   trace   call is a file's path: append what is done there, see kernel.py

   Only calls whose file's path contains the last part are counted. Written for Linux. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum { PLANS = 4, PATH = 512 };

struct plan {
    char verb[8], call[PATH], path[PATH];
    long nth, seen;
    int error;
};

static struct plan plans[PLANS];
static int planned = 0, ready = 0, traced = -1;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static void field(char **from, char *into, size_t size) {
    size_t length = strcspn(*from, ":;");
    size_t kept = length < size - 1 ? length : size - 1;
    memcpy(into, *from, kept);
    into[kept] = 0;
    *from += length;
    if (**from == ':') (*from)++;
}

static void prepare(void) {
    char *text = getenv("CRMSYNC_KERNEL"), number[32];
    if (!text) return;
    while (*text && planned < PLANS) {
        struct plan *plan = &plans[planned++];
        field(&text, plan->verb, sizeof plan->verb);
        field(&text, plan->call, sizeof plan->call);
        field(&text, number, sizeof number);
        plan->nth = atol(number);
        field(&text, number, sizeof number);
        plan->error = atoi(number);
        field(&text, plan->path, sizeof plan->path);
        if (*text == ';') text++;
        if (!strcmp(plan->verb, "trace"))
            traced = syscall(SYS_openat, AT_FDCWD, plan->call,
                             O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
    ready = 1;
}

static void note(const char *call, long fd, long offset, const void *data, long length, long got) {
    char head[128];
    if (traced < 0) return;
    int size = snprintf(head, sizeof head, "%s %ld %ld %ld %ld %ld\n", call,
                        (long)syscall(SYS_gettid), fd, offset, got, length);
    syscall(SYS_write, traced, head, size);
    if (length) syscall(SYS_write, traced, data, length);
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* What is to become of a call: 0 it happens, 1 it fails (errno is set), 2 it is left out, 3 the
   process dies in it. `half`: half of it happens before. Asked under the lock. */
static int decided(const char *call, int fd, const char *path, int syncs, int *half) {
    char name[PATH] = "", link[64];
    for (int i = 0; i < planned; i++) {
        struct plan *plan = &plans[i];
        int any = !strcmp(plan->call, "any") && strcmp(call, "pread64") && strcmp(call, "openat");
        if (!strcmp(plan->verb, "trace")) continue;
        if (!strcmp(plan->verb, "skip")) {
            if (syncs) return 2;
            continue;
        }
        if (!any && strcmp(plan->call, call)) continue;
        if (plan->path[0]) {
            if (path) {
                snprintf(name, sizeof name, "%s", path);
            } else {
                snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
                ssize_t size = syscall(SYS_readlink, link, name, sizeof name - 1);
                name[size > 0 ? size : 0] = 0;
            }
            if (!strstr(name, plan->path)) continue;
        }
        plan->seen++;
        int from = !strcmp(plan->verb, "fail+");
        if (from ? plan->seen < plan->nth : plan->seen != plan->nth) continue;
        *half = !strcmp(plan->verb, "half") || !strcmp(plan->verb, "torn");
        if (!strcmp(plan->verb, "kill")) die();
        if (!strcmp(plan->verb, "half")) return 3;
        errno = plan->error;
        return 1;
    }
    return 0;
}

#define REAL(name) (real ? real : (real = dlsym(RTLD_NEXT, name)))
#define BEGIN                                          \
    if (!ready) prepare();                             \
    int half = 0, verdict = 0, saved;                  \
    if (ready) {                                       \
        pthread_mutex_lock(&turn);                     \
        errno = 0;
#define CLOSE pthread_mutex_unlock(&turn); }

/* Calls that write: noted before they happen. */
#define WRITES(name, type, sign, args, fd, data, size, offset, halved)                  \
    type name sign {                                                                    \
        static type(*real) sign;                                                        \
        REAL(#name);                                                                    \
        BEGIN                                                                           \
        verdict = decided(KIND, fd, NULL, 0, &half);                                    \
        if (verdict == 0) note(KIND, fd, offset, data, (long)(size), 0);                \
        saved = errno;                                                                  \
        if (half && (size) > 1) { note(KIND, fd, offset, data, (long)(size) / 2, 0); halved; } \
        if (verdict == 3) die();                                                        \
        errno = saved;                                                                  \
        CLOSE                                                                           \
        return verdict == 1 ? -1 : real args;                                           \
    }

#define KIND "pwrite64"
WRITES(pwrite64, ssize_t, (int fd, const void *data, size_t size, off64_t offset),
       (fd, data, size, offset), fd, data, size, offset, (void)!real(fd, data, size / 2, offset))
WRITES(pwrite, ssize_t, (int fd, const void *data, size_t size, off_t offset),
       (fd, data, size, offset), fd, data, size, offset, (void)!real(fd, data, size / 2, offset))
#undef KIND
#define KIND "sendto"
WRITES(send, ssize_t, (int fd, const void *data, size_t size, int flags),
       (fd, data, size, flags), fd, data, size, -1, (void)!real(fd, data, size / 2, flags))
#undef KIND

ssize_t write(int fd, const void *data, size_t size) {
    static ssize_t (*real)(int, const void *, size_t);
    REAL("write");
    if (fd <= 2) return real(fd, data, size); /* what is told to people */
    BEGIN
    verdict = decided("write", fd, NULL, 0, &half);
    if (verdict == 0) note("write", fd, -1, data, (long)size, 0);
    saved = errno;
    if (half && size > 1) (void)!real(fd, data, size / 2);
    if (verdict == 3) die();
    errno = saved;
    CLOSE
    return verdict == 1 ? -1 : real(fd, data, size);
}

/* Calls without data: noted when they have happened, or failed (got is -1 then). */
#define PLAIN(name, kind, sign, args, fd, path, syncs, data, length, offset)            \
    int name sign {                                                                     \
        static int(*real) sign;                                                         \
        REAL(#name);                                                                    \
        BEGIN                                                                           \
        verdict = decided(kind, fd, path, syncs, &half);                                \
        if (verdict == 3) die();                                                        \
        CLOSE                                                                           \
        if (verdict == 1) return -1;                                                    \
        if (verdict == 2) return 0;                                                     \
        int got = real args;                                                            \
        if (traced >= 0) {                                                              \
            saved = errno;                                                              \
            pthread_mutex_lock(&turn);                                                  \
            note(kind, fd, offset, data, length, got);                                  \
            pthread_mutex_unlock(&turn);                                                \
            errno = saved;                                                              \
        }                                                                               \
        return got;                                                                     \
    }

PLAIN(fdatasync, "fdatasync", (int fd), (fd), fd, NULL, 1, "", 0, 0)
PLAIN(fsync, "fsync", (int fd), (fd), fd, NULL, 1, "", 0, 0)
PLAIN(ftruncate64, "ftruncate", (int fd, off64_t size), (fd, size), fd, NULL, 0, "", 0, size)
PLAIN(ftruncate, "ftruncate", (int fd, off_t size), (fd, size), fd, NULL, 0, "", 0, size)
PLAIN(unlink, "unlink", (const char *path), (path), -1, path, 0, path, (long)strlen(path), 0)
PLAIN(mkdir, "mkdir", (const char *path, mode_t mode), (path, mode), -1, path, 0, path,
      (long)strlen(path), 0)
PLAIN(flock, "flock", (int fd, int how), (fd, how), fd, NULL, 0, "", 0, how)
PLAIN(connect, "connect", (int fd, const struct sockaddr *to, socklen_t size), (fd, to, size), fd,
      NULL, 0, "", 0, 0)

static char pair[2 * PATH + 2];
static long paired(const char *from, const char *to) {
    return snprintf(pair, sizeof pair, "%s\n%s", from, to);
}
PLAIN(link, "link", (const char *from, const char *to), (from, to), -1, to, 0, pair,
      paired(from, to), 0)
PLAIN(rename, "rename", (const char *from, const char *to), (from, to), -1, to, 0, pair,
      paired(from, to), 0)

#define RECEIVES(name, sign, args)                             \
    ssize_t name sign {                                        \
        static ssize_t(*real) sign;                            \
        REAL(#name);                                           \
        BEGIN                                                  \
        verdict = decided("recvfrom", fd, NULL, 0, &half);     \
        if (verdict == 3) die();                               \
        CLOSE                                                  \
        if (verdict == 1) return -1;                           \
        ssize_t got = real args;                               \
        if (traced >= 0) {                                     \
            saved = errno;                                     \
            pthread_mutex_lock(&turn);                         \
            note("recvfrom", fd, -1, data, got < 0 ? 0 : got, got); \
            pthread_mutex_unlock(&turn);                       \
            errno = saved;                                     \
        }                                                      \
        return got;                                            \
    }

RECEIVES(recv, (int fd, void *data, size_t size, int flags), (fd, data, size, flags))

/* Reading changes nothing: it can fail, and is neither counted among all calls nor noted. */
ssize_t pread64(int fd, void *data, size_t size, off64_t offset) {
    static ssize_t (*real)(int, void *, size_t, off64_t);
    REAL("pread64");
    BEGIN
    verdict = decided("pread64", fd, NULL, 0, &half);
    CLOSE
    saved = verdict == 1 ? -1 : 0;
    return saved ? -1 : real(fd, data, size, offset);
}

#define OPENS(name, sign, args)                                             \
    int name sign {                                                                 \
        static int (*real) sign;                                                       \
        REAL(#name);                                                                \
        mode_t mode = 0;                                                            \
        if (flags & (O_CREAT | O_TMPFILE)) {                                        \
            va_list rest;                                                           \
            va_start(rest, flags);                                                  \
            mode = va_arg(rest, mode_t);                                            \
            va_end(rest);                                                           \
        }                                                                           \
        BEGIN                                                                       \
        verdict = decided(flags & O_CREAT ? "creat" : "openat", -1, path, 0, &half); \
        if (verdict == 3) die();                                                    \
        CLOSE                                                                       \
        if (verdict == 1) return -1;                                                \
        int got = real args;                                                        \
        if (traced >= 0) {                                                          \
            saved = errno;                                                          \
            pthread_mutex_lock(&turn);                                              \
            note(flags & O_CREAT ? "creat" : "openat", got, flags, path, (long)strlen(path), got); \
            pthread_mutex_unlock(&turn);                                            \
            errno = saved;                                                          \
        }                                                                           \
        return got;                                                                 \
    }

OPENS(open, (const char *path, int flags, ...), (path, flags, mode))
OPENS(open64, (const char *path, int flags, ...), (path, flags, mode))
OPENS(openat, (int at, const char *path, int flags, ...), (at, path, flags, mode))
OPENS(openat64, (int at, const char *path, int flags, ...), (at, path, flags, mode))
