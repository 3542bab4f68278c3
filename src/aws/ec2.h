/*
 * ec2: the few calls of the EC2 Query API that moving a route, and checking beforehand that it can be, take: form bodies out,
 * route tables and answers in.
 *
 * Layer: aws, pure.
 * Specification: EC2 API Reference, version 2016-11-15.
 * Trust: a reply is untrusted; see query.h. Ids must match their pattern. Of a route to elsewhere what stands behind its destination
 * need only be XML.
 */
#ifndef AWS_EC2_H
#define AWS_EC2_H

#include "aws/query.h"
#include "base/error.h"
#include "base/text.h"
#include "base/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a table's route to the destination says. A state that is not "active" never counts as alive. */
struct ec2_route {
    bool present;
    bool alive;
    bool filtered; /* one that AWS has shut off */
    struct eni_id eni; /* empty when the target is no ENI */
    char target[48];   /* the target's id for people, printable: "eni-...", "tgw-...", "local" */
};

struct ec2_table {
    struct table_id id;
    struct vpc_id vpc;
    struct account_id owner;       /* empty: it does not say */
    char name[LIMIT_NAME_TAG + 1]; /* the Name tag, UTF-8 without what no terminal should get; empty when there is none */
    bool edge;                     /* associated with a gateway: it refuses destinations outside the VPC */
    bool ambiguous;                /* it showed two static routes to the one destination */
    struct ec2_route route;        /* the static route */
    struct ec2_route propagated;   /* a route that a gateway propagates; a static one wins over it */
};

struct ec2_tables {
    size_t count;
    struct ec2_table at[LIMIT_TABLES];
};

/* Which tables: those named, or all of the VPC that have all the tags. */
struct ec2_selection {
    struct vpc_id vpc;
    size_t named;
    const struct table_id *names;
    size_t tagged;
    const struct tag *tags;
};

/* DescribeRouteTables; `page` is the NextToken of the page before, or empty. */
void ec2_put_describe_tables(struct buf *b, const struct ec2_selection *which, struct slice page);

enum ec2_write { EC2_REPLACE_ROUTE, EC2_CREATE_ROUTE, EC2_DELETE_ROUTE };
/* `eni` is not used for a deletion. */
void ec2_put_write(struct buf *b, enum ec2_write write, const struct table_id *table, struct cidr destination,
                   const struct eni_id *eni);
/*
 * The same as a dry run, which asks whether the caller may do it. It begins with "DryRun=true", so that no part of it is
 * a write.
 */
void ec2_put_dry_run(struct buf *b, enum ec2_write write, const struct table_id *table, struct cidr destination, const struct eni_id *eni);

/* DescribeNetworkInterfaces of one. */
void ec2_put_describe_interface(struct buf *b, const struct eni_id *eni);
/* DescribeSubnets of the VPC, and DescribeRouteTables once more, of all of it: which subnet follows which table. */
void ec2_put_describe_subnets(struct buf *b, const struct vpc_id *vpc, struct slice page);
void ec2_put_describe_associations(struct buf *b, const struct vpc_id *vpc, struct slice page);

/* ModifyNetworkInterfaceAttribute: its source/destination check off; or a dry run of that. */
void ec2_put_no_check(struct buf *b, const struct eni_id *eni);
void ec2_put_no_check_dry_run(struct buf *b, const struct eni_id *eni);

struct ec2_interface {
    struct instance_id instance; /* that it is attached to; empty: none */
    bool source_dest_check;      /* on: AWS drops what is sent to another address than its own */
};

struct ec2_subnet {
    struct subnet_id id;
    struct cidr cidr;      /* of size 0: it has none of IPv4; */
    struct cidr cidr_v6;   /* none of IPv6 */
    uint64_t free;         /* addresses of IPv4 that nobody has */
    struct table_id table; /* that it is associated with; empty: it follows the VPC's main one */
    bool is_of_open_table; /* the decoder's own state */
};

/* Its CIDR of that one's family, which may be none. */
struct cidr ec2_subnet_like(const struct ec2_subnet *subnet, struct cidr one);

struct ec2_subnets {
    size_t count;
    struct ec2_subnet at[LIMIT_SUBNETS];
    struct table_id main; /* the VPC's main table; empty while it is not known */
};

/* The decoder of a write's reply. It is small, as there are hundreds of them in a run, and each page of memory costs time. */
struct ec2_write_reply {
    struct query_reply query; /* first, so that it leads back to the whole */
    bool returned;            /* <return>true</return> */
    char text[LIMIT_UNTRUSTED_TEXT + 1]; /* of an element: as much of a message as is shown, and one byte more */
};

void ec2_write_reply_start(struct ec2_write_reply *r, enum ec2_write write);
void ec2_write_reply_start_no_check(struct ec2_write_reply *r);
/* Whether a dry run was answered with: it would have been carried out. */
bool ec2_write_reply_permits(const struct ec2_write_reply *r);

/* The decoder of what tells something. */
struct ec2_reply {
    struct query_reply query; /* first, so that it leads back to the whole */

    /* Where a listing goes, given at the start. */
    struct ec2_tables *tables;
    size_t tables_before; /* how many there were before this page */
    struct buf *next_page;
    struct cidr destination;
    /* Of the others, NULL but where they were asked for. */
    struct ec2_interface *interface;
    struct eni_id eni;
    struct ec2_subnets *subnets;
    size_t subnets_before; /* as many as there were before this page */
    struct ec2_subnets *followers;

    /* The decoder's own state. */
    bool is_eni;     /* the interface that was asked for */
    bool tells_check;
    bool matches;
    bool is_propagated;
    bool is_name_tag;
    char tag_value[LIMIT_NAME_TAG + 1];
    bool is_main;
    struct ec2_route route;
    struct ec2_table table;
    struct ec2_subnet subnet;
    char text[LIMIT_PAGE_TOKEN + 1]; /* of an element: the longest that is believed, and one byte more */
};

/* A listing appends to `tables`, whose routes are those to `destination`, and puts the token of the next page into `next_page`. */
void ec2_reply_start_tables(struct ec2_reply *r, struct cidr destination, struct ec2_tables *tables, struct buf *next_page);
/* A reply without `eni`, or without its check, is NETWORK. */
void ec2_reply_start_interface(struct ec2_reply *r, const struct eni_id *eni, struct ec2_interface *interface);
/* These listings append, too: subnets, and then the tables that they are associated with to those subnets. */
void ec2_reply_start_subnets(struct ec2_reply *r, struct ec2_subnets *subnets, struct buf *next_page);
void ec2_reply_start_associations(struct ec2_reply *r, struct ec2_subnets *subnets, struct buf *next_page);

#endif
