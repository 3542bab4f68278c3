/*
 * execute: carries out what the plan says comes next, all tables at once, and tells the plan what became of it.
 *
 * Layer: app.
 */
#ifndef APP_EXECUTE_H
#define APP_EXECUTE_H

#include "app/app.h"

/*
 * Every table whose next step is a write gets it. No write begins after write_deadline_us; a signal does not end it, as
 * all tables here is a better end than some.
 */
void execute_writes(struct app *a);
/* Deletes the route of every table that says "here", or whose dead route is ours. REFUSED and others: the first failure. */
bool execute_deletions(struct app *a, size_t *deleted, struct err *e);

#endif
