/*
 * rights: whether this process, or another user's run of this program, could change the host's addresses.
 *
 * Layer: host. It opens no file, but looks at the program's own through /proc.
 * Specification: capabilities(7), "File capabilities".
 */
#ifndef HOST_RIGHTS_H
#define HOST_RIGHTS_H

#include "base/world.h"

/* What cannot be seen counts as not there. */
void rights_get(struct host_rights *out);

#endif
