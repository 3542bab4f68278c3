/* options_put: options in the words of a configuration file, so that two can be compared, and taken once more. */
#ifndef FUZZ_OPTIONS_PUT_H
#define FUZZ_OPTIONS_PUT_H

#include "grammar.h"

#include "app/options/options.h"
#include "wire/uri.h"

static inline void put_key(struct buf *out, const char *key, const char *value)
{
    if (value[0])
        buf_putf(out, "%s = %s\n", key, value);
}

static inline void put_origin(struct buf *out, const char *key, const struct origin *origin)
{
    buf_putf(out, "%s = %s://", key, origin->tls ? "https" : "http");
    uri_put_host_port(out, origin);
    buf_putc(out, '\n');
}

static inline void put_owners(struct buf *out, const struct plan_owners *owners)
{
    const char *before = "only-if-owner = ";
    if (!owners->limited)
        return;
    for (size_t i = 0; i < owners->count; i++, before = ", ")
        buf_putf(out, "%s%s", before, owners->at[i].text);
    buf_putf(out, "%s\n", owners->nobody ? (owners->count > 0 ? ", nobody" : "only-if-owner = nobody") : "");
}

static inline void put_want(struct buf *out, const struct want *want)
{
    if (want->alias.has_vip)
        buf_putf(out, "vip = %s", ip_text(want->alias.vip).text);
    if (want->alias.has_vip && want->alias.has_prefix)
        buf_putf(out, "/%u", want->alias.prefix);
    buf_putc(out, '\n');
    put_key(out, "interface", want->alias.has_interface ? want->alias.interface.text : "");
    for (size_t i = 0; i < want->named_count; i++)
        buf_putf(out, "%s%s%s", i == 0 ? "route-table = " : ", ", want->named[i].text, i + 1 == want->named_count ? "\n" : "");
    for (size_t i = 0; i < want->tag_count; i++)
        buf_putf(out, "%s%s=%s%s", i == 0 ? "tag = " : ", ", want->tags[i].key, want->tags[i].value, i + 1 == want->tag_count ? "\n" : "");
    put_key(out, "tables", want->existing_only ? "existing" : "all");
    put_owners(out, &want->allowed_owners);
}

static inline void put_options(struct buf *out, const struct options *o)
{
    put_want(out, &o->common);
    put_key(out, "region", o->has_region ? o->region.text : "");
    if (o->has_endpoint)
        put_origin(out, "endpoint-url", &o->endpoint);
    put_key(out, "endpoint-ip", o->endpoint_ip);
    put_key(out, "fips", o->variant.fips ? "true" : "false");
    put_key(out, "dual-stack", o->variant.dual_stack ? "true" : "false");
    put_key(out, "assume-role", o->has_role ? o->role.text : "");
    put_key(out, "external-id", o->external_id.text);
    if (o->has_sts_endpoint)
        put_origin(out, "sts-endpoint-url", &o->sts_endpoint);
    if (o->proxy.origin.host[0])
        put_origin(out, "proxy", &o->proxy.origin);
    put_key(out, "ca-bundle", o->ca_bundle);
    buf_putf(out, "deadline = %u\n", o->deadline_s);
    if (o->every_s > 0)
        buf_putf(out, "every = %u\n", o->every_s);
    put_key(out, "guard", o->guard);
    put_key(out, "log", o->syslog ? "syslog" : "stderr");
    put_key(out, "prometheus", o->prometheus_file);
    put_origin(out, "imds-endpoint", &o->imds);
    for (size_t i = 0; i < o->section_count; i++) {
        buf_putf(out, "[%s]\n", o->sections[i].name);
        put_want(out, &o->sections[i]);
    }
}

#endif
