#include "base/value.h"

#include <stdio.h>
#include <string.h>

static bool is_hex_lower(char c)
{
    return ascii_is_digit(c) || (c >= 'a' && c <= 'f');
}

static bool is_resource_id(struct slice text, const char *prefix)
{
    if (!slice_starts(text, prefix))
        return false;
    size_t digits = text.len - strlen(prefix);
    if (digits < 8 || digits > 17)
        return false;
    for (size_t i = text.len - digits; i < text.len; i++)
        if (!is_hex_lower(text.at[i]))
            return false;
    return true;
}

#define X(type, prefix)                                                               \
    bool type##_make(struct slice text, struct type *id)                              \
    {                                                                                 \
        return is_resource_id(text, prefix) && slice_copy(text, id->text, sizeof id->text); \
    }                                                                                 \
    bool type##_eq(const struct type *a, const struct type *b)                        \
    {                                                                                 \
        return strcmp(a->text, b->text) == 0;                                         \
    }
RESOURCE_IDS(X)
#undef X

static bool is_region_group(struct slice group, bool last)
{
    if (group.len == 0)
        return false;
    for (size_t i = 0; i < group.len; i++) {
        char c = group.at[i];
        if (last ? !ascii_is_digit(c) : !(c >= 'a' && c <= 'z'))
            return false;
    }
    return true;
}

bool region_make(struct slice text, struct region *region)
{
    struct slice rest = text;
    unsigned groups = 0;
    while (memchr(rest.at ? rest.at : "", '-', rest.len)) {
        if (!is_region_group(slice_cut(&rest, '-'), false))
            return false;
        groups++;
    }
    return groups >= 2 && groups <= 4 && is_region_group(rest, true) && slice_copy(text, region->text, sizeof region->text);
}

bool role_name_make(struct slice text, struct role_name *role)
{
    return text.len > 0 && slice_only_alnum_or(text, "+=,.@_-") && slice_copy(text, role->text, sizeof role->text);
}

static bool is_partition(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] != ascii_lower(text.at[i]))
            return false;
    return slice_starts(text, "aws") && slice_only_alnum_or(text, "-");
}

static bool is_account(struct slice text)
{
    uint64_t number;
    return text.len == 12 && slice_u64(text, UINT64_MAX, &number);
}

/* Parts without a name between two slashes are in no path. */
static bool is_role_path(struct slice rest)
{
    struct role_name name;
    while (memchr(rest.at, '/', rest.len)) {
        struct slice part = slice_cut(&rest, '/');
        if (part.len == 0 || !slice_only_alnum_or(part, "+=,.@_-"))
            return false;
    }
    return role_name_make(rest, &name);
}

bool role_arn_make(struct slice text, struct role_arn *arn)
{
    struct slice rest = text;
    return slice_is(slice_cut(&rest, ':'), "arn") && is_partition(slice_cut(&rest, ':')) && slice_is(slice_cut(&rest, ':'), "iam") &&
           slice_cut(&rest, ':').len == 0 && is_account(slice_cut(&rest, ':')) && slice_skip(&rest, "role/") &&
           is_role_path(rest) && slice_copy(text, arn->text, sizeof arn->text);
}

bool external_id_make(struct slice text, struct external_id *id)
{
    return text.len >= 2 && slice_only_alnum_or(text, "_+=,.@:/-") && slice_copy(text, id->text, sizeof id->text);
}

struct mac mac_make(const uint8_t octets[6])
{
    struct mac mac;
    (void)snprintf(mac.text, sizeof mac.text, "%02x:%02x:%02x:%02x:%02x:%02x", octets[0], octets[1], octets[2], octets[3],
                   octets[4], octets[5]);
    return mac;
}

bool label_make(struct slice text, struct label *label)
{
    if (text.len == 0 || slice_is(text, ".") || slice_is(text, ".."))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] <= ' ' || text.at[i] > '~' || text.at[i] == '/')
            return false;
    return slice_copy(text, label->text, sizeof label->text);
}

