/* Lets a process live FAST_CLOCK times as fast: its clocks run ahead, its waits are as much shorter.
 *
 * gcc -O2 -shared -fPIC -o fast_clock.so fast_clock.c -ldl; LD_PRELOAD=./fast_clock.so FAST_CLOCK=200 command
 *
 * libfaketime does not know the waits of Python's locks (sem_clockwait). Waits with a moment are
 * turned back into real moments; those with a length, of polls, are divided.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#define SECOND 1000000000LL
#define WALL_BEGINS 1000000000LL /* seconds: no machine has been up for thirty years */

static long long factor = 1, wall, steady;
static int (*real_gettime)(clockid_t, struct timespec *);

static long long ns(const struct timespec *at) { return at->tv_sec * SECOND + at->tv_nsec; }

static struct timespec ts(long long at) {
    struct timespec found = {at / SECOND, at % SECOND};
    return found;
}

__attribute__((constructor)) static void begin(void) {
    const char *given = getenv("FAST_CLOCK");
    struct timespec now;
    real_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    if (given) factor = atoll(given);
    real_gettime(CLOCK_REALTIME, &now);
    wall = ns(&now);
    real_gettime(CLOCK_MONOTONIC, &now);
    steady = ns(&now);
}

static long long fast(long long real, long long base) { return base + (real - base) * factor; }
static long long slow(long long fake, long long base) { return base + (fake - base) / factor; }

static struct timespec moment(const struct timespec *fake) {
    return ts(slow(ns(fake), fake->tv_sec > WALL_BEGINS ? wall : steady));
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    int failed = real_gettime ? real_gettime(clock, at) : -1;
    if (failed) return failed;
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) *at = ts(fast(ns(at), wall));
    if (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME)
        *at = ts(fast(ns(at), steady));
    return 0;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *out, void *zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    out->tv_sec = now.tv_sec;
    out->tv_usec = now.tv_nsec / 1000;
    return 0;
}

#define REAL(name) static typeof(&name) real; if (!real) real = dlsym(RTLD_NEXT, #name)

int sem_clockwait(sem_t *sem, clockid_t clock, const struct timespec *until) {
    REAL(sem_clockwait);
    struct timespec at = moment(until);
    return real(sem, clock, &at);
}

int sem_timedwait(sem_t *sem, const struct timespec *until) {
    REAL(sem_timedwait);
    struct timespec at = moment(until);
    return real(sem, &at);
}

int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *lock, const struct timespec *until) {
    REAL(pthread_cond_timedwait);
    struct timespec at = moment(until);
    return real(cond, lock, &at);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wait, struct timespec *left) {
    REAL(clock_nanosleep);
    struct timespec at = flags & TIMER_ABSTIME ? moment(wait) : ts(ns(wait) / factor);
    return real(clock, flags, &at, left);
}

int poll(struct pollfd *fds, nfds_t count, int milliseconds) {
    REAL(poll);
    int scaled = milliseconds > 0 ? 1 + (int)(milliseconds / factor) : milliseconds;
    return real(fds, count, scaled);
}
