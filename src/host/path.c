#include "host/path.h"

#include "host/netlink.h"

#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct question {
    struct nlmsghdr head;
    struct rtmsg route;
    char attributes[2 * RTA_SPACE(sizeof(struct in6_addr)) + RTA_SPACE(sizeof(uint32_t))];
};

static void add(struct question *q, unsigned short type, const void *value, size_t size)
{
    struct rtattr attribute = {.rta_len = (unsigned short)RTA_LENGTH(size), .rta_type = type};
    char *at = (char *)q + q->head.nlmsg_len;
    memcpy(at, &attribute, sizeof attribute);
    memcpy(at + RTA_LENGTH(0), value, size);
    q->head.nlmsg_len += (uint32_t)RTA_SPACE(size);
}

static struct question question_of(struct ip from, struct ip to)
{
    struct question q = {
        .head = {.nlmsg_len = NLMSG_LENGTH(sizeof q.route), .nlmsg_type = RTM_GETROUTE, .nlmsg_flags = NLM_F_REQUEST},
        .route = {.rtm_family = ip_is_v6(to) ? AF_INET6 : AF_INET, .rtm_dst_len = ip_bits(to)},
    };
    add(&q, RTA_DST, to.octets, to.size);
    if (from.size > 0) {
        q.route.rtm_src_len = ip_bits(from);
        add(&q, RTA_SRC, from.octets, from.size);
    }
    return q;
}

/* What it says of the question: OPEN with the attributes of the route, which are good until the next question. */
static enum host_passage ask(const struct question *q, struct slice *route)
{
    struct slice datagram, body;
    struct nlmsghdr head;
    int error;
    int fd = netlink_open();
    bool told = fd >= 0 && netlink_send(fd, &q->head) && netlink_receive(fd, &datagram) && netlink_message(&datagram, &head, &body);
    if (fd >= 0)
        (void)close(fd);
    if (told && netlink_error(&head, body, &error))
        return error > 0 ? PASSAGE_SHUT : PASSAGE_UNKNOWN;
    if (!told || head.nlmsg_type != RTM_NEWROUTE || body.len < sizeof q->route)
        return PASSAGE_UNKNOWN;
    *route = slice_make(body.at + sizeof q->route, body.len - sizeof q->route);
    return PASSAGE_OPEN;
}

/* The interface that a route leads to. */
static bool leads_to(struct slice route, struct label *by)
{
    struct rtattr attribute;
    struct slice value;
    char name[IF_NAMESIZE];
    uint32_t index;
    while (netlink_attribute(&route, &attribute, &value))
        if (attribute.rta_type == RTA_OIF && value.len == sizeof index) {
            memcpy(&index, value.at, sizeof index);
            return if_indextoname(index, name) && label_make(slice_of(name), by);
        }
    return false;
}

/* The next host on a route, which may have none. */
static void router_of(struct slice route, struct ip *router)
{
    struct rtattr attribute;
    struct slice value;
    while (netlink_attribute(&route, &attribute, &value))
        if (attribute.rta_type == RTA_GATEWAY && value.len <= sizeof router->octets) {
            router->size = (uint8_t)value.len;
            memcpy(router->octets, value.at, value.len);
        }
}

void path_ask(const struct label *interface, struct ip own, struct ip client, struct host_path *out)
{
    struct slice route;
    struct question in = question_of(client, own), back = question_of(own, client), by = question_of((struct ip){0}, client);
    *out = (struct host_path){.in = PASSAGE_UNKNOWN};
    uint32_t index = if_nametoindex(interface->text);
    if (index == 0)
        return;
    add(&in, RTA_IIF, &index, sizeof index);
    out->in = ask(&in, &route);
    out->out = ask(&back, &route);
    if (out->out == PASSAGE_OPEN && !leads_to(route, &out->out_by))
        out->out = PASSAGE_UNKNOWN;
    add(&by, RTA_OIF, &index, sizeof index);
    if (!label_eq(&out->out_by, interface) && ask(&by, &route) == PASSAGE_OPEN)
        router_of(route, &out->router);
}
