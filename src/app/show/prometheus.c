#include "app/show/show.h"

/* A metric's help and type, once, before its samples. All are gauges. */
static void put_metric(struct buf *out, const char *name, const char *help)
{
    buf_putf(out, "# HELP mirrorvip_%s %s\n# TYPE mirrorvip_%s gauge\n", name, help, name);
}

static void put_value(struct buf *out, uint64_t value)
{
    buf_putc(out, ' ');
    buf_put_u64(out, value);
    buf_putc(out, '\n');
}

static void put_one(struct buf *out, const char *name, const char *help, uint64_t value)
{
    put_metric(out, name, help);
    buf_putf(out, "mirrorvip_%s", name);
    put_value(out, value);
}

/* Values of labels are addresses, ids and words of this program's own: none needs an escape. */
static void put_sample(struct buf *out, const struct look_vip *v, const char *name, const char *label, const char *of, uint64_t value)
{
    buf_putf(out, "mirrorvip_%s{vip=\"%s\"", name, ip_text(v->vip).text);
    if (label)
        buf_putf(out, ",%s=\"%s\"", label, of);
    buf_putc(out, '}');
    put_value(out, value);
}

/* A metric with a sample for each VIP; only where its tables were read, unless it is no matter of those. */
static void put_each(struct buf *out, const struct look *look, const char *name, const char *help, bool unread_too,
                     uint64_t (*value)(const struct look_vip *v))
{
    put_metric(out, name, help);
    for (size_t i = 0; i < look->count; i++)
        if (look->vips[i].read || unread_too)
            put_sample(out, &look->vips[i], name, NULL, NULL, value(&look->vips[i]));
}

static uint64_t alias_up(const struct look_vip *v)
{
    return v->alias_up;
}

static uint64_t here(const struct look_vip *v)
{
    return look_is_here(v);
}

static uint64_t skipped(const struct look_vip *v)
{
    return v->tally.skipped;
}

static void put_owners(struct buf *out, const struct look *look)
{
    put_metric(out, "owner_info", "Whom the selected route tables send the VIP to.");
    for (size_t i = 0; i < look->count; i++)
        if (look->vips[i].read)
            put_sample(out, &look->vips[i], "owner_info", "owner", look->vips[i].owner, 1);
}

static void put_states_of(struct buf *out, const struct look_vip *v)
{
    static const char *const words[] = {
#define X(says, word) word,
        PLAN_SAYS(X)
#undef X
    };
    uint64_t counts[sizeof words / sizeof *words] = {0};
    for (size_t i = 0; i < v->count; i++)
        counts[v->at[i].says] += v->at[i].selected;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        put_sample(out, v, "route_tables", "state", words[i], counts[i]);
}

static void put_states(struct buf *out, const struct look *look)
{
    put_metric(out, "route_tables", "Selected route tables, by what they say of the VIP.");
    for (size_t i = 0; i < look->count; i++)
        if (look->vips[i].read)
            put_states_of(out, &look->vips[i]);
}

static bool knows_all(const struct look *look)
{
    bool all = look_knows(look);
    for (size_t i = 0; i < look->count; i++)
        all &= look->vips[i].read;
    return all;
}

/* What is not known has no sample, and "up" says that it is so. */
void show_prometheus(const struct look *look, struct buf *out)
{
    put_one(out, "up", "Whether the last run could tell where the VIP is.", knows_all(look));
    put_one(out, "last_run_exit_status", "Exit status of the last run.", (uint64_t)err_status(look->e.kind));
    put_one(out, "last_run_timestamp_seconds", "When the last run ended.", (uint64_t)look->utc_s);
    put_metric(out, "last_run_duration_seconds", "How long the last run took.");
    buf_putf(out, "mirrorvip_last_run_duration_seconds %u.%06u\n", (unsigned)(look->spent_us / 1000000),
             (unsigned)(look->spent_us % 1000000));
    put_each(out, look, "alias_up", "Whether this host has the VIP as an address.", true, alias_up);
    put_each(out, look, "here", "Whether the VIP is wholly here: the alias up, every selected route table pointing here.", false, here);
    put_owners(out, look);
    put_states(out, look);
    put_each(out, look, "route_tables_skipped", "Route tables that are left alone.", false, skipped);
}
