#include "app/hold.h"

#define LINK_US UINT64_C(1000000)

/* The kernel tells of a link up to a second after it came: a host that has just booted is not turned away. */
bool hold_ready(struct app *a, struct err *e)
{
    const struct world *w = &a->world;
    const struct label *name = &a->alias.interface;
    struct host_interface interface;
    uint64_t until_us = app_now_us(a) + LINK_US < a->write_deadline_us ? app_now_us(a) + LINK_US : a->write_deadline_us;
    for (;;) {
        if (!w->interface(w->host, name, &interface, e))
            return false;
        if (interface.up && interface.carrier)
            return true;
        if (!interface.up || app_now_us(a) >= until_us || w->interrupted(w->host))
            return err_set(e, ERR_IFACE, "%s is %s, and the routes were left alone", name->text, interface.up ? "without a link" : "down");
        w->wait(w->host, app_now_us(a) + LINK_US / 20, true);
    }
}

bool hold_decide(const struct app *a, enum alias_act *act, struct err *e)
{
    return alias_decide(&a->options.alias, &a->alias, a->placement.destination.prefix, &a->addresses, act, e);
}

bool hold_up(struct app *a, struct err *e)
{
    const struct world *w = &a->world;
    const struct alias *alias = &a->alias;
    const struct label *label = alias->present ? &alias->at.label : &alias->label;
    enum alias_act act;
    uint64_t from_us = app_now_us(a);
    if (!hold_decide(a, &act, e) || !hold_ready(a, e))
        return false;
    if (act != ALIAS_KEEP && !w->alias_set(w->host, label, alias->vip, a->placement.destination.prefix, e))
        return false;
    a->alias_changed = act != ALIAS_KEEP;
    timeline_add(&a->timeline, "alias", from_us, app_now_us(a), "%s %s %s", ip_text(alias->vip).text,
                 act == ALIAS_KEEP ? "was on" : act == ALIAS_ADD ? "added on" : "narrowed on", label->text);
    return true;
}

bool hold_down(struct app *a, struct err *e)
{
    const struct world *w = &a->world;
    if (!a->alias.present)
        return true;
    a->alias_changed = w->alias_remove(w->host, &a->alias.at.label, a->alias.vip, e);
    return a->alias_changed;
}
