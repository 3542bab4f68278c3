#include "app/check/checks.h"
#include "app/hold.h"

#define READ_BY_OTHERS 04
#define ANSWERS_TABLE 1097 /* for answers alone: a number that the kernel has no name for */

/* --- The configuration file. Who may write it was looked at before it was read. */

static bool holds_secret(const struct options *o)
{
    return o->proxy.reveal[0] && options_is_from_file(o, OPTION_PROXY);
}

void check_configuration(const struct app *a, struct findings *f)
{
    static const char about[] = "configuration";
    const char *path = a->options.config;
    struct host_file file;
    a->world.file(a->world.host, path, &file);
    bool for_others = file.mode & READ_BY_OTHERS;
    if (!file.exists)
        findings_add(f, FINDING_OK, about, "there is no %s", path);
    else if (file.owner != 0)
        findings_add(f, FINDING_WARNING, about, "%s belongs to user %u, so no other user's run accepts it; chown root %s", path,
                     (unsigned)file.owner, path);
    else if (holds_secret(&a->options) && for_others)
        findings_add(f, FINDING_WARNING, about, "%s holds the proxy's password, and everybody may read it; chmod o-r %s", path, path);
    else if (!holds_secret(&a->options) && !for_others)
        findings_add(f, FINDING_WARNING, about, "%s cannot be read by the run of another user, as IRIS's is; chmod a+r %s", path, path);
    else
        findings_add(f, FINDING_OK, about, "%s is root's, and nobody else may write it", path);
}

/* --- The alias */

/* "ADDRESS/PREFIX dev IFACE" of a VIP that is to be put up. */
static const char *put_address(struct buf *b, const struct alias *alias)
{
    buf_putf(b, "%s/%u dev %s", ip_text(alias->vip).text, alias->prefix, alias->interface.text);
    return buf_text(b);
}

/* As acquire would put it up: of IPv6 so that the host never speaks from it. */
static const char *put_up(struct buf *b, const struct alias *alias)
{
    buf_puts(b, "ip addr add ");
    (void)put_address(b, alias);
    if (ip_is_v6(alias->vip))
        buf_puts(b, " preferred_lft 0 nodad");
    else
        buf_putf(b, " label %s", alias->label.text);
    return buf_text(b);
}

void check_alias(const struct app *a, const struct vip *v, struct findings *f)
{
    char text[96];
    struct buf b = BUF_OF(text);
    enum alias_act act;
    struct err e = {0};
    if (!hold_decide(a, v, &act, &e)) {
        (void)err_advise(&e, "ip addr add %s", put_address(&b, &v->alias));
        (void)findings_fail(f, "alias", &e);
    } else if (v->alias.present && v->alias.at.speaks)
        findings_add(f, FINDING_WARNING, "alias",
                     "%s is on %s, but this host may speak from it, and the answers go to whoever has the VIP; "
                     "ip addr change %s/%u dev %s preferred_lft 0",
                     ip_text(v->alias.vip).text, v->alias.interface.text, ip_text(v->alias.vip).text, v->alias.at.prefix,
                     v->alias.interface.text);
    else if (v->alias.present)
        findings_add(f, FINDING_OK, "alias", "%s is on %s", ip_text(v->alias.vip).text, v->alias.at.label.text);
    else
        findings_add(f, FINDING_OK, "alias", "%s is not up, and would be added on %s", ip_text(v->alias.vip).text, v->alias.label.text);
}

/* What lets another user's run add it; else the alias must be there beforehand. */
static void advise_rights(const struct alias *alias, const struct host_rights *rights, struct err *e)
{
    char text[160];
    struct buf b = BUF_OF(text);
    bool capability_would_count = !rights->restricted && !rights->nosuid && rights->program[0];
    if (capability_would_count && !rights->has_file_capability)
        (void)err_advise(e, "setcap cap_net_admin+ep %s", rights->program);
    else
        (void)err_advise(e, "%s", put_up(&b, alias));
}

