/*
 * prove: whether AWS would permit the writes of a failover to this host, and those that other verbs make: by dry runs, which
 * write nothing.
 *
 * Layer: app.
 * Dry runs are paid from the bucket that a failover needs, 50 writes and then 5 a second for the whole account. So no more
 * than PROVE_MOST tables are asked about at a time, another choice each time where there are more, and none is asked about
 * twice: a check that AWS slows down says so and ends. What deletes is asked about last, and only of one who has shown that
 * a dry run is one.
 */
#ifndef APP_PROVE_H
#define APP_PROVE_H

#include "app/app.h"
#include "core/findings.h"

#define PROVE_MOST 20

/*
 * Of every table that the VIP selects: that its route may be replaced or, where it has none, created: a failure for each that
 * may not be. And without a judgement, as not everybody wants them: that routes may be deleted, and the ENI's check turned off.
 */
void prove_writes(struct app *a, const struct vip *v, struct findings *f);

#endif