struct label label_interface(const struct label *label)
{
    struct label interface = *label;
    char *colon = strchr(interface.text, ':');
    if (colon)
        *colon = '\0';
    return interface;
}

bool label_alias(const struct label *interface, struct label *alias)
{
    struct label made;
    struct buf b = BUF_OF(made.text);
    buf_puts(&b, interface->text);
    buf_puts(&b, ":1");
    (void)buf_text(&b);
    if (b.full)
        return false;
    *alias = made;
    return true;
}

bool label_eq(const struct label *a, const struct label *b)
{
    return strcmp(a->text, b->text) == 0;
}

bool ip_make(struct slice text, struct ip *ip)
{
    struct slice rest = text;
    uint32_t bits = 0;
    for (int i = 0; i < 4; i++) {
        bool last = i == 3;
        uint64_t octet;
        if (!last && !memchr(rest.at ? rest.at : "", '.', rest.len))
            return false;
        struct slice part = last ? rest : slice_cut(&rest, '.');
        if ((part.len > 1 && part.at[0] == '0') || !slice_u64(part, 255, &octet))
            return false;
        bits = bits << 8 | (uint32_t)octet;
    }
    ip->bits = bits;
    return true;
}

void ip_put(struct buf *b, struct ip ip)
{
    buf_putf(b, "%u.%u.%u.%u", ip.bits >> 24, ip.bits >> 16 & 255, ip.bits >> 8 & 255, ip.bits & 255);
}

static uint32_t mask_of(uint8_t prefix)
{
    return prefix == 0 ? 0 : ~(uint32_t)0 << (32 - prefix);
}

struct cidr cidr_around(struct ip ip, uint8_t prefix)
{
    return (struct cidr){{ip.bits & mask_of(prefix)}, prefix};
}

bool cidr_make(struct slice text, struct cidr *cidr)
{
    struct slice rest = text;
    struct slice address = slice_cut(&rest, '/');
    struct ip ip;
    uint64_t prefix;
    if (address.len == text.len || (rest.len > 1 && rest.at[0] == '0') || !slice_u64(rest, 32, &prefix) || !ip_make(address, &ip))
        return false;
    *cidr = cidr_around(ip, (uint8_t)prefix);
    return true;
}

bool cidr_has(struct cidr outer, struct ip ip)
{
    return (ip.bits & mask_of(outer.prefix)) == outer.base.bits;
}

bool cidr_within(struct cidr inner, struct cidr outer)
{
    return inner.prefix >= outer.prefix && cidr_has(outer, inner.base);
}

bool cidr_eq(struct cidr a, struct cidr b)
{
    return a.prefix == b.prefix && a.base.bits == b.base.bits;
}

void cidr_put(struct buf *b, struct cidr cidr)
{
    ip_put(b, cidr.base);
    buf_putc(b, '/');
    buf_put_u64(b, cidr.prefix);
}

struct cidr_text ip_text(struct ip ip)
{
    struct cidr_text out;
    struct buf b = BUF_OF(out.text);
    ip_put(&b, ip);
    (void)buf_text(&b);
    return out;
}

struct cidr_text cidr_text(struct cidr cidr)
{
    struct cidr_text out;
    struct buf b = BUF_OF(out.text);
    cidr_put(&b, cidr);
    (void)buf_text(&b);
    return out;
}

const struct origin *origin_hop(const struct origin *origin)
{
    return origin->proxy ? &origin->proxy->origin : origin;
}

bool host_name_make(struct slice text, char host[256])
{
    struct slice rest = text;
    if (text.len == 0 || text.len > 253)
        return false;
    while (rest.len > 0) {
        struct slice part = slice_cut(&rest, '.');
        if (part.len == 0 || part.len > 63 || part.at[0] == '-' || part.at[part.len - 1] == '-' || !slice_only_alnum_or(part, "-"))
            return false;
    }
    if (text.at[text.len - 1] == '.')
        return false;
    for (size_t i = 0; i < text.len; i++)
        host[i] = ascii_lower(text.at[i]);
    host[text.len] = '\0';
    return true;
}
