#include "app/options/sections.h"

#include <string.h>

static bool name_take(struct slice text, char name[LIMIT_SECTION], struct err *e)
{
    return (text.len > 0 && slice_only_alnum_or(text, "-_.") && slice_copy(text, name, LIMIT_SECTION)) ||
           err_set(e, ERR_USAGE, "'%s' is no section's name: 1 to %d letters, digits and -_.", err_printable(text).text, LIMIT_SECTION - 1);
}

static const struct want *section_of(const struct options *o, const char *name)
{
    for (size_t i = 0; i < o->section_count; i++)
        if (strcmp(o->sections[i].name, name) == 0)
            return &o->sections[i];
    return NULL;
}

bool section_begin(struct options *o, struct slice line, struct err *e)
{
    char name[LIMIT_SECTION];
    if (line.at[line.len - 1] != ']')
        return err_set(e, ERR_USAGE, "no '[section]'");
    if (!name_take(slice_trim(slice_make(line.at + 1, line.len - 2)), name, e))
        return false;
    if (section_of(o, name))
        return err_set(e, ERR_USAGE, "section '%s' stands twice", name);
    if (o->section_count == LIMIT_VIPS)
        return err_set(e, ERR_USAGE, "more than %d sections", LIMIT_VIPS);
    struct want *section = &o->sections[o->section_count];
    *section = o->common;
    memcpy(section->name, name, sizeof name);
    section->alias.before = (uint8_t)o->section_count++;
    return true;
}

struct want *section_current(struct options *o)
{
    return o->section_count > 0 ? &o->sections[o->section_count - 1] : &o->common;
}

static bool pick(struct options *o, struct slice name, struct err *e)
{
    if (o->picked_count == LIMIT_VIPS)
        return err_set(e, ERR_USAGE, "more than %d sections are named", LIMIT_VIPS);
    return name_take(name, o->picked[o->picked_count++], e);
}

bool section_pick(struct options *o, struct slice names, struct err *e)
{
    do {
        if (!pick(o, slice_trim(slice_cut(&names, ',')), e))
            return false;
    } while (names.len > 0);
    return true;
}

bool section_is_picked(const struct options *o, const struct want *section)
{
    for (size_t i = 0; i < o->picked_count; i++)
        if (strcmp(o->picked[i], section->name) == 0)
            return true;
    return o->picked_count == 0;
}

static bool picked_check(const struct options *o, struct err *e)
{
    for (size_t i = 0; i < o->picked_count; i++)
        if (!section_of(o, o->picked[i]))
            return err_set(e, ERR_USAGE, "there is no section '%s' in %s", o->picked[i], o->config);
    return true;
}

static bool pair_check(const struct want *one, const struct want *other, struct err *e)
{
    return !ip_eq(one->alias.vip, other->alias.vip) ||
           err_set(e, ERR_USAGE, "sections '%s' and '%s' have one VIP, %s; give each one of its own", one->name, other->name,
                   ip_text(one->alias.vip).text);
}

bool sections_check(const struct options *o, struct err *e)
{
    if (!picked_check(o, e))
        return false;
    if (o->section_count > 0 && o->common.alias.has_vip)
        return err_set(e, ERR_USAGE, "each section of %s has its VIP, so none can be given for all; choose some of them with --section",
                       o->config);
    for (size_t i = 0; i < o->section_count; i++) {
        const struct want *section = &o->sections[i];
        if (!section->alias.has_vip)
            return err_set(e, ERR_USAGE, "section '%s' of %s has no VIP; add vip = ADDRESS/PREFIX", section->name, o->config);
        for (size_t j = 0; j < i; j++)
            if (!pair_check(&o->sections[j], section, e))
                return false;
    }
    return true;
}
