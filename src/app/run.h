/*
 * run: one run from its beginning to its result: the clock, the lock, the verb, and a word on a clock that is off.
 *
 * Layer: app; above the verbs, which know the state of a run (app.h) and nothing of this.
 */
#ifndef APP_RUN_H
#define APP_RUN_H

#include "app/app.h"

/* Does what options.verb says; help and version need no world. True: the result line is in `result`; false: `*e` says what happened. */
bool run_verb(struct app *a, struct buf *result, struct err *e);

#endif
