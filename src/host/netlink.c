#include "host/netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define DATAGRAM_MOST 32768 /* the most that the kernel puts into one */

int netlink_open(void)
{
    return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

bool netlink_send(int fd, const struct nlmsghdr *request)
{
    ssize_t sent;
    do
        sent = send(fd, request, request->nlmsg_len, 0);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)request->nlmsg_len;
}

/* The kernel answers while it is asked: what is not there by then does not come. */
bool netlink_receive(int fd, struct slice *datagram)
{
    static char room[DATAGRAM_MOST];
    ssize_t size;
    do
        size = recv(fd, room, sizeof room, MSG_DONTWAIT | MSG_TRUNC);
    while (size < 0 && errno == EINTR);
    if (size < 0)
        return false;
    if ((size_t)size > sizeof room) {
        errno = EMSGSIZE;
        return false;
    }
    *datagram = slice_make(room, (size_t)size);
    return true;
}

/* Takes a record of `len` bytes, and what pads it to four, off the front; what follows its head is `*body`. */
static bool record_cut(struct slice *rest, size_t head, size_t len, struct slice *body)
{
    if (len < head || len > rest->len)
        return false;
    size_t padded = (len + 3) & ~(size_t)3;
    padded = padded < rest->len ? padded : rest->len;
    *body = slice_make(rest->at + head, len - head);
    *rest = slice_make(rest->at + padded, rest->len - padded);
    return true;
}

bool netlink_message(struct slice *rest, struct nlmsghdr *head, struct slice *body)
{
    if (rest->len < sizeof *head)
        return false;
    memcpy(head, rest->at, sizeof *head);
    return record_cut(rest, sizeof *head, head->nlmsg_len, body);
}

bool netlink_attribute(struct slice *rest, struct rtattr *head, struct slice *value)
{
    if (rest->len < sizeof *head)
        return false;
    memcpy(head, rest->at, sizeof *head);
    return record_cut(rest, sizeof *head, head->rta_len, value);
}

bool netlink_error(const struct nlmsghdr *head, struct slice body, int *error)
{
    struct nlmsgerr told;
    if (head->nlmsg_type != NLMSG_ERROR || body.len < sizeof told)
        return false;
    memcpy(&told, body.at, sizeof told);
    *error = -told.error;
    return true;
}
