#include "app/vip.h"

#include "app/app.h"
#include "app/options/sections.h"

void vips_start(struct app *a)
{
    const struct options *o = &a->options;
    a->vip_count = 0;
    for (size_t i = 0; i < o->section_count; i++)
        if (section_is_picked(o, &o->sections[i]))
            a->vips[a->vip_count++].want = &o->sections[i];
    if (o->section_count == 0)
        a->vips[a->vip_count++].want = &o->common;
}

struct vip *vip_next(struct app *a, const struct vip *v)
{
    for (size_t i = v ? (size_t)(v - a->vips) + 1 : 0; i < a->vip_count; i++)
        if (!a->vips[i].over)
            return &a->vips[i];
    return NULL;
}

void vips_each(struct app *a, bool (*step)(struct app *a, struct vip *v, struct err *e))
{
    for (struct vip *v = NULL; (v = vip_next(a, v));)
        if (!step(a, v, &v->e))
            v->over = true;
}

bool vips_are_well(const struct app *a, struct err *e)
{
    for (size_t i = 0; i < a->vip_count; i++)
        if (a->vips[i].e.kind != ERR_OK) {
            *e = a->vips[i].e;
            return false;
        }
    return true;
}

void vips_fail(struct app *a, const struct err *why)
{
    for (struct vip *v = NULL; (v = vip_next(a, v));) {
        v->e = *why;
        v->over = true;
    }
}
