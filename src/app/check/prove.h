/*
 * prove: whether AWS would permit what this program may ever write: by dry runs, which write nothing, and which AWS answers by
 * permission alone.
 *
 * Layer: app.
 * Dry runs are paid from the buckets that a failover needs, of each action 50 and then 5 a second for the whole account. So
 * each table is asked about once for all VIPs: PROVE_FIRST of them at once, and then no more than AWS pays back; what the
 * deadline leaves no time for is named. None is asked about twice: a check that AWS slows down says so and ends. What deletes
 * is asked about last, and only of one who has shown that a dry run is one.
 */
#ifndef APP_PROVE_H
#define APP_PROVE_H

#include "app/app.h"
#include "core/findings.h"

#define PROVE_FIRST 20
#define PROVE_A_SECOND 5

/*
 * Of every table that a VIP which it is not over for selects: that its route may be replaced and created. Which of these a
 * failover needs now makes a failure where it may not be; the other one makes a warning. And without a judgement, as not
 * everybody wants it: that it may be deleted. False: nobody could be asked, or not by a dry run.
 */
bool prove_routes(struct app *a, struct findings *f);
/* Without a judgement, too: that the check of the VIP's ENI may be turned off. */
void prove_fix(struct app *a, const struct vip *v, struct findings *f);

#endif
