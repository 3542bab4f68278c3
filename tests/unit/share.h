/*
 * share: work in numbered pieces, shared out among the processors.
 */
#ifndef UNIT_SHARE_H
#define UNIT_SHARE_H

#include "support.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Does the pieces with the numbers `first`, `first` + `step` and so on, and notes in `tally`, all zero at first, what they come
 * to; a piece comes to the same whoever does it.
 */
typedef void share_work(unsigned long first, unsigned long step, void *tally);

/* Has `work` done by a process for each processor. Returns their tallies, of `size` bytes each, and how many there are. */
static inline void *share_out(share_work *work, size_t size, size_t *count)
{
    *count = (size_t)sysconf(_SC_NPROCESSORS_ONLN);
    char *tallies = mmap(NULL, size * *count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(tallies != MAP_FAILED);
    for (size_t i = 0; i < *count; i++)
        if (fork() == 0) {
            work(i, *count, tallies + i * size);
            _exit(0);
        }
    for (size_t i = 0; i < *count; i++) {
        int status = 1;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    return tallies;
}

#endif
