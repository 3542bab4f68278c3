#include "app/options/option.h"

#include "app/options/sections.h"
#include "aws/imds.h"
#include "core/placement.h"
#include "wire/proxy.h"
#include "wire/uri.h"

#include <string.h>

static bool take_vip(struct want *w, struct slice value, struct err *e)
{
    struct slice rest = value;
    struct slice address = slice_cut(&rest, '/');
    uint64_t prefix = 0;
    bool has_prefix = address.len < value.len;
    if (!ip_make(address, &w->alias.vip) || (has_prefix && (!slice_u64(rest, ip_bits(w->alias.vip), &prefix) || prefix < 8)))
        return err_set(e, ERR_USAGE,
                       "'%s' is no IP address, as 10.9.0.1, 10.109.10.254/27 or fd12:3456::1; "
                       "give a whole one, and a prefix of at least 8 or none",
                       err_printable(value).text);
    w->alias.has_vip = true;
    w->alias.has_prefix = has_prefix;
    w->alias.prefix = (uint8_t)prefix;
    return placement_vip_check(w->alias.vip, e);
}

static bool take_interface(struct want *w, struct slice value, struct err *e)
{
    bool ok = label_make(value, &w->alias.interface) && !memchr(value.at, ':', value.len);
    w->alias.has_interface = ok;
    return ok || err_set(e, ERR_USAGE, "'%s' is no interface name, as eth0", err_printable(value).text);
}

static bool take_table(struct want *w, struct slice value, struct err *e)
{
    struct table_id id;
    if (!table_id_make(value, &id))
        return err_set(e, ERR_USAGE, "'%s' is no route table, as rtb-0a1b2c3d4e5f67890", err_printable(value).text);
    for (size_t i = 0; i < w->named_count; i++)
        if (table_id_eq(&w->named[i], &id))
            return true;
    if (w->named_count == LIMIT_NAMED_TABLES)
        return err_set(e, ERR_USAGE, "more than %d route tables are named", LIMIT_NAMED_TABLES);
    w->named[w->named_count++] = id;
    return true;
}

/* One table, or several with commas or blanks between them. */
static bool take_tables(struct want *w, struct slice value, struct err *e)
{
    while (value.len > 0) {
        struct slice part = slice_cut(&value, ',');
        while (part.len > 0) {
            struct slice id = slice_cut(&part, ' ');
            if (id.len > 0 && !take_table(w, id, e))
                return false;
        }
    }
    return w->named_count > 0 || err_set(e, ERR_USAGE, "no route table is named");
}

static bool take_tag(struct want *w, struct slice value, struct err *e)
{
    struct tag tag;
    if (!tag_make(value, &tag))
        return err_set(e, ERR_USAGE, "'%s' is no tag, as mirrorvip=yes", err_printable(value).text);
    for (size_t i = 0; i < w->tag_count; i++)
        if (strcmp(w->tags[i].key, tag.key) == 0)
            return strcmp(w->tags[i].value, tag.value) == 0 ||
                   err_set(e, ERR_USAGE, "no table has two values of the tag '%s'", err_printable(slice_of(tag.key)).text);
    if (w->tag_count == LIMIT_TAGS)
        return err_set(e, ERR_USAGE, "more than %d tags are named", LIMIT_TAGS);
    w->tags[w->tag_count++] = tag;
    return true;
}

/* One tag, or several with commas between them. */
static bool take_tags(struct want *w, struct slice value, struct err *e)
{
    do {
        if (!take_tag(w, slice_trim(slice_cut(&value, ',')), e))
            return false;
    } while (value.len > 0);
    return true;
}

static bool take_owner(struct plan_owners *owners, struct slice value, struct err *e)
{
    struct eni_id *eni = &owners->at[owners->count];
    if (slice_is(value, "nobody")) {
        owners->nobody = true;
        return true;
    }
    if (owners->count == LIMIT_OWNERS)
        return err_set(e, ERR_USAGE, "more than %d owners are named", LIMIT_OWNERS);
    owners->count++;
    return eni_id_make(value, eni) ||
           err_set(e, ERR_USAGE, "'%s' is no network interface, as eni-0a1b2c3d4e5f67890, nor 'nobody'", err_printable(value).text);
}

