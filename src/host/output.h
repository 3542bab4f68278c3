/*
 * output: lines for people and logs, which can neither block nor fail the run.
 *
 * Layer: host.
 */
#ifndef HOST_OUTPUT_H
#define HOST_OUTPUT_H

#include "base/text.h"

/* Writes what the descriptor takes within a tenth of a second; the rest is dropped. */
void output_write(int fd, struct slice text);

#endif
