#include "host/iface6.h"

#include "host/iface.h"
#include "host/netlink.h"

#include <errno.h>
#include <net/if.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTINGS 5 /* of addresses that come and go meanwhile */

/* A request: what it is, what it is about, and the attributes, which all have a fixed size here. A removal ends after the first. */
struct message {
    struct nlmsghdr head;
    struct ifaddrmsg about;
    struct {
        struct rtattr head;
        uint8_t octets[16];
    } local;
    struct {
        struct rtattr head;
        struct ifa_cacheinfo value;
    } lifetimes;
    struct {
        struct rtattr head;
        uint32_t value;
    } flags;
};
#define LISTING_SIZE offsetof(struct message, local)
#define REMOVAL_SIZE offsetof(struct message, lifetimes)
_Static_assert(sizeof(struct message) == 16 + 8 + 4 + 16 + 4 + 16 + 4 + 4, "attributes follow one another without a gap");

static int door(struct err *e)
{
    int fd = netlink_open();
    if (fd < 0)
        (void)err_set(e, ERR_IFACE, "no netlink socket to ask about IPv6 addresses: %s; let AF_NETLINK through where it is held back",
                      strerror(errno));
    return fd;
}

static bool ask(int fd, struct message *m, size_t size)
{
    m->head.nlmsg_len = (uint32_t)size;
    return netlink_send(fd, &m->head);
}

/* Of a link between two the own end, which is told beside the address then. */
static struct ip address_of(struct slice attributes)
{
    struct ip ip = {0};
    struct rtattr head;
    struct slice value;
    while (netlink_attribute(&attributes, &head, &value)) {
        bool meant = head.rta_type == IFA_LOCAL || (head.rta_type == IFA_ADDRESS && ip.size == 0);
        if (meant && value.len == sizeof ip.octets) {
            ip.size = sizeof ip.octets;
            memcpy(ip.octets, value.at, sizeof ip.octets);
        }
    }
    return ip;
}

/* What the host speaks from is no alias; nor is what a router or DHCP has lent it and that has grown old. */
static bool is_alias(const struct ifaddrmsg *about)
{
    return (about->ifa_flags & IFA_F_DEPRECATED) != 0 && (about->ifa_flags & IFA_F_PERMANENT) != 0;
}

/* A kernel without IPv6 tells of IPv4 instead. An interface that has gone meanwhile has taken its addresses with it. */
static bool address_take(struct slice body, struct host_addresses *out, struct err *e)
{
    struct ifaddrmsg about;
    char name[IFNAMSIZ];
    if (body.len < sizeof about)
        return err_set(e, ERR_IFACE, "the kernel's list of IPv6 addresses is malformed");
    memcpy(&about, body.at, sizeof about);
    struct ip ip = address_of(slice_make(body.at + sizeof about, body.len - sizeof about));
    if (about.ifa_family != AF_INET6 || about.ifa_scope == RT_SCOPE_LINK || about.ifa_flags & IFA_F_DADFAILED || ip.size == 0)
        return true;
    if (out->count == LIMIT_ADDRESSES)
        return err_set(e, ERR_IFACE, "this host has more than %d addresses", LIMIT_ADDRESSES);
    bool named = if_indextoname(about.ifa_index, name) != NULL;
    if (!named && errno != ENXIO)
        return err_set(e, ERR_IFACE, "cannot tell which interface has %s: %s", ip_text(ip).text, strerror(errno));
    struct host_address *to = &out->at[out->count];
    *to = (struct host_address){.ip = ip, .prefix = about.ifa_prefixlen, .speaks = !is_alias(&about)};
    out->count += named && label_make(slice_of(name), &to->label);
    return true;
}

/* A list that ends early says so in its last message. */
static bool is_whole(struct slice body)
{
    int error = 0;
    memcpy(&error, body.at, body.len < sizeof error ? body.len : sizeof error);
    return error >= 0;
}

enum listed { LISTED_MORE, LISTED_ALL, LISTED_CHANGED, LISTED_BAD };

