/*
 * option: the value of one option, from its text into the options, whichever source it stands in.
 *
 * Layer: app, pure.
 * Trust: what a text may be is decided here alone, and the error says what it should have been, but not where it stands.
 */
#ifndef APP_OPTION_H
#define APP_OPTION_H

#include "app/options/options.h"

/* Takes the value; an option without one is switched on. USAGE. */
bool option_take(struct options *o, enum option option, struct slice value, struct err *e);

#endif
