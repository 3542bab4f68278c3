#include "base/value.h"

#include "base/format.h"

#include <string.h>

static bool is_hex_lower(char c)
{
    return ascii_is_digit(c) || (c >= 'a' && c <= 'f');
}

static bool resource_id_make(struct slice text, const char *prefix, char *to, size_t cap)
{
    if (!slice_starts(text, prefix))
        return false;
    size_t digits = text.len - strlen(prefix);
    if (digits < 8 || digits > 17)
        return false;
    for (size_t i = text.len - digits; i < text.len; i++)
        if (!is_hex_lower(text.at[i]))
            return false;
    return slice_copy(text, to, cap);
}

#define X(type, prefix)                                                   \
    bool type##_make(struct slice text, struct type *id)                  \
    {                                                                     \
        return resource_id_make(text, prefix, id->text, sizeof id->text); \
    }                                                                     \
    bool type##_eq(const struct type *a, const struct type *b)            \
    {                                                                     \
        return strcmp(a->text, b->text) == 0;                             \
    }
RESOURCE_IDS(X)
#undef X

static bool holds(struct slice text, char c)
{
    return text.len > 0 && memchr(text.at, c, text.len);
}

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
    while (holds(rest, '-')) {
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

bool account_id_make(struct slice text, struct account_id *id)
{
    uint64_t number;
    if (text.len != 12 || !slice_u64(text, UINT64_MAX, &number))
        return false;
    return slice_copy(text, id->text, sizeof id->text);
}

bool account_id_eq(const struct account_id *a, const struct account_id *b)
{
    return strcmp(a->text, b->text) == 0;
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
    struct account_id account;
    return slice_is(slice_cut(&rest, ':'), "arn") && is_partition(slice_cut(&rest, ':')) && slice_is(slice_cut(&rest, ':'), "iam") &&
           slice_cut(&rest, ':').len == 0 && account_id_make(slice_cut(&rest, ':'), &account) &&
           slice_skip(&rest, "role/") &&
           is_role_path(rest) && slice_copy(text, arn->text, sizeof arn->text);
}

struct account_id role_arn_account(const struct role_arn *arn)
{
    struct account_id account = {""};
    struct slice rest = slice_of(arn->text);
    for (unsigned i = 0; i < 4; i++)
        (void)slice_cut(&rest, ':');
    (void)account_id_make(slice_cut(&rest, ':'), &account);
    return account;
}

bool external_id_make(struct slice text, struct external_id *id)
{
    return text.len >= 2 && slice_only_alnum_or(text, "_+=,.@:/-") && slice_copy(text, id->text, sizeof id->text);
}

bool session_name_make(struct slice text, struct session_name *name)
{
    return text.len >= 2 && slice_only_alnum_or(text, "_+=,.@-") && slice_copy(text, name->text, sizeof name->text);
}

static bool has_control(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] < ' ' || text.at[i] == 0x7f)
            return true;
    return false;
}

bool tag_make(struct slice text, struct tag *tag)
{
    struct tag made;
    struct slice value = text;
    struct slice key = slice_cut(&value, '=');
    if (key.len == 0 || key.len == text.len || has_control(text) || !slice_copy(key, made.key, sizeof made.key) ||
        !slice_copy(value, made.value, sizeof made.value))
        return false;
    *tag = made;
    return true;
}

bool tag_eq(const struct tag *a, const struct tag *b)
{
    return strcmp(a->key, b->key) == 0 && strcmp(a->value, b->value) == 0;
}

