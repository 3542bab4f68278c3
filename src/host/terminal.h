/*
 * terminal: what a text for people is shown on, and the key that ends a watch.
 *
 * Layer: host.
 * Environment: COLUMNS before what the terminal says, NO_COLOR, TERM; LC_ALL, LC_CTYPE or LANG say whether it knows UTF-8.
 * They come from the caller and change how a text looks, and no more.
 */
#ifndef HOST_TERMINAL_H
#define HOST_TERMINAL_H

#include "base/world.h"

/* Of a descriptor that is no terminal: no colours, and lines of any length. */
void terminal_screen(int fd, struct screen *screen);
/* On the terminal of standard input, if this process may read it, 'q' asks the run to end, as a signal does. */
void terminal_keys_start(void);
void terminal_keys_end(void);

#endif
