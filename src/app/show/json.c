#include "app/report.h"
#include "app/show/show.h"
#include "wire/json_put.h"

#include <string.h>

static void put_table(struct json_put *j, const struct look_table *table)
{
    json_put_object(j, NULL);
    json_put_text(j, "id", table->id.text);
    json_put_text(j, "name", table->name);
    json_put_text(j, "target", table->target);
    json_put_text(j, "state", plan_says_word(table->says));
    json_put_text(j, "skipped", look_skipped(table));
    json_put_close(j);
}

/* The owner is one that the selected tables agree on, and nobody is none. */
static void put_tables(struct json_put *j, const struct look_vip *v)
{
    bool several = strcmp(v->owner, PLAN_SEVERAL) == 0, nobody = strcmp(v->owner, PLAN_NOBODY) == 0;
    json_put_bool(j, "agree", !several);
    json_put_text(j, "owner", several || nobody ? NULL : v->owner);
    json_put_bool(j, "here", look_is_here(v));
    json_put_array(j, "tables");
    for (size_t i = 0; i < v->count; i++)
        put_table(j, &v->at[i]);
    json_put_close(j);
}

static void put_vip(struct json_put *j, const struct look_vip *v)
{
    json_put_object(j, NULL);
    json_put_text(j, "vip", ip_text(v->vip).text);
    json_put_text(j, "interface", v->interface.text);
    json_put_text(j, "label", v->label.text);
    json_put_bool(j, "alias_up", v->alias_up);
    json_put_text(j, "destination", v->placed ? cidr_text(v->destination).text : NULL);
    json_put_text(j, "placement", v->placed ? v->overlay ? "overlay" : "subnet" : NULL);
    if (v->read) {
        put_tables(j, v);
    } else {
        json_put_null(j, "agree");
        json_put_null(j, "owner");
        json_put_null(j, "here");
        json_put_null(j, "tables");
    }
    json_put_close(j);
}

static void put_end(struct json_put *j, const struct look *look)
{
    char text[REPORT_END];
    struct buf message = BUF_OF(text);
    report_put_text(&message, slice_of(look->result), &look->e);
    json_put_text(j, "kind", err_name(look->e.kind));
    json_put_number(j, "exit_status", err_status(look->e.kind));
    json_put_string(j, "message", buf_slice(&message));
}

void show_json(const struct look *look, struct buf *out)
{
    struct json_put j;
    json_put_start(&j, out, 0);
    json_put_object(&j, NULL);
    json_put_number(&j, "version", SHOW_VERSION);
    put_end(&j, look);
    json_put_number(&j, "time", look->utc_s);
    json_put_number(&j, "duration_ms", (int64_t)(look->spent_us / 1000));
    json_put_text(&j, "region", look->region.text);
    json_put_text(&j, "vpc", look->vpc.text);
    json_put_text(&j, "eni", look->eni.text);
    json_put_array(&j, "vips");
    for (size_t i = 0; i < look->count; i++)
        put_vip(&j, &look->vips[i]);
    json_put_end(&j);
}
