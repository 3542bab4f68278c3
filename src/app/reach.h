/*
 * reach: the way to the API, and the moment at which the process is sealed.
 *
 * Layer: app. Stands on observe_self(), which knows whom to ask.
 */
#ifndef APP_REACH_H
#define APP_REACH_H

#include "app/app.h"

/*
 * Finds the addresses of all that will be asked, then seals the process, then fetches the keys: no file is opened after
 * the seal, and only who follows can still change the alias. The two below.
 */
bool reach_api(struct app *a, struct err *e);
bool reach_names(struct app *a, struct err *e);
bool reach_keys(struct app *a, struct err *e);
/* And STS's, by who asks it though the keys do not come from there. */
bool reach_sts(struct app *a, uint64_t deadline_us, struct err *e);

#endif
