/*
 * hold: a VIP on this host: put up as an alias, taken down.
 *
 * Layer: app. Each stands on observe_host(), and `hold_up` on the placement too.
 */
#ifndef APP_HOLD_H
#define APP_HOLD_H

#include "app/app.h"

/* Whether the interface is up and has a link, which all wait for together. IFACE. */
bool hold_ready(struct app *a, struct vip *v, struct err *e);
/* What is to be done so that the alias is up. IFACE when its label holds another address. */
bool hold_decide(const struct app *a, const struct vip *v, enum alias_act *act, struct err *e);
/* Puts the alias up, or narrows what a killed run has left. IFACE. */
bool hold_up(struct app *a, struct vip *v, struct err *e);
/* Takes it down where it is up. IFACE. */
bool hold_down(struct app *a, struct vip *v, struct err *e);

#endif
