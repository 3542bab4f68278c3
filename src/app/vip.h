/*
 * vip: what a run knows of one VIP, and how it ends for it. Whatever fails for one VIP does not keep the others.
 *
 * Layer: app, pure.
 * The order of the members is the order in which a run comes to know them. A run's first VIP is its only one, unless the
 * configuration has sections; memory for those that there are not is never touched.
 */
#ifndef APP_VIP_H
#define APP_VIP_H

#include "app/options/options.h"
#include "aws/ec2.h"
#include "aws/imds.h"
#include "base/error.h"
#include "core/alias.h"
#include "core/placement.h"
#include "core/plan.h"

#include <stdbool.h>
#include <stdint.h>

struct app;

struct vip {
    const struct want *want;
    bool over;          /* nothing more is to be done for it, */
    struct err e;       /* for this reason, */
    char result[LIMIT_ERR_TEXT]; /* or with this result */

    struct alias alias;
    bool alias_changed; /* by this run */
    struct mac mac;     /* of the interface that carries it */
    struct eni_id eni;
    struct vpc_cidrs vpc_cidrs;
    struct ec2_selection selection;
    struct placement placement;
    uint64_t look_us;     /* its tables are not read again before then */
    struct err stop;      /* why the latest reading or deletion failed, or no more may be written, if that is so */
    bool again;           /* release: another attempt may cure that */
    size_t deleted;       /* release: routes */
    enum plan_place place; /* follow: as the plan has it */

    struct ec2_tables tables; /* the latest reading */
    struct plan plan;
};

/* The VIPs that the run is about. */
void vips_start(struct app *a);
/* The first that is not over, or of these the next one after `v`; NULL when there is none. */
struct vip *vip_next(struct app *a, const struct vip *v);
/* Has each that is not over take a step; who fails is over. */
void vips_each(struct app *a, bool (*step)(struct app *a, struct vip *v, struct err *e));
/* It is over for none of them but those that ended well. False: the error of the first. */
bool vips_are_well(const struct app *a, struct err *e);
/* Is over for all of them, as `why` says. */
void vips_fail(struct app *a, const struct err *why);

#endif
