/*
 * prove: whether AWS would permit the writes of a failover to this host: by dry runs, which write nothing.
 *
 * Layer: app.
 * Dry runs are paid from the bucket that a failover needs, 50 writes and then 5 a second for the whole account. So no more
 * than PROVE_MOST tables are asked about at a time, another choice each time where there are more, and none is asked about
 * twice: a check that AWS slows down says so and ends.
 */
#ifndef APP_PROVE_H
#define APP_PROVE_H

#include "app/app.h"
#include "core/findings.h"

#define PROVE_MOST 20

/* Of every selected table: that its route may be replaced or, where it has none, created. A failure for each that may not be. */
void prove_writes(struct app *a, struct findings *f);

#endif
