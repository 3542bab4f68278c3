/*
 * value: the validated words of the program. A value of these types has passed its pattern, so whoever holds one
 * may put it into a request, a path or an error as it is.
 *
 * Layer: base, pure.
 * Trust: every `_make` takes untrusted bytes, is total, and leaves the value untouched when it answers false.
 * Each id is a struct of its own, so that an ENI cannot be passed where a route table is meant.
 */
#ifndef BASE_VALUE_H
#define BASE_VALUE_H

#include "base/limits.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* type, prefix: the prefix, then 8 to 17 lower-case hexadecimal digits, as EC2 makes its resource ids */
#define RESOURCE_IDS(X)    \
    X(eni_id, "eni-")      \
    X(table_id, "rtb-")    \
    X(vpc_id, "vpc-")      \
    X(subnet_id, "subnet-") \
    X(instance_id, "i-")

#define X(type, prefix)                                   \
    struct type {                                         \
        char text[28];                                    \
    };                                                    \
    bool type##_make(struct slice text, struct type *id); \
    bool type##_eq(const struct type *a, const struct type *b);
RESOURCE_IDS(X)
#undef X

/* An AWS region's name: two to four groups of lower-case letters, then a number ("eu-central-1", "us-gov-west-1"). */
struct region {
    char text[32];
};
bool region_make(struct slice text, struct region *region);

/* An AWS account: 12 digits. */
struct account_id {
    char text[13];
};
bool account_id_make(struct slice text, struct account_id *id);
bool account_id_eq(const struct account_id *a, const struct account_id *b);

/* The name of an IAM role: 1 to 64 of letters, digits and +=,.@_- */
struct role_name {
    char text[65];
};
bool role_name_make(struct slice text, struct role_name *role);

/* "arn:PARTITION:iam::ACCOUNT:role/PATH/NAME"; of a path's characters only those that a name may have too. */
struct role_arn {
    char text[LIMIT_ROLE_ARN + 1];
};
bool role_arn_make(struct slice text, struct role_arn *arn);
/* The account that the role is of. */
struct account_id role_arn_account(const struct role_arn *arn);

/* What the owner of a role asks for beside the right caller: 2 to 1224 of letters, digits and _+=,.@:/- */
struct external_id {
    char text[LIMIT_EXTERNAL_ID + 1];
};
bool external_id_make(struct slice text, struct external_id *id);

/* What a role's session is called: 2 to 64 of letters, digits and _+=,.@- */
struct session_name {
    char text[65];
};
bool session_name_make(struct slice text, struct session_name *name);

/* "KEY=VALUE", parted at the first '=': a key of 1 to 128 bytes, a value of up to 256, no control bytes. */
struct tag {
    char key[LIMIT_TAG_KEY + 1];
    char value[LIMIT_TAG_VALUE + 1];
};
bool tag_make(struct slice text, struct tag *tag);
bool tag_eq(const struct tag *a, const struct tag *b);

/* A MAC address as the metadata service writes it: six pairs of lower-case hexadecimal digits and colons. */
struct mac {
    char text[18];
};
struct mac mac_make(const uint8_t octets[6]);

/* An interface name or alias label of Linux: 1 to 15 bytes of printable ASCII, no blank, no '/', not "." or "..". */
struct label {
    char text[LIMIT_LABEL];
};
bool label_make(struct slice text, struct label *label);
/* The part of a label before its colon, or all of it. */
struct label label_interface(const struct label *label);
/* "IFACE:NUMBER"; false when that is too long for the kernel. */
bool label_alias(const struct label *interface, unsigned number, struct label *alias);
bool label_eq(const struct label *a, const struct label *b);

/* An IP address of either family; all zero it is none. */
struct ip {
    uint8_t size;       /* in bytes: 4 of IPv4, 16 of IPv6 */
    uint8_t octets[16]; /* in network byte order; what is beyond its size is zero */
};
/*
 * IPv4: strict dotted quad: four decimal numbers, no leading zero (RFC 6943, section 3.1.1, "strict"). IPv6: any of the
 * three forms of RFC 4291, section 2.2, with such a quad in the third; no zone.
 */
bool ip_make(struct slice text, struct ip *ip);
bool ip_is_v6(struct ip ip);
bool ip_eq(struct ip a, struct ip b);
/* 32 or 128. */
uint8_t ip_bits(struct ip ip);

/* A prefix of either family; bits of `base` below the prefix are zero. */
struct cidr {
    struct ip base;
    uint8_t prefix; /* 0 to ip_bits() */
};
/* "ADDRESS/N"; bits below the prefix are cleared, as EC2 itself does (RFC 4632; RFC 4291, section 2.3). */
bool cidr_make(struct slice text, struct cidr *cidr);
struct cidr cidr_around(struct ip ip, uint8_t prefix);
/* The address in it whose bits below the prefix are all one. */
struct ip cidr_last(struct cidr cidr);
/* What is of the other family is in none. */
bool cidr_has(struct cidr outer, struct ip ip);
bool cidr_within(struct cidr inner, struct cidr outer);
bool cidr_eq(struct cidr a, struct cidr b);

/* Text of an address or prefix for a formatter: `ip_text(ip).text`. IPv6 in the one form of RFC 5952, section 4, as AWS writes it. */
struct cidr_text {
    char text[LIMIT_ADDRESS_TEXT];
};
struct cidr_text ip_text(struct ip ip);
struct cidr_text cidr_text(struct cidr cidr);

struct proxy;

/* Where requests go: scheme, host and port (RFC 6454, section 4). */
struct origin {
    char host[256]; /* a DNS name in lower case, an IPv4 address, or an IPv6 address without brackets */
    uint16_t port;
    bool tls;       /* https, else http */
    bool given;     /* named by the operator, so loopback and link-local addresses are meant */
    char address[LIMIT_ADDRESS_TEXT]; /* one that it has, for when its name cannot be looked up; empty: none is known */
    const struct proxy *proxy; /* what it is reached through, and then resolved by; NULL: directly */
};

/* Whom a connection to it is made to: its proxy, or itself. */
const struct origin *origin_hop(const struct origin *origin);

/* An HTTP proxy (RFC 9110, section 3.7), spoken to without TLS. */
struct proxy {
    struct origin origin;
    char reveal[4 * LIMIT_PROXY_USER / 3 + 8]; /* "USER:PASSWORD" in Base64 (RFC 7617), a secret; empty: none */
};

/* A DNS name (RFC 1123, section 2.1) of letters, digits, '-' and '.', 1 to 253 bytes; copied in lower case. */
bool host_name_make(struct slice text, char host[256]);

#endif
