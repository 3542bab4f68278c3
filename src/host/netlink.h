/*
 * netlink: questions and requests to the kernel about this host's network, one socket for each, as rtnetlink(7) has it.
 *
 * Layer: host.
 * Trust: it is the kernel that answers, but no length that it tells is believed beyond what has come.
 */
#ifndef HOST_NETLINK_H
#define HOST_NETLINK_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

/* A descriptor to be closed, or -1 with errno. */
int netlink_open(void);
/* Sends a request, which is as long as its head says. False: errno. */
bool netlink_send(int fd, const struct nlmsghdr *request);
/* The next part of the answer, good until the next call. False: there is none, and errno says why. */
bool netlink_receive(int fd, struct slice *datagram);
/* Takes a message off the front of a datagram, or an attribute off the front of a list of them. False: there is no whole one. */
bool netlink_message(struct slice *rest, struct nlmsghdr *head, struct slice *body);
bool netlink_attribute(struct slice *rest, struct rtattr *head, struct slice *value);
/* Of a message that is one, the error, or 0 for success. False: it is none. */
bool netlink_error(const struct nlmsghdr *head, struct slice body, int *error);

#endif
