/*
 * keys: whose keys the run signs with: those of the environment or of the instance profile, or, where a role is named, the
 * role's that these may assume.
 *
 * Layer: app.
 */
#ifndef APP_KEYS_H
#define APP_KEYS_H

#include "app/app.h"

/*
 * Fetches them into `api`, which can fetch them again: a role's from the first step on. IDENTITY when there are none, or
 * STS gives none; what keeps STS from answering has its own kind.
 */
bool keys_get(struct app *a, struct err *e);

#endif
