#include "host/path.h"

#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

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
        .route = {.rtm_family = ip_is_v6(to) ? AF_INET6 : AF_INET, .rtm_src_len = ip_bits(from), .rtm_dst_len = ip_bits(to)},
    };
    add(&q, RTA_SRC, from.octets, from.size);
    add(&q, RTA_DST, to.octets, to.size);
    return q;
}

/* The kernel answers before sendto() returns. 0: it tells a route; a negative number: its error; 1: no answer that can be read. */
static int ask(const struct question *q, char *answer, size_t size)
{
    struct nlmsghdr head = {0};
    struct nlmsgerr why = {0};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0)
        return 1;
    ssize_t sent = send(fd, q, q->head.nlmsg_len, 0);
    ssize_t got = sent < 0 ? -1 : recv(fd, answer, size, MSG_DONTWAIT);
    (void)close(fd);
    if (got < (ssize_t)sizeof head)
        return 1;
    memcpy(&head, answer, sizeof head);
    if (head.nlmsg_type == NLMSG_ERROR && got >= (ssize_t)NLMSG_LENGTH(sizeof why)) {
        memcpy(&why, answer + NLMSG_HDRLEN, sizeof why);
        return why.error < 0 ? why.error : 1;
    }
    return head.nlmsg_type == RTM_NEWROUTE && head.nlmsg_len <= (size_t)got ? 0 : 1;
}

static enum host_passage passage_of(int said)
{
    return said == 0 ? PASSAGE_OPEN : said > 0 ? PASSAGE_UNKNOWN : PASSAGE_SHUT;
}

/* The interface that a route leads to. */
static bool leads_to(const char *answer, struct label *by)
{
    struct nlmsghdr head;
    char name[IF_NAMESIZE];
    memcpy(&head, answer, sizeof head);
    for (size_t at = NLMSG_LENGTH(sizeof(struct rtmsg)); at + sizeof(struct rtattr) <= head.nlmsg_len;) {
        struct rtattr attribute;
        uint32_t index;
        memcpy(&attribute, answer + at, sizeof attribute);
        if (attribute.rta_len < RTA_LENGTH(0) || at + attribute.rta_len > head.nlmsg_len)
            return false;
        if (attribute.rta_type == RTA_OIF && attribute.rta_len == RTA_LENGTH(sizeof index)) {
            memcpy(&index, answer + at + RTA_LENGTH(0), sizeof index);
            return if_indextoname(index, name) && label_make(slice_of(name), by);
        }
        at += RTA_ALIGN(attribute.rta_len);
    }
    return false;
}

void path_ask(const struct label *interface, struct ip own, struct ip client, struct host_path *out)
{
    char answer[2048];
    struct question in = question_of(client, own), back = question_of(own, client);
    *out = (struct host_path){.in = PASSAGE_UNKNOWN};
    uint32_t index = if_nametoindex(interface->text);
    if (index == 0)
        return;
    add(&in, RTA_IIF, &index, sizeof index);
    out->in = passage_of(ask(&in, answer, sizeof answer));
    out->out = passage_of(ask(&back, answer, sizeof answer));
    if (out->out == PASSAGE_OPEN && !leads_to(answer, &out->out_by))
        out->out = PASSAGE_UNKNOWN;
}
