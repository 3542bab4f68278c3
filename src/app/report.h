/*
 * report: what is said of a run that has ended: its steps, where asked for, and one line.
 *
 * Layer: app, pure.
 */
#ifndef APP_REPORT_H
#define APP_REPORT_H

#include "app/app.h"

#define REPORT_END (LIMIT_ERR_TEXT + 256) /* bytes of the line: what happened, and what to do */

/* "What happened; what to do": the result of a run without an error, else the error. */
void report_put_text(struct buf *b, struct slice result, const struct err *e);
/* The same after its kind: "KIND: what happened; what to do". */
void report_put_end(struct buf *b, struct slice result, const struct err *e);
/* With -v a line for each step of the run, else nothing. */
void report_put_steps(struct buf *b, const struct app *a);
/* With -v a chart of them, for who reads it on that screen, else nothing. */
void report_put_chart(struct buf *b, const struct app *a, const struct screen *screen);

#endif
