#include "host/iface.h"

#include "host/process.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTINGS 5 /* of addresses that come and go meanwhile */

/* A socket is only the door to the ioctls. */
static int door(struct err *e)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        (void)err_set(e, ERR_IFACE, "no socket to ask about interfaces: %s", strerror(errno));
    return fd;
}

static struct ifreq request(const struct label *label)
{
    struct ifreq r;
    memset(&r, 0, sizeof r);
    memcpy(r.ifr_name, label->text, sizeof label->text);
    return r;
}

static struct sockaddr_in socket_address(struct ip ip)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    memcpy(&in.sin_addr, ip.octets, sizeof in.sin_addr);
    return in;
}

static struct ip ip_of(const struct sockaddr *address)
{
    struct sockaddr_in in;
    struct ip ip = {.size = sizeof in.sin_addr};
    memcpy(&in, address, sizeof in);
    memcpy(ip.octets, &in.sin_addr, sizeof in.sin_addr);
    return ip;
}

static uint8_t prefix_of(struct ip mask)
{
    uint8_t prefix = 0;
    while (prefix < 32 && mask.octets[prefix / 8] >> (7 - prefix % 8) & 1)
        prefix++;
    return prefix;
}

/* Of several addresses of one name the kernel takes the one that the request holds. */
static bool netmask(int fd, struct ifreq r, uint8_t *prefix)
{
    if (ioctl(fd, SIOCGIFNETMASK, &r) != 0)
        return false;
    *prefix = prefix_of(ip_of(&r.ifr_netmask));
    return true;
}

/* False: its netmask cannot be read. */
static bool add(int fd, const struct ifreq *r, struct host_addresses *out)
{
    struct host_address *to = &out->at[out->count];
    if (r->ifr_addr.sa_family != AF_INET || !label_make(slice_make(r->ifr_name, strnlen(r->ifr_name, IFNAMSIZ)), &to->label))
        return true;
    to->ip = ip_of(&r->ifr_addr);
    if (!netmask(fd, *r, &to->prefix))
        return false;
    out->count++;
    return true;
}

static bool add_all(int fd, const struct ifreq *list, size_t count, struct host_addresses *out)
{
    out->count = 0;
    for (size_t i = 0; i < count; i++)
        if (!add(fd, &list[i], out))
            return false;
    return true;
}

static bool addresses_get(int fd, struct host_addresses *out, struct err *e)
{
    static struct ifreq list[LIMIT_ADDRESSES];
    for (unsigned attempt = 1;; attempt++) {
        struct ifconf all = {.ifc_len = sizeof list, .ifc_req = list};
        if (ioctl(fd, SIOCGIFCONF, &all) != 0)
            return err_set(e, ERR_IFACE, "cannot list this host's addresses: %s", strerror(errno));
        /* A list that fills the room may have been cut. */
        if ((size_t)all.ifc_len > sizeof list - sizeof *list)
            return err_set(e, ERR_IFACE, "this host has more than %d addresses", LIMIT_ADDRESSES - 1);
        if (add_all(fd, list, (size_t)all.ifc_len / sizeof *list, out))
            return true;
        /* An address may have gone between the two calls; a list without it must not be one without others. */
        if (attempt == LISTINGS)
            return err_set(e, ERR_IFACE, "cannot read the netmasks of this host's addresses: %s", strerror(errno));
    }
}

bool iface_addresses(struct host_addresses *out, struct err *e)
{
    int fd = door(e);
    bool ok = fd >= 0 && addresses_get(fd, out, e);
    if (fd >= 0)
        (void)close(fd);
    return ok;
}

static bool interface_get(int fd, const struct label *name, struct host_interface *out, struct err *e)
{
    struct ifreq hardware = request(name);
    struct ifreq flags = hardware;
    if (ioctl(fd, SIOCGIFHWADDR, &hardware) != 0 || ioctl(fd, SIOCGIFFLAGS, &flags) != 0)
        return err_set(e, ERR_IFACE, "%s: %s; give the interface with --interface", name->text,
                       errno == ENODEV ? "no such interface" : strerror(errno));
    uint8_t octets[6];
    memcpy(octets, hardware.ifr_hwaddr.sa_data, sizeof octets);
    *out = (struct host_interface){mac_make(octets), (flags.ifr_flags & IFF_UP) != 0, (flags.ifr_flags & IFF_RUNNING) != 0};
    return true;
}

bool iface_interface(const struct label *name, struct host_interface *out, struct err *e)
{
    int fd = door(e);
    bool ok = fd >= 0 && interface_get(fd, name, out, e);
    if (fd >= 0)
        (void)close(fd);
    return ok;
}

/* File capabilities vanish under NoNewPrivileges without a word; the two causes have different cures. */
bool iface_refused(const struct label *label, const char *doing, struct err *e)
{
    if (errno != EPERM)
        return err_set(e, ERR_IFACE, "%s: %s: %s", label->text, doing, strerror(errno));
    if (process_was_restricted())
        return err_set(e, ERR_IFACE,
                       "%s: %s needs CAP_NET_ADMIN, which NoNewPrivileges has taken away; call it without, or set up the alias beforehand",
                       label->text, doing);
    return err_set(e, ERR_IFACE, "%s: %s needs CAP_NET_ADMIN; setcap cap_net_admin+ep on the binary, or set up the alias beforehand",
                   label->text, doing);
}