static const char *lacks(const struct host_rights *rights)
{
    return !rights->has_file_capability ? "the program's file has no capability"
           : rights->nosuid             ? "the program's file is mounted nosuid, so that its capability does not count"
           : rights->restricted         ? "no_new_privs keeps the capability of the program's file from counting"
                                        : "the capability of the program's file is not given here";
}

void check_rights(const struct app *a, const struct vip *v, struct findings *f)
{
    struct host_rights rights;
    struct err e = {0};
    a->world.rights(a->world.host, &rights);
    bool others_may = rights.has_file_capability && !rights.nosuid;
    if (v->alias.present)
        findings_add(f, FINDING_OK, "rights", "none is needed, as %s is up", ip_text(v->alias.vip).text);
    else if (rights.may_change_addresses && others_may)
        findings_add(f, FINDING_OK, "rights", "CAP_NET_ADMIN is there to add the alias, also for another user");
    else if (rights.may_change_addresses) {
        (void)err_set(&e, ERR_IFACE, "this process may add the alias, but none that another user starts, as IRIS does: %s", lacks(&rights));
        advise_rights(&v->alias, &rights, &e);
        findings_warn(f, "rights", &e);
    } else {
        (void)err_set(&e, ERR_IFACE, "this process has no CAP_NET_ADMIN to add the alias: %s", lacks(&rights));
        advise_rights(&v->alias, &rights, &e);
        (void)findings_fail(f, "rights", &e);
    }
}

/* --- The interface */

void check_interface(const struct app *a, const struct vip *v, struct findings *f)
{
    const char *name = v->alias.interface.text;
    struct host_interface interface;
    struct err e = {0};
    if (!a->world.interface(a->world.host, &v->alias.interface, &interface, &e)) {
        (void)findings_fail(f, "interface", &e);
        return;
    }
    if (!interface.up)
        (void)err_set(&e, ERR_IFACE, "%s is down; ip link set %s up", name, name);
    else if (!interface.carrier)
        (void)err_set(&e, ERR_IFACE, "%s is without a link; ip link show %s", name, name);
    if (e.kind != ERR_OK)
        (void)findings_fail(f, "interface", &e);
    else
        findings_add(f, FINDING_OK, "interface", "%s is up and has a link", name);
}

/* --- The packets. The kernel is asked about the VIP; as long as it is not up, of IPv4 about the interface's own address in its place. */

/* The interface's own first address, and the subnet that it is in. */
static const struct host_address *own_address(const struct app *a, const struct vip *v)
{
    for (size_t i = 0; i < a->addresses.count; i++) {
        const struct host_address *at = &a->addresses.at[i];
        struct label on = label_interface(&at->label);
        if (label_eq(&on, &v->alias.interface) && !ip_eq(at->ip, v->alias.vip) && ip_is_v6(at->ip) == ip_is_v6(v->alias.vip))
            return at;
    }
    return NULL;
}

/* In a subnet, that of the VPC's router. */
static struct ip first_in(struct cidr cidr)
{
    struct ip first = cidr.base;
    first.octets[first.size - 1]++;
    return first;
}

/* An address of the VPC's that this host has no nearer way to: there may be a client. */
static struct ip client_in(struct cidr vpc, struct cidr own)
{
    struct ip first = first_in(vpc);
    return cidr_has(own, first) ? cidr_last(vpc) : first;
}

/* One packet and its answer. */
struct passage {
    const struct vip *vip;
    struct cidr own;     /* the subnet of the interface's own address; of who has none, the VIP */
    struct ip from;      /* the address that is asked about */
    struct ip client;
    bool is_there;       /* so that the kernel can tell whether a packet to it comes in */
    struct host_path path;
};

static struct passage passage_of(const struct app *a, const struct vip *v)
{
    const struct host_address *own = own_address(a, v);
    struct ip vip = v->alias.vip;
    bool by_own = own && !v->alias.present && !ip_is_v6(vip);
    return (struct passage){.vip = v,
                            .own = own ? cidr_around(own->ip, own->prefix) : cidr_around(vip, ip_bits(vip)),
                            .from = by_own ? own->ip : vip,
                            .is_there = by_own || v->alias.present};
}

