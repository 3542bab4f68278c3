/*
 * keys: whose keys the run signs with: those that the chain leads to (see aws/chain.h), or the role's that these may assume
 * where one is named.
 *
 * Layer: app. What is in files is read before the world is sealed; what is asked for over a network comes after it.
 */
#ifndef APP_KEYS_H
#define APP_KEYS_H

#include "app/app.h"

/* Finds out where they come from, and the profile's region with it. IDENTITY. */
bool keys_find(struct app *a, struct err *e);
/* Reads the token that they are given for, where there is one. IDENTITY. */
bool keys_prepare(struct app *a, struct err *e);
/*
 * Fetches them into `api`, which can fetch them again: a role's from the first step on. IDENTITY when there are none, or
 * STS gives none; what keeps STS from answering has its own kind.
 */
bool keys_get(struct app *a, struct err *e);
/* Gives EC2's keys to STS and the other way round: where a role is assumed, those of who assumes it. */
void keys_swap(struct app *a);

#endif
