#include "app/front/monitor.h"

#include "app/observe.h"
#include "app/verbs.h"

static bool put(struct vip *v, const char *what)
{
    struct buf b = BUF_OF(v->result);
    buf_putf(&b, "%s %s", ip_text(v->alias.vip).text, what);
    return true;
}

/*
 * Where it has been started, what is up and yet not here has failed, but not stopped: it is to be taken down. Not so for a probe, as
 * then the host that has it would lose it for a while.
 */
static bool is_halfway(const struct app *a, const struct vip *v)
{
    return v->alias.present && !a->options.probes;
}

/* It is over where AWS is not asked. */
static bool look(struct app *a, struct vip *v, struct err *e)
{
    const struct world *w = &a->world;
    bool validates = a->options.action == OCF_VALIDATE;
    struct host_interface interface = {.up = false};
    if ((validates || v->alias.present) && !w->interface(w->host, &v->alias.interface, &interface, e))
        return false;
    v->over = validates || a->options.local_only;
    if (validates)
        return put(v, "can be had here");
    if (!interface.up || !interface.carrier)
        return err_set(e, is_halfway(a, v) ? ERR_IFACE : ERR_DIFFERS, "%s is on no interface that is up and has a link",
                       ip_text(v->alias.vip).text);
    return put(v, "is up, and AWS was not asked");
}

/* What cannot be known now has not stopped. */
static void excuse(struct vip *v, struct err *why)
{
    if (why->kind == ERR_OK || why->kind == ERR_DIFFERS || why->kind == ERR_USAGE)
        return;
    (void)err_prefix(why, "is up, and whether AWS sends it here is not known: %s", err_name(why->kind));
    v->over = put(v, why->text);
    err_clear(why);
}

bool monitor(struct app *a, struct err *e)
{
    if (!observe_host(a, e))
        return false;
    vips_each(a, look);
    struct vip *v = vip_next(a, NULL);
    if (v && !status(a, e))
        excuse(v, e);
    if (v && v->e.kind == ERR_DIFFERS)
        status_again(a, v);
    if (v)
        excuse(v, &v->e);
    if (v && v->e.kind == ERR_DIFFERS && is_halfway(a, v))
        v->e.kind = ERR_CONFLICT;
    return e->kind == ERR_OK;
}
