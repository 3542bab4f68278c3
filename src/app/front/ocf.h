/*
 * ocf: the program as a resource agent of Pacemaker's: what an action and a resource's parameters come to as a verb and its
 * options, and what its end comes to as an exit status.
 *
 * Layer: app, pure.
 * The parameters are those of ClusterLabs' aws-vpc-move-ip, so that a resource of that type changes only its provider: a link
 * of that name is the agent as well. They come before the environment's and the file's. What an action may last, as Pacemaker
 * says, is its deadline, but for a second.
 * Trust: with file capabilities (AT_SECURE) the environment, and with it every parameter, is not looked at.
 * Specification: Open Cluster Framework, Resource Agent API 1.1.
 */
#ifndef APP_OCF_H
#define APP_OCF_H

#include "app/options/options.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>

/* Whether a program of this name, with or without its path, is called as the agent. */
bool ocf_is_agent(const char *name);
/* What the words and the parameters ask for, as the verb and its options. USAGE. */
bool ocf_take(struct options *o, char *const *environment, struct err *e);
/*
 * Whether the action goes on without what it cannot have. A stop does, that needs its VIP alone: without environment, file and lock,
 * as one that fails has its host fenced. A monitor does, of the alias alone: without environment, file and certificates.
 */
bool ocf_goes_on(struct options *o, struct err *e);
/* What the agent says of itself, as XML. */
void ocf_put_metadata(struct buf *b);
/* The standard's exit status of a run that has ended so. */
int ocf_status(const struct options *o, const struct err *e);
/* Whether a cluster's administrator is told the reason: not of a resource that is merely stopped. */
bool ocf_gives_reason(const struct options *o, const struct err *e);

#endif
