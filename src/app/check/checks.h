/*
 * checks: the parts of a preflight, by subject. Each adds what it finds, and the preflight goes on as far as it can.
 *
 * Layer: app. Those that are handed a VIP are for one that it is not over for, unless they say otherwise.
 */
#ifndef APP_CHECKS_H
#define APP_CHECKS_H

#include "app/app.h"
#include "core/findings.h"

/* --- host.c: this host as it is */

/* The configuration file's mode and owner, for this run and for another user's. */
void check_configuration(const struct app *a, struct findings *f);
/* Where the VIP is, or would be added; stands on observe_host(). */
void check_alias(const struct app *a, const struct vip *v, struct findings *f);
/* Whether a missing alias could be added: by this process, and by one that another user starts. */
void check_rights(const struct app *a, const struct vip *v, struct findings *f);
void check_interface(const struct app *a, const struct vip *v, struct findings *f);
/* Whether clients' packets come in, and the answers go out, by the interface; stands on check_identity(). */
void check_path(const struct app *a, const struct vip *v, struct findings *f);

/* --- guard.c: the operator's own command */

/* False: there is none, or it cannot be run, and that has been said. */
bool check_guard_program(const struct app *a, struct findings *f);
/* What it says, and whether that fits where the routes lead. */
void check_guard(struct app *a, struct findings *f);

/* --- identity.c: who this host is to AWS, and whom it asks */

/* The metadata service, and each VIP's ENI. False: it does not answer. */
bool check_identity(struct app *a, struct instance_id *instance, struct findings *f);
/* The region, and the API's name. False: nobody can be asked. */
bool check_endpoint(struct app *a, struct findings *f);
void check_clock(int64_t skew_s, const char *whose, struct findings *f);

/* --- credentials.c */

/* The keys, and whose they are: `caller` is known then, where STS has said so. False: there are none. */
bool check_credentials(struct app *a, struct findings *f);

/* --- subnets.c: the VIP among the VPC's CIDRs and subnets */

/* Where the route must lead to. It is over for a VIP that is misplaced, and `e` of it says why. */
void check_placement(struct app *a, struct vip *v, struct findings *f);
/* Lists the subnets of the VIP's VPC, and whom they follow, into `subnets`. False: nobody knows, and that has been said. */
bool check_list_subnets(struct app *a, const struct vip *v, struct findings *f);
/*
 * Whether a spare subnet is one, and which subnets' clients a failover would leave behind. Of a misplaced VIP: the nearest
 * legal choice. `subnets` is NULL where nobody knows them.
 */
void check_subnets(const struct app *a, struct vip *v, const struct ec2_subnets *subnets, struct findings *f);

/* --- tables.c */

/* Reads the tables of all VIPs. False: the API does not answer. */
bool check_listing(struct app *a, struct findings *f);
/* What each says. It is over for a VIP that no table is to carry. */
void check_tables(struct app *a, struct vip *v, struct findings *f);

/* --- eni.c: this host's interface as AWS has it */

/* Attached to this host, and its source/destination check off, or turned off if so asked. The ENI is known. */
void check_eni(struct app *a, const struct vip *v, const struct instance_id *instance, struct findings *f);

/* --- ask.c: what only a check asks of EC2 */

/* Asks EC2 one more thing; the decoder has been started. */
const struct call *check_ask(struct app *a, struct query_reply *reply, const struct buf *body, bool writes);
/* What it could not be asked: a failure, but a warning where a failover needs it no more than the permission to ask. */
void check_unknown(const struct app *a, const struct call *call, const char *about, struct findings *f);

/* --- check.c */

/* Whom what is found from now on is about, where there are several; NULL: all of them. */
void check_speak_of(const struct app *a, const struct vip *v, struct findings *f);

#endif
