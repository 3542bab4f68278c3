#include "app/check/checks.h"

#define MAY_BE_RUN 0111

/* The command's first word. */
static const char *program_of(const struct options *o, char path[LIMIT_GUARD_COMMAND])
{
    struct slice rest = slice_of(o->guard);
    (void)slice_copy(slice_cut(&rest, ' '), path, LIMIT_GUARD_COMMAND);
    return path;
}

bool check_guard_program(const struct app *a, struct findings *f)
{
    char text[LIMIT_GUARD_COMMAND];
    const char *path = program_of(&a->options, text);
    struct host_file file;
    struct err e = {0};
    if (!a->options.guard[0]) {
        findings_add(f, FINDING_OK, "guard", "there is none, so the VIP comes to whoever calls acquire");
        return false;
    }
    a->world.file(a->world.host, path, &file);
    if (!file.exists)
        (void)err_set(&e, ERR_NOTPRIMARY, "there is no %s, so acquire would never write; correct guard = in %s", path, a->options.config);
    else if (!(file.mode & MAY_BE_RUN))
        (void)err_set(&e, ERR_NOTPRIMARY, "%s cannot be run, so acquire would never write; chmod a+x %s", path, path);
    return e.kind == ERR_OK || findings_fail(f, "guard", &e);
}

/* Whether the routes lead here, as far as is known. */
static bool is_here(struct app *a)
{
    bool here = a->vip_count > 0;
    for (size_t i = 0; i < a->vip_count; i++)
        here &= a->vips[i].plan.readings > 0 && plan_place(&a->vips[i].plan) == PLAN_PLACE_HERE;
    return here;
}

void check_guard(struct app *a, struct findings *f)
{
    const struct world *w = &a->world;
    const char *command = a->options.guard;
    bool here = is_here(a);
    struct err e = {0};
    int said;
    if (!w->guard(w->host, a->write_deadline_us, true, &said, &e) && said < 0) {
        (void)err_advise(&e, "time %s", command);
        (void)findings_fail(f, "guard", &e);
    } else if (here == (said == 0))
        findings_add(f, FINDING_OK, "guard", "it says %s, as it should where the VIP is%s", here ? "yes" : "no", here ? "" : " not");
    else if (here)
        findings_add(f, FINDING_WARNING, "guard", "it says no (status %d), though the VIP is here; %s && echo yes", said, command);
    else
        findings_add(f, FINDING_WARNING, "guard", "it says yes, though the VIP is not here; %s || echo no", command);
}