struct mac mac_make(const uint8_t octets[6])
{
    struct mac mac;
    (void)format_text(mac.text, sizeof mac.text, "%02x:%02x:%02x:%02x:%02x:%02x", octets[0], octets[1], octets[2], octets[3],
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

bool label_alias(const struct label *interface, unsigned number, struct label *alias)
{
    struct label made;
    struct buf b = BUF_OF(made.text);
    buf_putf(&b, "%s:%u", interface->text, number);
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

static bool v4_make(struct slice text, uint8_t octets[4])
{
    for (int i = 0; i < 4; i++) {
        bool last = i == 3;
        uint64_t octet;
        if (!last && !holds(text, '.'))
            return false;
        struct slice part = last ? text : slice_cut(&text, '.');
        if ((part.len > 1 && part.at[0] == '0') || !slice_u64(part, 255, &octet))
            return false;
        octets[i] = (uint8_t)octet;
    }
    return true;
}

/* One to four hexadecimal digits of either case. */
static bool group_make(struct slice text, uint8_t octets[2])
{
    unsigned group = 0;
    if (text.len < 1 || text.len > 4)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = ascii_lower(text.at[i]);
        if (!is_hex_lower(c))
            return false;
        group = group << 4 | (unsigned)(ascii_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    octets[0] = (uint8_t)(group >> 8);
    octets[1] = (uint8_t)(group & 255);
    return true;
}

/* Groups with colons between them, or none at all; where the address ends, the last two may be a dotted quad. */
static bool groups_make(struct slice text, bool ends, uint8_t octets[16], size_t *size)
{
    *size = 0;
    for (bool more = text.len > 0; more;) {
        more = holds(text, ':');
        struct slice part = slice_cut(&text, ':');
        if (ends && !more && *size <= 12 && v4_make(part, octets + *size))
            *size += 4;
        else if (*size <= 14 && group_make(part, octets + *size))
            *size += 2;
        else
            return false;
    }
    return true;
}

/* What stands before "::", or all; the rest follows it. */
static struct slice gap_cut(struct slice *rest, bool *gap)
{
    struct slice text = *rest;
    size_t at = 0;
    while (at + 1 < text.len && !(text.at[at] == ':' && text.at[at + 1] == ':'))
        at++;
    *gap = at + 1 < text.len;
    *rest = *gap ? slice_make(text.at + at + 2, text.len - at - 2) : slice_make("", 0);
    return *gap ? slice_make(text.at, at) : text;
}

/* "::" stands for one group of zeros at least. */
static bool v6_make(struct slice text, uint8_t octets[16])
{
    uint8_t before[16], after[16];
    size_t before_size, after_size;
    bool gap;
    struct slice head = gap_cut(&text, &gap);
    if (!groups_make(head, !gap, before, &before_size) || !groups_make(text, true, after, &after_size))
        return false;
    if (gap ? before_size + after_size > 14 : before_size != 16)
        return false;
    memset(octets, 0, 16);
    memcpy(octets, before, before_size);
    memcpy(octets + 16 - after_size, after, after_size);
    return true;
}

bool ip_make(struct slice text, struct ip *ip)
{
    struct ip made = {.size = holds(text, ':') ? 16 : 4};
    if (!(made.size == 16 ? v6_make(text, made.octets) : v4_make(text, made.octets)))
        return false;
    *ip = made;
    return true;
}

bool ip_is_v6(struct ip ip)
{
    return ip.size == 16;
}

bool ip_eq(struct ip a, struct ip b)
{
    return a.size == b.size && memcmp(a.octets, b.octets, sizeof a.octets) == 0;
}

uint8_t ip_bits(struct ip ip)
{
    return (uint8_t)(8 * ip.size);
}

static unsigned group_at(const struct ip *ip, size_t i)
{
    return (unsigned)(ip->octets[2 * i] << 8 | ip->octets[2 * i + 1]);
}

/* The longest run of two zero groups or more, the first of several; none: both are 8. */
static void gap_find(const struct ip *ip, size_t *from, size_t *to)
{
    *from = *to = 8;
    for (size_t i = 0; i < 8; i++) {
        size_t end = i;
        while (end < 8 && group_at(ip, end) == 0)
            end++;
        if (end - i >= 2 && end - i > *to - *from) {
            *from = i;
            *to = end;
        }
    }
}

static void v6_put(struct buf *b, const struct ip *ip)
{
    size_t from, to;
    gap_find(ip, &from, &to);
    for (size_t i = 0; i < 8; i++) {
        if (i == from)
            buf_puts(b, "::");
        if (i < from || i >= to)
            buf_putf(b, "%s%x", i > 0 && i != to ? ":" : "", group_at(ip, i));
    }
}

static void ip_put(struct buf *b, struct ip ip)
{
    if (ip_is_v6(ip))
        v6_put(b, &ip);
    else
        buf_putf(b, "%u.%u.%u.%u", ip.octets[0], ip.octets[1], ip.octets[2], ip.octets[3]);
}

/* The bits of byte `i` that belong to the prefix. */
static uint8_t mask_of(uint8_t prefix, size_t i)
{
    size_t before = 8 * i;
    size_t bits = prefix <= before ? 0 : prefix - before < 8 ? prefix - before : 8;
    return (uint8_t)(0xFF00 >> bits);
}

struct cidr cidr_around(struct ip ip, uint8_t prefix)
{
    for (size_t i = 0; i < sizeof ip.octets; i++)
        ip.octets[i] &= mask_of(prefix, i);
    return (struct cidr){ip, prefix};
}

bool cidr_make(struct slice text, struct cidr *cidr)
{
    struct slice rest = text;
    struct slice address = slice_cut(&rest, '/');
    struct ip ip;
    uint64_t prefix;
    if (address.len == text.len || (rest.len > 1 && rest.at[0] == '0') || !ip_make(address, &ip) || !slice_u64(rest, ip_bits(ip), &prefix))
        return false;
    *cidr = cidr_around(ip, (uint8_t)prefix);
    return true;
}

struct ip cidr_last(struct cidr cidr)
{
    for (size_t i = 0; i < cidr.base.size; i++)
        cidr.base.octets[i] |= (uint8_t)~mask_of(cidr.prefix, i);
    return cidr.base;
}

bool cidr_has(struct cidr outer, struct ip ip)
{
    return ip_eq(cidr_around(ip, outer.prefix).base, outer.base);
}

bool cidr_within(struct cidr inner, struct cidr outer)
{
    return inner.prefix >= outer.prefix && cidr_has(outer, inner.base);
}

bool cidr_eq(struct cidr a, struct cidr b)
{
    return a.prefix == b.prefix && ip_eq(a.base, b.base);
}

static void cidr_put(struct buf *b, struct cidr cidr)
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