/* One owner, or several with commas between them. */
static bool take_owners(struct want *w, struct slice value, struct err *e)
{
    w->allowed_owners.limited = true;
    do {
        if (!take_owner(&w->allowed_owners, slice_trim(slice_cut(&value, ',')), e))
            return false;
    } while (value.len > 0);
    return true;
}

static bool take_policy(struct want *w, struct slice value, struct err *e)
{
    w->existing_only = slice_is(value, "existing");
    return w->existing_only || slice_is(value, "all") ||
           err_set(e, ERR_USAGE, "tables is 'all' or 'existing', not '%s'", err_printable(value).text);
}

static bool take_region(struct options *o, struct slice value, struct err *e)
{
    o->has_region = region_make(value, &o->region);
    return o->has_region || err_set(e, ERR_USAGE, "'%s' is no region, as eu-central-1", err_printable(value).text);
}

static bool take_deadline(struct options *o, struct slice value, struct err *e)
{
    uint64_t seconds;
    if (!slice_u64(value, DEADLINE_MOST_S, &seconds) || seconds == 0)
        return err_set(e, ERR_USAGE, "the deadline is a whole number of seconds from 1 to %d, not '%s'", DEADLINE_MOST_S,
                       err_printable(value).text);
    o->deadline_s = (uint32_t)seconds;
    return true;
}

/* "10", or "10s". */
static bool take_every(struct options *o, struct slice value, struct err *e)
{
    uint64_t seconds;
    struct slice number = value;
    if (number.len > 0 && number.at[number.len - 1] == 's')
        number.len--;
    if (!slice_u64(number, EVERY_MOST_S, &seconds) || seconds == 0)
        return err_set(e, ERR_USAGE, "the interval is a whole number of seconds from 1 to %d, not '%s'", EVERY_MOST_S,
                       err_printable(value).text);
    o->every_s = (uint32_t)seconds;
    return true;
}

static bool take_path(struct slice value, char *path, const char *what, struct err *e)
{
    return (value.len > 0 && slice_copy(value, path, LIMIT_PATH)) ||
           err_set(e, ERR_USAGE, "the path of %s is empty or longer than %d bytes", what, LIMIT_PATH - 1);
}

/* "-" is standard output, for who has a file configured. */
static bool take_prometheus(struct options *o, struct slice value, struct err *e)
{
    bool ok = take_path(value, o->prometheus_file, "the metrics' file", e);
    if (slice_is(value, "-"))
        o->prometheus_file[0] = '\0';
    return ok;
}

static bool take_guard(struct options *o, struct slice value, struct err *e)
{
    if (!slice_starts(value, "/"))
        return err_set(e, ERR_USAGE, "the guard command must begin with the full path of a program");
    return slice_copy(value, o->guard, sizeof o->guard) ||
           err_set(e, ERR_USAGE, "the guard command is longer than %d bytes", LIMIT_GUARD_COMMAND - 1);
}

static bool take_log(struct options *o, struct slice value, struct err *e)
{
    o->syslog = slice_is(value, "syslog");
    return o->syslog || slice_is(value, "stderr") ||
           err_set(e, ERR_USAGE, "the log is 'stderr' or 'syslog', not '%s'", err_printable(value).text);
}

static bool take_endpoint(struct slice value, bool *is_named, struct origin *endpoint, struct err *e)
{
    *is_named = uri_origin_decode(value, endpoint, e);
    if (*is_named && !endpoint->tls)
        return err_set(e, ERR_USAGE, "the endpoint URL must begin with https://: requests are signed, but not secret without TLS");
    return *is_named;
}

static bool take_role(struct options *o, struct slice value, struct err *e)
{
    o->has_role = role_arn_make(value, &o->role);
    return o->has_role || err_set(e, ERR_USAGE, "'%s' is no role, as arn:aws:iam::123456789012:role/NAME", err_printable(value).text);
}

static bool take_external_id(struct options *o, struct slice value, struct err *e)
{
    return external_id_make(value, &o->external_id) ||
           err_set(e, ERR_USAGE, "'%s' is no external id: 2 to 1224 letters, digits and _+=,.@:/-", err_printable(value).text);
}

