/*
 * notice: what keepalived or Patroni says of this host, and that of two such notices the one that was given last counts,
 * whichever of their runs is faster.
 *
 * Layer: app.
 * The order is that in which the manager has started the two runs, as the kernel has noted it: nothing that a run does itself
 * could tell. Each enters its own into a word that all runs on this host share, unless a later one is there, and ends when it
 * finds one: at the start, under the lock, and before each write. As runs have the lock one after the other, it is the last
 * one's work that stays. What is said last is kept, so that it can be carried out again as long as who said it, the process that
 * started the run, runs itself: of a manager that has died nobody knows what it would say.
 * Limits: without the shared word, or without /proc, the order is that of the lock.
 */
#ifndef APP_NOTICE_H
#define APP_NOTICE_H

#include "app/app.h"

/*
 * What the words say, as a verb: "INSTANCE|GROUP NAME STATE [PRIORITY]" of keepalived, "on_... ROLE CLUSTER" of Patroni, or
 * "again NAME". USAGE.
 */
bool notice_take(struct options *o, struct err *e);
/* Enters a notice, or finds out what the last one was. True for any other run. NOTPRIMARY: a later one is there, or none is. */
bool notice_begin(struct app *a, struct err *e);
/* Whether it is still the last one. True for any other run. NOTPRIMARY. */
bool notice_holds(const struct app *a, struct err *e);

#endif
