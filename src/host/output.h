/*
 * output: lines for people and logs, which can neither block nor fail the run.
 *
 * Layer: host.
 */
#ifndef HOST_OUTPUT_H
#define HOST_OUTPUT_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* How long one who reads may keep the run. */
#define OUTPUT_PATIENCE_US 100000

/* Writes what the descriptor takes until then; false when the rest was dropped. */
bool output_write(int fd, struct slice text, uint64_t until_us);

#endif
