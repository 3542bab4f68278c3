/*
 * observe: what is the case: on this host, in its metadata, in the route tables. Every verb stands on it.
 *
 * Layer: app. Each step needs those before it, and passes over a VIP that it is over for. False: none of them can go on.
 */
#ifndef APP_OBSERVE_H
#define APP_OBSERVE_H

#include "app/app.h"

/* Addresses of this host, and with them where each VIP is, or would be: addresses, alias. */
bool observe_host(struct app *a, struct err *e);
/* Who this host is to AWS, and where its VIPs belong: the two below, for all of them. */
bool observe_identity(struct app *a, struct err *e);
/* The ENI and the VPC of each; region and endpoints. Asks the metadata service only. */
bool observe_self(struct app *a, struct err *e);
/* The route's destination, and with it what is planned. Asks the metadata service only. */
bool observe_placement(struct app *a, struct vip *v, struct err *e);
/* The instance that the machine itself says it is: on Nitro alone. */
bool observe_board(const struct app *a, struct instance_id *board);
/* The region that the instance is in. Asks the metadata service only. */
bool observe_home(struct app *a, struct region *home, struct err *e);
/* Where STS is asked, by who asks it though the chain does not. */
bool observe_sts(struct app *a, struct err *e);
/* The instance that the metadata service speaks of. */
bool observe_instance(struct app *a, struct instance_id *instance, struct err *e);
/* The account that this host's interface, the first VIP's, belongs to. */
bool observe_account(struct app *a, struct account_id *account, struct err *e);
/*
 * Reads all pages of the tables of every VIP that is due (look_us) into `tables` and takes them into its plan, those of the same
 * selection from one listing. `stop` says why that failed. No page begins after `deadline_us`.
 */
void observe_look(struct app *a, uint64_t deadline_us, bool interruptible);
/* The same as long as there may be writes; it is over for a VIP whose tables cannot be read. */
void observe_tables(struct app *a);
/* REFUSED when none of them is to carry the VIP. */
bool observe_any_selected(struct app *a, struct vip *v, struct err *e);

#endif
