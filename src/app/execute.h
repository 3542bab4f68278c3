/*
 * execute: carries out what the plan says comes next, all tables at once, and tells the plan what became of it.
 *
 * Layer: app.
 */
#ifndef APP_EXECUTE_H
#define APP_EXECUTE_H

#include "app/app.h"
#include "core/pace.h"

/*
 * Every table, of all VIPs that are not in doubt, whose next step is a write gets it, `most` of them at the most, each in one
 * attempt. No write begins after `begin_by_us`, which is no reason to pause, or after write_deadline_us. A signal does not end
 * it, as all tables here is a better end than some.
 */
struct pace_batch execute_writes(struct app *a, size_t most, uint64_t begin_by_us);
/* Whether the latest reading shows a route that execute_deletions() is for. */
bool execute_may_delete(const struct vip *v);
/*
 * Deletes, all at once and each in one attempt, the routes of all VIPs in every table that says "here", or whose dead route
 * is ours, and said so in the reading before, too, as the latest may be an old picture of what another host has taken since;
 * adds to `deleted`. `stop`: the first failure; `again`: readings and another attempt may cure it. EC2 has no condition
 * for a deletion: between the reading and the deletion another host may take the table, and lose it again by this.
 */
void execute_deletions(struct app *a);

#endif
