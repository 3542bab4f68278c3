#include "core/alias.h"

#include <string.h>

#define FIRST_INTERFACE "eth0"
#define LOOPBACK "lo"

static const struct host_address *address_of(const struct host_addresses *all, struct ip ip)
{
    for (size_t i = 0; i < all->count; i++)
        if (ip_eq(all->at[i].ip, ip))
            return &all->at[i];
    return NULL;
}

static const struct host_address *labelled(const struct host_addresses *all, const struct label *label)
{
    for (size_t i = 0; i < all->count; i++)
        if (label_eq(&all->at[i].label, label))
            return &all->at[i];
    return NULL;
}

static bool is_first_alias(const struct label *label)
{
    const char *colon = strchr(label->text, ':');
    return colon && strcmp(colon, ":1") == 0;
}

static bool label_make_for(const struct alias_want *want, const struct label *interface, unsigned number, struct label *label)
{
    char text[sizeof interface->text + sizeof want->suffix];
    struct buf b = BUF_OF(text);
    if (!want->suffix[0])
        return label_alias(interface, number, label);
    buf_putf(&b, "%s:%s", interface->text, want->suffix);
    return label_make(buf_slice(&b), label);
}

static bool label_for(const struct alias_want *want, const struct label *interface, unsigned number, struct label *label, struct err *e)
{
    return label_make_for(want, interface, number, label) ||
           err_set(e, ERR_USAGE, "the interface name '%s' leaves no room for an alias label", interface->text);
}

/* The only label of the form NAME:1, eth0:1 before all others. NULL when there is none, or no single one, and `*count` then says which. */
static const struct host_address *first_alias(const struct host_addresses *all, size_t *count)
{
    const struct host_address *found = NULL;
    *count = 0;
    for (size_t i = 0; i < all->count; i++)
        if (is_first_alias(&all->at[i].label)) {
            if (strcmp(all->at[i].label.text, FIRST_INTERFACE ":1") == 0)
                return &all->at[i];
            found = &all->at[i];
            (*count)++;
        }
    return *count == 1 ? found : NULL;
}

static bool find_labelled(const struct host_addresses *all, const struct label *label, const struct host_address **found, struct err *e)
{
    *found = labelled(all, label);
    return *found || err_set(e, ERR_USAGE, "no address is labelled %s; set up the alias, or give --vip ADDRESS", label->text);
}

static bool find_by_label(const struct alias_want *want, const struct host_addresses *all, const struct host_address **found,
                          struct err *e)
{
    struct label label;
    size_t count;
    if (!want->has_interface) {
        *found = first_alias(all, &count);
        return *found || err_set(e, ERR_USAGE, count ? "several addresses are labelled NAME:1; say which with --interface NAME"
                                                     : "no address is labelled eth0:1; set up the alias, or give --vip ADDRESS");
    }
    return label_for(want, &want->interface, want->before + 1u, &label, e) && find_labelled(all, &label, found, e);
}

/* eth0, or else the only interface with an address that is not the loopback's; for an IPv4 VIP with one of IPv4. */
static bool only_interface(const struct host_addresses *all, struct ip vip, struct label *interface, struct err *e)
{
    struct label found = {""};
    bool several = false;
    for (size_t i = 0; i < all->count; i++) {
        struct label name = label_interface(&all->at[i].label);
        if (ip_is_v6(all->at[i].ip) && !ip_is_v6(vip))
            continue;
        if (strcmp(name.text, FIRST_INTERFACE) == 0) {
            *interface = name;
            return true;
        }
        if (strcmp(name.text, LOOPBACK) == 0)
            continue;
        several |= found.text[0] && !label_eq(&found, &name);
        found = name;
    }
    if (several || !found.text[0])
        return err_set(e, ERR_USAGE, "which interface is to carry the VIP? give --interface NAME");
    *interface = found;
    return true;
}

/* There are more numbers than addresses, so one is free. */
static bool new_label(const struct alias_want *want, const struct host_addresses *all, const struct label *interface, struct label *label,
                      struct err *e)
{
    unsigned number = want->before;
    do
        if (!label_for(want, interface, ++number, label, e))
            return false;
    while (want->any_number && !want->suffix[0] && labelled(all, label));
    return true;
}