enum holder { HOLDS_NOTHING, HOLDS_IT, HOLDS_OTHER };

static enum holder holder_of(int fd, const struct label *label, struct ip ip)
{
    struct ifreq r = request(label);
    r.ifr_addr.sa_family = AF_INET;
    if (ioctl(fd, SIOCGIFADDR, &r) != 0)
        return HOLDS_NOTHING;
    return ip_eq(ip_of(&r.ifr_addr), ip) ? HOLDS_IT : HOLDS_OTHER;
}

static bool label_check(const struct label *label, struct err *e)
{
    const char *colon = strchr(label->text, ':');
    return (colon && colon != label->text && colon[1]) ||
           err_set(e, ERR_IFACE, "'%s' is no alias label, as eth0:1, and nothing was changed", label->text);
}

static bool down(int fd, const struct label *label)
{
    struct ifreq r = request(label);
    if (ioctl(fd, SIOCGIFFLAGS, &r) != 0)
        return false;
    r.ifr_flags = (short)(r.ifr_flags & ~IFF_UP);
    return ioctl(fd, SIOCSIFFLAGS, &r) == 0;
}

static bool set_address(int fd, const struct label *label, struct ip ip)
{
    struct ifreq r = request(label);
    struct sockaddr_in address = socket_address(ip);
    memcpy(&r.ifr_addr, &address, sizeof address);
    return ioctl(fd, SIOCSIFADDR, &r) == 0;
}

static bool set_netmask(int fd, const struct label *label, uint8_t prefix)
{
    struct ifreq r = request(label);
    struct sockaddr_in mask = socket_address(cidr_around((struct ip){4, {255, 255, 255, 255}}, prefix).base);
    memcpy(&r.ifr_netmask, &mask, sizeof mask);
    return ioctl(fd, SIOCSIFNETMASK, &r) == 0;
}

/* Address, then mask; a mask that fails takes the address with it, as a wide one must not stay. */
static bool set(int fd, const struct label *label, struct ip ip, uint8_t prefix, struct err *e)
{
    switch (holder_of(fd, label, ip)) {
    case HOLDS_OTHER:
        return err_set(e, ERR_IFACE, "%s holds another address, which was left alone", label->text);
    case HOLDS_NOTHING:
        if (!set_address(fd, label, ip))
            return iface_refused(label, "adding the alias", e);
        break;
    case HOLDS_IT:
        break;
    }
    if (set_netmask(fd, label, prefix))
        return true;
    (void)iface_refused(label, "setting the alias's netmask", e);
    (void)down(fd, label);
    return false;
}

bool iface_set(const struct label *label, struct ip ip, uint8_t prefix, struct err *e)
{
    sigset_t all, before;
    if (!label_check(label, e))
        return false;
    int fd = door(e);
    if (fd < 0)
        return false;
    sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, &before);
    bool ok = set(fd, label, ip, prefix, e);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    (void)close(fd);
    return ok;
}

static bool is_neighbour(const struct host_address *a, const struct host_address *b)
{
    struct label on_a = label_interface(&a->label), on_b = label_interface(&b->label);
    return label_eq(&on_a, &on_b) && a->prefix == b->prefix && cidr_has(cidr_around(a->ip, a->prefix), b->ip);
}

/* The first address of a subnet takes the later ones there with it, unless the kernel has been told to promote the next. */
static bool goes_alone(const struct host_addresses *all, struct ip ip, struct err *e)
{
    const struct host_address *first = NULL, *other = NULL;
    for (size_t i = 0; i < all->count; i++)
        if (ip_eq(all->at[i].ip, ip))
            first = &all->at[i];
    for (size_t i = 0; first && i < all->count && !other; i++)
        if (is_neighbour(first, &all->at[i]) && &all->at[i] != first)
            other = &all->at[i];
    /* They are listed first to last: one before it makes it a later one itself. */
    return !other || other < first ||
           err_set(e, ERR_IFACE, "taking %s down could take %s on %s with it, and nothing was changed; give each a subnet of its own",
                   ip_text(ip).text, ip_text(other->ip).text, other->label.text);
}

static bool remove_held(int fd, const struct label *label, struct ip ip, struct err *e)
{
    static struct host_addresses all;
    if (holder_of(fd, label, ip) != HOLDS_IT)
        return err_set(e, ERR_IFACE, "%s does not hold %s, and nothing was changed", label->text, ip_text(ip).text);
    if (!iface_addresses(&all, e) || !goes_alone(&all, ip, e))
        return false;
    return down(fd, label) || iface_refused(label, "taking the alias down", e);
}

bool iface_remove(const struct label *label, struct ip ip, struct err *e)
{
    if (!label_check(label, e))
        return false;
    int fd = door(e);
    bool ok = fd >= 0 && remove_held(fd, label, ip, e);
    if (fd >= 0)
        (void)close(fd);
    return ok;
}
