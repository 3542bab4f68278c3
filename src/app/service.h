/*
 * service: `follow --every`, round after round until a signal asks it to end, and what of it is worth a line.
 *
 * Layer: app. The service only keeps the time (app/rounds) and what it has said last. Each round is a whole run of the
 * verb in a process of its own, so that the service has no connection and no secret, but keys that came with the environment.
 */
#ifndef APP_SERVICE_H
#define APP_SERVICE_H

#include "app/app.h"
#include "app/report.h"

/* What a round has come to, as its process hands it back. */
struct service_report {
    enum err_kind kind;
    enum plan_place place[LIMIT_VIPS]; /* as far as it is known, VIP by VIP */
    bool changed; /* an alias, or a route */
    char steps[TIMELINE_TEXT]; /* if asked for */
    char end[REPORT_END]; /* as a run's final line has it */
};

/* Of a run that has ended with this result, or this error. */
void service_report_make(const struct app *a, const struct buf *result, const struct err *e, struct service_report *report);
/* Until a signal comes: true, and in `result` how the alias is left. */
bool service(struct app *a, struct buf *result);

#endif