static bool locate_absent(const struct alias_want *want, const struct host_addresses *all, struct alias *alias, struct err *e)
{
    struct alias made = {.vip = want->vip, .prefix = want->has_prefix ? want->prefix : ip_bits(want->vip), .interface = want->interface};
    if (!want->has_interface && !only_interface(all, want->vip, &made.interface, e))
        return false;
    made.label = made.interface;
    if (!ip_is_v6(made.vip) && !new_label(want, all, &made.interface, &made.label, e))
        return false;
    *alias = made;
    return true;
}

static struct alias located(const struct alias_want *want, const struct host_address *at)
{
    return (struct alias){
        .vip = at->ip,
        .prefix = want->has_prefix ? want->prefix : at->prefix,
        .interface = label_interface(&at->label),
        .present = true,
        .at = *at,
        .label = at->label,
    };
}

static bool has_any(const struct host_addresses *all, const struct label *interface)
{
    for (size_t i = 0; i < all->count; i++) {
        struct label name = label_interface(&all->at[i].label);
        if (label_eq(&name, interface))
            return true;
    }
    return false;
}

/* An interface without any address is one that has been misspelt. */
static bool is_elsewhere(const struct host_address *at, const struct label *interface, const struct host_addresses *all, struct err *e)
{
    const struct label on = label_interface(&at->label);
    const struct cidr_text text = ip_text(at->ip);
    const char *ip = text.text;
    if (!has_any(all, interface))
        return err_set(e, ERR_IFACE, "%s is on %s, and %s, which --interface names, has no address; correct --interface", ip, on.text,
                       interface->text);
    return err_set(e, ERR_IFACE, "%s is on %s, not on %s as --interface has it; ip addr del %s/%u dev %s", ip, on.text, interface->text, ip,
                   at->prefix, on.text);
}

bool alias_locate(const struct alias_want *want, const struct host_addresses *addresses, struct alias *alias, struct err *e)
{
    const struct host_address *at = want->has_vip ? address_of(addresses, want->vip) : NULL;
    if (!want->has_vip && !find_by_label(want, addresses, &at, e))
        return false;
    if (!at)
        return locate_absent(want, addresses, alias, e);
    struct alias found = located(want, at);
    if (want->has_interface && !label_eq(&found.interface, &want->interface))
        return is_elsewhere(at, &want->interface, addresses, e);
    *alias = found;
    return true;
}

/* RFC 791's classes A to C: the mask that the kernel gives an address before it is told another. No VIP is of any other. */
static uint8_t class_prefix(struct ip ip)
{
    uint8_t first = ip.octets[0];
    return first < 128 ? 8 : first < 192 ? 16 : 24;
}

/* A label that it would be added under: any, where it is the first that is free. */
static bool is_own_label(const struct alias_want *want, const struct alias *alias)
{
    struct label own;
    if (want->any_number)
        return strchr(alias->at.label.text, ':') != NULL;
    return label_make_for(want, &alias->interface, want->before + 1u, &own) && label_eq(&own, &alias->at.label);
}

bool alias_decide(const struct alias_want *want, const struct alias *alias, uint8_t prefix, const struct host_addresses *addresses,
                  enum alias_act *act, struct err *e)
{
    bool needs_label = !alias->present && !ip_is_v6(alias->vip);
    const struct host_address *taken = needs_label ? labelled(addresses, &alias->label) : NULL;
    if (taken)
        return err_set(e, ERR_IFACE, "%s holds %s already; the VIP %s needs a label of its own", alias->label.text,
                       ip_text(taken->ip).text, ip_text(alias->vip).text);
    /* Only a VIP that was named could have been added by us: one found by its label was the administrator's, mask and all. */
    bool ours = want->has_vip && is_own_label(want, alias);
    bool left_wide = alias->present && alias->at.prefix == class_prefix(alias->vip) && alias->at.prefix < prefix;
    *act = !alias->present ? ALIAS_ADD : ours && left_wide ? ALIAS_NARROW : ALIAS_KEEP;
    return true;
}