static bool take_proxy(struct options *o, struct slice value, struct err *e)
{
    if (!slice_is(value, "none"))
        return proxy_decode(value, &o->proxy, e);
    o->proxy.origin.host[0] = '\0';
    return true;
}

static bool take_switch(struct slice value, bool *on, struct err *e)
{
    *on = slice_is_nocase(value, "true");
    return *on || slice_is_nocase(value, "false") || err_set(e, ERR_USAGE, "it is 'true' or 'false', not '%s'", err_printable(value).text);
}

/* A URL, or which of the two addresses that the service has everywhere. */
static bool take_imds(struct options *o, struct slice value, struct err *e)
{
    bool ipv6 = slice_is_nocase(value, "IPv6");
    if (ipv6 || slice_is_nocase(value, "IPv4")) {
        o->imds = imds_origin(ipv6);
        return true;
    }
    if (!uri_origin_decode(value, &o->imds, e))
        return false;
    return !o->imds.tls || err_set(e, ERR_USAGE, "the metadata service speaks http://, not https://");
}

bool option_take(struct options *o, enum option option, struct slice value, struct err *e)
{
    switch (option) {
    case OPTION_VIP:
        return take_vip(section_current(o), value, e);
    case OPTION_INTERFACE:
        return take_interface(section_current(o), value, e);
    case OPTION_ROUTE_TABLE:
        return take_tables(section_current(o), value, e);
    case OPTION_TAG:
        return take_tags(section_current(o), value, e);
    case OPTION_TABLES:
        return take_policy(section_current(o), value, e);
    case OPTION_REGION:
        return take_region(o, value, e);
    case OPTION_ENDPOINT_URL:
        return take_endpoint(value, &o->has_endpoint, &o->endpoint, e);
    case OPTION_FIPS:
        return take_switch(value, &o->variant.fips, e);
    case OPTION_DUAL_STACK:
        return take_switch(value, &o->variant.dual_stack, e);
    case OPTION_ASSUME_ROLE:
        return take_role(o, value, e);
    case OPTION_EXTERNAL_ID:
        return take_external_id(o, value, e);
    case OPTION_STS_ENDPOINT_URL:
        return take_endpoint(value, &o->has_sts_endpoint, &o->sts_endpoint, e);
    case OPTION_ENDPOINT_IP:
        return uri_address_decode(value, o->endpoint_ip) || err_set(e, ERR_USAGE, "'%s' is no IP address", err_printable(value).text);
    case OPTION_PROXY:
        return take_proxy(o, value, e);
    case OPTION_CA_BUNDLE:
        return take_path(value, o->ca_bundle, "the CA bundle", e);
    case OPTION_DEADLINE:
        return take_deadline(o, value, e);
    case OPTION_EVERY:
        return take_every(o, value, e);
    case OPTION_GUARD:
        return take_guard(o, value, e);
    case OPTION_ONLY_IF_OWNER:
        return take_owners(section_current(o), value, e);
    case OPTION_SECTION:
        return section_pick(o, value, e);
    case OPTION_CONFIG:
        o->config_named = true;
        return take_path(value, o->config, "the configuration", e);
    case OPTION_LOG:
        return take_log(o, value, e);
    case OPTION_IMDS_ENDPOINT:
        return take_imds(o, value, e);
    case OPTION_WAIT:
        o->wait = true;
        return true;
    case OPTION_DRY_RUN:
        o->dry_run = true;
        return true;
    case OPTION_ROUTE:
        o->delete_routes = true;
        return true;
    case OPTION_TERRAFORM:
        o->terraform = true;
        return true;
    case OPTION_JSON:
        o->form = FORM_JSON;
        return true;
    case OPTION_PROMETHEUS:
        return take_prometheus(o, value, e);
    case OPTION_WATCH:
        o->watch = true;
        return true;
    case OPTION_FIX:
        o->fix = true;
        return true;
    case OPTION_VERBOSE:
        o->verbose = true;
        return true;
    case OPTION_HELP:
        o->about = o->verb;
        return true;
    case OPTION_COUNT:
        break;
    }
    return err_set(e, ERR_BUG, "an option that nothing takes");
}