static bool is_known(const struct passage *p)
{
    return (p->path.in != PASSAGE_UNKNOWN || !p->is_there) && p->path.out != PASSAGE_UNKNOWN;
}

static bool leaves_by_it(const struct passage *p)
{
    return p->path.out == PASSAGE_OPEN && label_eq(&p->path.out_by, &p->vip->alias.interface);
}

/* The VPC's router has the first address of each subnet; of IPv6 it is known by what it announces alone. */
static const char *put_way_out(struct buf *b, const struct passage *p)
{
    const struct alias *alias = &p->vip->alias;
    bool ipv6 = ip_is_v6(alias->vip);
    struct ip router = ipv6 ? p->path.router : first_in(p->own);
    const char *ip = ipv6 ? "ip -6" : "ip", *name = alias->interface.text;
    if (router.size > 0)
        buf_putf(b, "%s route replace default via %s dev %s table %d && %s rule add pref 1 from %s lookup %d", ip, ip_text(router).text,
                 name, ANSWERS_TABLE, ip, ip_text(alias->vip).text, ANSWERS_TABLE);
    else
        buf_putf(b, "ip -6 route show dev %s", name);
    return buf_text(b);
}

/* What leads answers out by the interface also tells the filter that packets may come in by it. */
static bool explain(const struct passage *p, struct err *e)
{
    const char *name = p->vip->alias.interface.text;
    const struct host_path *path = &p->path;
    const struct cidr_text vip = ip_text(p->vip->alias.vip), client = ip_text(p->client);
    char text[256];
    struct buf b = BUF_OF(text);
    if (leaves_by_it(p))
        return err_set(e, ERR_IFACE, "rp_filter drops what a client at %s sends to %s by %s; sysctl -w net/ipv4/conf/%s/rp_filter=2",
                       client.text, vip.text, name, name);
    return err_set(e, ERR_IFACE, "answers of %s to a client at %s would %s%s, and not leave by %s%s; %s", vip.text, client.text,
                   path->out == PASSAGE_OPEN ? "leave by " : "be dropped", path->out == PASSAGE_OPEN ? path->out_by.text : "", name,
                   path->in == PASSAGE_SHUT && !ip_is_v6(p->client) ? ", nor come in there past rp_filter" : "", put_way_out(&b, p));
}

/* What was asked about in the VIP's place says nothing of rules for the VIP alone. */
static void tell_path(const struct passage *p, struct findings *f)
{
    const struct alias *alias = &p->vip->alias;
    char text[80];
    struct buf caveat = BUF_OF(text);
    if (!ip_eq(p->from, alias->vip))
        buf_putf(&caveat, ", as far as %s tells while the VIP is not up", ip_text(p->from).text);
    findings_add(f, FINDING_OK, "path",
                 p->is_there ? "packets of the VPC's clients come in by %s, and answers leave by it%s"
                             : "answers to the VPC's clients leave by %s%s",
                 alias->interface.text, buf_text(&caveat));
}

void check_path(const struct app *a, const struct vip *v, struct findings *f)
{
    const struct world *w = &a->world;
    struct passage p = passage_of(a, v);
    bool known = false;
    struct err e = {0};
    for (size_t i = 0; i < v->vpc_cidrs.count; i++) {
        p.client = client_in(v->vpc_cidrs.at[i], p.own);
        w->path(w->host, &v->alias.interface, p.from, p.client, &p.path);
        if (!is_known(&p))
            continue;
        known = true;
        if (!leaves_by_it(&p) || (p.is_there && p.path.in == PASSAGE_SHUT))
            (void)explain(&p, &e);
    }
    if (e.kind != ERR_OK)
        (void)findings_fail(f, "path", &e);
    else if (v->vpc_cidrs.count == 0)
        findings_add(f, FINDING_OK, "path", "the VPC has no IPv6, so that there is no client of it to ask the kernel about");
    else if (!known)
        findings_add(f, FINDING_OK, "path", "the kernel could not be asked about it");
    else
        tell_path(&p, f);
}
