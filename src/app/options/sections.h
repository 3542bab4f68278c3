/*
 * sections: the sections of the configuration, one for each VIP, and which of them a run is about.
 *
 * Layer: app, pure.
 * Limits: LIMIT_VIPS. The alias of the first one is labelled IFACE:1, that of the second one IFACE:2, and so on, whichever
 * of them a run is about.
 */
#ifndef APP_SECTIONS_H
#define APP_SECTIONS_H

#include "app/options/options.h"

/* "[NAME]": from here on it is about this VIP, for which holds what has been said for all, until it says otherwise. USAGE. */
bool section_begin(struct options *o, struct slice line, struct err *e);
/* What is asked for of the VIP that it is about: the latest section's, or that of all. */
struct want *section_current(struct options *o);
/* NAME, or several with commas between them: the run is about no others. USAGE. */
bool section_pick(struct options *o, struct slice names, struct err *e);
bool section_is_picked(const struct options *o, const struct want *section);
/* Whether they go together, and with what was said elsewhere. USAGE. */
bool sections_check(const struct options *o, struct err *e);

#endif
