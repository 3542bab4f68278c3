/*
 * watch: `status --watch`, look after look until a signal or a key asks it to end, and what has moved in between.
 *
 * Layer: app. Each look is a whole run of `status` in a process of its own (app/rounds).
 * On a terminal each picture is drawn over the one before; else a line is written for each change.
 */
#ifndef APP_WATCH_H
#define APP_WATCH_H

#include "app/show/look.h"
#include "app/show/show.h"

/* Bytes of a picture or of the lines between two. */
#define WATCH_TEXT (2 * SHOW_TEXT)

/* `text` is for what is shown, of WATCH_TEXT bytes. True: the latest look is in `look`. False: a signal came before the first one ended. */
bool watch(const struct app *a, struct buf text, struct look *look);

#endif