static enum listed datagram_take(struct slice datagram, struct host_addresses *out, bool *changed, struct err *e)
{
    struct nlmsghdr head;
    struct slice body;
    while (datagram.len > 0) {
        bool read = netlink_message(&datagram, &head, &body);
        bool ends = read && head.nlmsg_type == NLMSG_DONE;
        if (!read || head.nlmsg_type == NLMSG_ERROR || (ends && !is_whole(body))) {
            (void)err_set(e, ERR_IFACE, "the kernel does not list this host's IPv6 addresses");
            return LISTED_BAD;
        }
        *changed |= (head.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
        if (ends)
            return *changed ? LISTED_CHANGED : LISTED_ALL;
        if (head.nlmsg_type == RTM_NEWADDR && !address_take(body, out, e))
            return LISTED_BAD;
    }
    return LISTED_MORE;
}

static enum listed list_once(int fd, struct host_addresses *out, struct err *e)
{
    struct message m = {.head = {.nlmsg_type = RTM_GETADDR, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}, .about = {.ifa_family = AF_INET6}};
    enum listed listed = LISTED_MORE;
    bool changed = false;
    struct slice datagram;
    bool ok = ask(fd, &m, LISTING_SIZE);
    while (ok && listed == LISTED_MORE && (ok = netlink_receive(fd, &datagram)))
        listed = datagram_take(datagram, out, &changed, e);
    if (ok)
        return listed;
    (void)err_set(e, ERR_IFACE, "cannot list this host's IPv6 addresses: %s", strerror(errno));
    return LISTED_BAD;
}

static bool list(int fd, struct host_addresses *out, struct err *e)
{
    enum listed listed = LISTED_CHANGED;
    size_t before = out->count;
    for (unsigned attempt = 0; attempt < LISTINGS && listed == LISTED_CHANGED; attempt++) {
        out->count = before;
        listed = list_once(fd, out, e);
    }
    return listed == LISTED_ALL || err_set(e, ERR_IFACE, "this host's IPv6 addresses change too fast to be listed");
}

bool iface6_addresses(struct host_addresses *out, struct err *e)
{
    int fd = door(e);
    bool ok = fd >= 0 && list(fd, out, e);
    if (fd >= 0)
        (void)close(fd);
    return ok;
}

/* A kernel before 3.14 knows the short flags only: then there is a route to the prefix as well. */
static bool message_make(uint16_t type, uint16_t flags, const struct label *interface, struct ip ip, uint8_t prefix, struct message *m,
                         struct err *e)
{
    unsigned index = if_nametoindex(interface->text);
    if (index == 0)
        return err_set(e, ERR_IFACE, "%s: %s; give the interface with --interface", interface->text,
                       errno == ENODEV ? "no such interface" : strerror(errno));
    *m = (struct message){
        .head = {.nlmsg_type = type, .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags)},
        .about = {.ifa_family = AF_INET6, .ifa_prefixlen = prefix, .ifa_flags = IFA_F_NODAD, .ifa_index = index},
        .local = {.head = {sizeof m->local, IFA_LOCAL}},
        .lifetimes = {.head = {sizeof m->lifetimes, IFA_CACHEINFO}, .value = {.ifa_prefered = 0, .ifa_valid = UINT32_MAX}},
        .flags = {.head = {sizeof m->flags, IFA_FLAGS}, .value = IFA_F_NODAD | IFA_F_NOPREFIXROUTE},
    };
    memcpy(m->local.octets, ip.octets, sizeof m->local.octets);
    return true;
}

/* 0, or why the kernel would not. */
static int outcome(int fd)
{
    struct slice datagram, body;
    struct nlmsghdr head;
    int error;
    if (!netlink_receive(fd, &datagram))
        return errno;
    return netlink_message(&datagram, &head, &body) && netlink_error(&head, body, &error) ? error : EPROTO;
}

static bool change(int fd, struct message *m, size_t size, const struct label *interface, const char *doing, struct err *e)
{
    errno = ask(fd, m, size) ? outcome(fd) : errno;
    if (errno == EACCES)
        return err_set(e, ERR_IFACE, "%s: IPv6 is switched off there; sysctl -w net.ipv6.conf.%s.disable_ipv6=0", interface->text,
                       interface->text);
    return errno == 0 || iface_refused(interface, doing, e);
}

bool iface6_add(const struct label *interface, struct ip ip, uint8_t prefix, struct err *e)
{
    struct message m;
    if (!message_make(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, interface, ip, prefix, &m, e))
        return false;
    int fd = door(e);
    bool ok = fd >= 0 && change(fd, &m, sizeof m, interface, "adding the alias", e);
    if (fd >= 0)
        (void)close(fd);
    return ok;
}

static const struct host_address *held_by(const struct host_addresses *all, const struct label *interface, struct ip ip)
{
    for (size_t i = 0; i < all->count; i++)
        if (ip_eq(all->at[i].ip, ip) && label_eq(&all->at[i].label, interface))
            return &all->at[i];
    return NULL;
}

static bool remove_held(int fd, const struct label *interface, struct ip ip, struct err *e)
{
    static struct host_addresses all;
    struct message m;
    all.count = 0;
    if (!list(fd, &all, e))
        return false;
    const struct host_address *held = held_by(&all, interface, ip);
    if (!held)
        return err_set(e, ERR_IFACE, "%s does not hold %s, and nothing was changed", interface->text, ip_text(ip).text);
    if (held->speaks)
        return err_set(e, ERR_IFACE,
                       "%s is an address that this host speaks from, so it is no alias, and nothing was changed; "
                       "ip addr change %s/%u dev %s preferred_lft 0",
                       ip_text(ip).text, ip_text(ip).text, held->prefix, interface->text);
    return message_make(RTM_DELADDR, 0, interface, ip, held->prefix, &m, e) &&
           change(fd, &m, REMOVAL_SIZE, interface, "taking the alias down", e);
}

bool iface6_remove(const struct label *interface, struct ip ip, struct err *e)
{
    int fd = door(e);
    bool ok = fd >= 0 && remove_held(fd, interface, ip, e);
    if (fd >= 0)
        (void)close(fd);
    return ok;
}
