/*
 * random: bytes of the kernel's random source, the only one that the program has.
 *
 * Layer: host.
 * Linux has getrandom(2) since 3.17. On an older kernel the bytes are /dev/urandom's, which is opened at the start, since
 * later no file can be. Soon after a boot the call blocks until the kernel's pool is ready, and since 5.4 it is the waiting
 * that fills the pool: so a child waits (host/child), and no longer than there is time. No processor's instruction is
 * asked: BearSSL is built without a source of its own.
 */
#ifndef HOST_RANDOM_H
#define HOST_RANDOM_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes ready for a kernel without getrandom(2). Whether there is a source at all is told by random_bytes(). */
void random_open(void);
/* Waits until the kernel can give random bytes, if it cannot yet: DEADLINE, or INTERRUPTED by a signal. Not after the seal. */
bool random_await(uint64_t deadline_us, struct err *e);
/* Fills `bytes` with as many as a key needs, without waiting. BUG when there is no source. */
bool random_bytes(void *bytes, size_t len, struct err *e);
/* Bits for spreading retries, without waiting; 0 when there is no source: they are spread less well then. */
uint32_t random_bits(void);

#endif
