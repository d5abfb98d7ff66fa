/* Stands before fdatasync and fsync of a process (LD_PRELOAD): counts them, and makes each take as long as it is told.
 *
 * FOREBAY_BENCH_SYNCS    a file of 16 bytes: how many there were, and how many nanoseconds they took together
 * FOREBAY_BENCH_SYNC_US  what each takes at least, in microseconds
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct tally { _Atomic uint64_t syncs, ns; };

static struct tally unseen;
static struct tally *tally = &unseen;
static uint64_t least_ns;

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

__attribute__((constructor)) static void open_tally(void) {
  const char *least_us = getenv("FOREBAY_BENCH_SYNC_US");
  if (least_us) least_ns = strtoull(least_us, NULL, 10) * 1000u;
  const char *path = getenv("FOREBAY_BENCH_SYNCS");
  if (!path) return;
  int file = open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  void *page = mmap(NULL, sizeof(struct tally), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (page != MAP_FAILED) tally = page;
  close(file);
}

static int sync_file(long call, int file) {
  uint64_t start = now_ns();
  long answer = syscall(call, file);
  int error = errno;
  uint64_t end = start + least_ns;
  if (now_ns() < end) {
    struct timespec at = { (time_t)(end / 1000000000u), (long)(end % 1000000000u) };
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR) {}
  }
  atomic_fetch_add(&tally->syncs, 1);
  atomic_fetch_add(&tally->ns, now_ns() - start);
  errno = error;
  return (int)answer;
}

int fdatasync(int file) { return sync_file(SYS_fdatasync, file); }
int fsync(int file) { return sync_file(SYS_fsync, file); }
