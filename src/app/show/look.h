/*
 * look: what one look at the VIP has shown and come to, as plain facts that can be kept, compared with those of another
 * look, and handed from process to process.
 *
 * Layer: app, pure.
 * What the look did not come to know is empty: the texts of ids, or what a flag says is known.
 * Trust: one that comes from a round is as little trusted as those whom the round has talked to, until it is taken.
 */
#ifndef APP_LOOK_H
#define APP_LOOK_H

#include "app/app.h"

struct look_table {
    struct table_id id;
    char name[LIMIT_NAME_TAG + 1]; /* empty: none */
    char target[48];               /* printable; empty: none */
    enum plan_says says;
    bool selected;
};

/* Of one VIP. */
struct look_vip {
    char section[LIMIT_SECTION]; /* empty: there are none */
    struct ip vip;
    struct eni_id eni;
    struct vpc_id vpc;
    struct label interface;
    struct label label; /* it is under, or would be put up under */
    bool alias_up;
    bool placed; /* the two below are known */
    bool overlay;
    struct cidr destination;
    bool read; /* and so are these */
    char owner[48];
    struct plan_tally tally;
    size_t count;
    struct look_table at[LIMIT_TABLES];
};

struct look {
    struct err e; /* why it ended so; kind OK: the text is in `result` */
    char result[LIMIT_ERR_TEXT];
    int64_t utc_s; /* when it ended */
    uint64_t spent_us;
    char steps[TIMELINE_TEXT]; /* if asked for */
    struct eni_id eni; /* of all VIPs; empty, too, where they are on several interfaces */
    struct vpc_id vpc;
    struct region region;
    size_t count;
    struct look_vip vips[LIMIT_VIPS]; /* of those beyond `count` no byte is touched */
};

/* Bytes of a look at so many VIPs. */
size_t look_size(size_t count);
void look_copy(struct look *to, const struct look *from);

/* Of a run that has ended with this result, or this error, or that failed before it began. */
void look_make(struct look *look, const struct app *a, int64_t utc_s, const struct buf *result, const struct err *e);
/* Of one that left no report, as `why` says. */
void look_fail(struct look *look, int64_t utc_s, const struct err *why);
/* Of another process, at no more than so many VIPs: ends its texts, and says BUG where there can be no such look. */
bool look_take(struct look *look, size_t vip_count, struct err *e);
/* Whether it could tell where the VIP is. */
bool look_knows(const struct look *look);
/* The alias is up and every selected table sends the VIP here. */
bool look_is_here(const struct look_vip *v);
/* Why a table is left alone, in a few words; NULL where it is not. */
const char *look_skipped(const struct look_table *table);

#endif
