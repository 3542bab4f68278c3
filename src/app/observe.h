/*
 * observe: what is the case: on this host, in its metadata, in the route tables. Every verb stands on it.
 *
 * Layer: app. Each step needs those before it.
 */
#ifndef APP_OBSERVE_H
#define APP_OBSERVE_H

#include "app/app.h"

/* Addresses and interfaces of this host, and with them the VIP: addresses, alias. */
bool observe_host(struct app *a, struct err *e);
/* Who this host is to AWS, and where its VIP belongs: the two below. */
bool observe_identity(struct app *a, struct err *e);
/* The ENI, its VPC, region and endpoints. Asks the metadata service only. */
bool observe_self(struct app *a, struct err *e);
/* The route's destination, and with it what is planned. Asks the metadata service only. */
bool observe_placement(struct app *a, struct err *e);
/* The instance that the metadata service speaks of. */
bool observe_instance(struct app *a, struct instance_id *instance, struct err *e);
/* The account that this host's interface belongs to. */
bool observe_account(struct app *a, struct account_id *account, struct err *e);
/* Reads all pages of the selected tables into `tables` and takes them into the plan. No page begins after `deadline_us`. */
bool observe_tables(struct app *a, uint64_t deadline_us, bool interruptible, struct err *e);
/* REFUSED when none of them is to carry the VIP. */
bool observe_any_selected(const struct app *a, struct err *e);

#endif
