/*
 * alias: which address is the VIP, where it sits or belongs, and what must be done so that it is there.
 *
 * Layer: core, pure: a function of what was asked for and of the host's addresses.
 */
#ifndef CORE_ALIAS_H
#define CORE_ALIAS_H

#include "base/error.h"
#include "base/value.h"
#include "base/world.h"

#include <stdbool.h>
#include <stdint.h>

/* What the operator said; all of it may be absent. */
struct alias_want {
    bool has_vip;
    struct ip vip;
    bool has_prefix;
    uint8_t prefix;
    bool has_interface;
    struct label interface;
    uint8_t before; /* other VIPs, for which the labels IFACE:1 and so on are */
    bool any_number; /* the first label of these that is free, not the one that it would have by `before` */
    char suffix[LIMIT_LABEL]; /* the label is IFACE:SUFFIX; empty: it has a number */
};

struct alias {
    struct ip vip;
    uint8_t prefix;         /* as given, else as it is on the host, else all of it */
    struct label interface; /* the one that carries it or is to carry it */
    bool present;
    struct host_address at; /* when present: where */
    struct label label;     /* when absent: where it would be added: "IFACE:1", the next one after those of the VIPs before it, or
                               as wanted; of IPv6, which has no labels, IFACE */
};

/*
 * Without a VIP the address labelled "IFACE:1" is it: IFACE as given, else eth0, else the only interface that has such
 * a label; so it is IPv4. With a VIP that is on no interface: IFACE as given, else eth0, else the only one but lo. USAGE says
 * what to add.
 */
bool alias_locate(const struct alias_want *want, const struct host_addresses *addresses, struct alias *alias, struct err *e);

enum alias_act {
    ALIAS_KEEP,   /* present: leave it alone, whatever its label and prefix */
    ALIAS_ADD,    /* absent */
    ALIAS_NARROW, /* present under our label with its class's mask, as a killed run leaves it: set the prefix */
};

/* IFACE when it is absent and its label holds another address. */
bool alias_decide(const struct alias_want *want, const struct alias *alias, uint8_t prefix, const struct host_addresses *addresses,
                  enum alias_act *act, struct err *e);

#endif
