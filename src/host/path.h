/*
 * path: what the kernel would do with a packet: not read off its settings, but asked of itself, which looks through its
 * rules, tables and filters as for a real one.
 *
 * Layer: host. By rtnetlink(7), RTM_GETROUTE, which anybody may ask.
 */
#ifndef HOST_PATH_H
#define HOST_PATH_H

#include "base/world.h"

/* See struct world. */
void path_ask(const struct label *interface, struct ip own, struct ip client, struct host_path *out);

#endif
