#include "app/hold.h"

#define LINK_US UINT64_C(1000000)

/* The kernel tells of a link up to a second after it came: a host that has just booted is not turned away. */
static uint64_t link_deadline(struct app *a)
{
    uint64_t now_us = app_now_us(a);
    if (a->link_us == 0)
        a->link_us = now_us + LINK_US < a->write_deadline_us ? now_us + LINK_US : a->write_deadline_us;
    return a->link_us;
}

bool hold_ready(struct app *a, struct vip *v, struct err *e)
{
    const struct world *w = &a->world;
    const struct label *name = &v->alias.interface;
    struct host_interface interface;
    uint64_t until_us = link_deadline(a);
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

bool hold_decide(const struct app *a, const struct vip *v, enum alias_act *act, struct err *e)
{
    return alias_decide(&v->want->alias, &v->alias, v->placement.destination.prefix, &a->addresses, act, e);
}

bool hold_up(struct app *a, struct vip *v, struct err *e)
{
    const struct world *w = &a->world;
    const struct alias *alias = &v->alias;
    const struct label *label = alias->present ? &alias->at.label : &alias->label;
    enum alias_act act;
    uint64_t from_us = app_now_us(a);
    if (!hold_decide(a, v, &act, e) || !hold_ready(a, v, e))
        return false;
    if (act != ALIAS_KEEP && !w->alias_set(w->host, label, alias->vip, v->placement.destination.prefix, e))
        return false;
    v->alias_changed = act != ALIAS_KEEP;
    timeline_add(&a->timeline, "alias", from_us, app_now_us(a), "%s %s %s", ip_text(alias->vip).text,
                 act == ALIAS_KEEP ? "was on" : act == ALIAS_ADD ? "added on" : "narrowed on", label->text);
    return true;
}

bool hold_down(struct app *a, struct vip *v, struct err *e)
{
    const struct world *w = &a->world;
    if (!v->alias.present)
        return true;
    v->alias_changed = w->alias_remove(w->host, &v->alias.at.label, v->alias.vip, e);
    return v->alias_changed;
}
