/*
 * app: the whole state of one run. One static object: the program's memory is a link-time fact.
 *
 * Layer: app.
 * The order of the members is the order in which a run comes to know them.
 */
#ifndef APP_APP_H
#define APP_APP_H

#include "app/call.h"
#include "app/metadata.h"
#include "app/options/options.h"
#include "app/timeline.h"
#include "app/vip.h"
#include "aws/chain.h"
#include "aws/ec2.h"
#include "aws/sts.h"
#include "base/error.h"
#include "base/world.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define WRITE_BODY_MAX 256

/* What a cluster manager has said last of this host, and what this run has been told: see app/front/notice. */
struct notice {
    _Atomic uint64_t *latest; /* two words, shared by all runs: the notice, and whose it is; NULL: there are none */
    uint64_t own;             /* 0: of no notice, or not known */
};

struct app {
    struct world world;
    struct options options;
    uint64_t started_us;
    uint64_t deadline_us;       /* of the run */
    uint64_t write_deadline_us; /* no write begins after it: the rest is for verifying */

    struct notice notice;
    bool unlocked;    /* follow: nothing tells of other runs on this host */
    uint64_t idle_us; /* follow: since another run on this host took the lock */
    struct host_addresses addresses;
    struct chain chain; /* where the keys come from */
    struct metadata metadata;
    struct fetch container; /* whose credential server is asked, where that is so */
    struct region region;
    uint64_t link_us; /* until then a link is waited for; 0: none was yet */
    struct skew skew;
    struct api api; /* EC2 */
    struct api sts; /* where a role is to be assumed, with whose keys */
    bool connected; /* to EC2, by a reading */

    size_t vip_count;
    struct vip vips[LIMIT_VIPS];

    struct call calls[LIMIT_TABLES];
    struct ec2_write_reply written[LIMIT_TABLES]; /* what those that write are answered */
    struct ec2_reply replies[LIMIT_VIPS];         /* what one that reads is answered, as each VIP is to read it */
    char bodies[LIMIT_TABLES][WRITE_BODY_MAX];
    struct call sts_call; /* while those of EC2 may be in flight */
    struct sts_reply sts_reply;

    struct ec2_subnets subnets; /* check: of this VPC */
    struct vpc_id subnets_vpc;
    struct role_name profile_role; /* check: the instance profile's; empty while it is not known */
    struct sts_identity caller;    /* check: whose the keys are, as STS says */
    bool as_host;                  /* check: it is not the last role that signs, but who has assumed it */

    struct timeline timeline;
    struct buf out; /* what the verb prints: for stdout */
};

/* The run's clock. */
uint64_t app_now_us(const struct app *a);
/* What is left on it until no write may begin any more. */
uint64_t app_left_us(const struct app *a);
/* Overwrites every secret. */
void app_wipe(struct app *a);

#endif
