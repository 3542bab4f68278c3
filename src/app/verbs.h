/*
 * verbs: the story of each verb, from what the host says to how it ends for each VIP.
 *
 * Layer: app. False: what keeps all that have not ended from going on.
 */
#ifndef APP_VERBS_H
#define APP_VERBS_H

#include "app/app.h"

bool acquire(struct app *a, struct err *e);
bool release(struct app *a, struct err *e);
bool follow(struct app *a, struct err *e);
/* Only looks: what it has seen is shown afterwards (app/show). */
bool status(struct app *a, struct err *e);
/* Of a VIP that it has not seen here: another look, after a pause, as one alone may be an old picture. */
void status_again(struct app *a, struct vip *v);
/*
 * A preflight: a line for each finding. It takes no lock and writes nothing; its end is that of the first failure, else the
 * result.
 */
bool check(struct app *a, struct buf *result, struct err *e);
/* What the other verbs must be allowed to do here, as an IAM policy. It works where nothing is allowed yet. */
bool policy(struct app *a, struct buf *result, struct err *e);

#endif
