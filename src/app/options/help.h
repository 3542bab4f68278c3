/*
 * help: what the program says of itself, from the same tables that it works by.
 *
 * Layer: app, pure.
 * The manual, release/mirrorvip.8, says it at length.
 */
#ifndef APP_HELP_H
#define APP_HELP_H

#include "app/options/options.h"
#include "base/text.h"

/* The text of `mirrorvip help`, or, about another verb than help, of `mirrorvip help VERB`. */
void help_put(struct buf *b, enum verb about);

#endif
