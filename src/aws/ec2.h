/*
 * ec2: the few calls of the EC2 Query API that moving a route takes: form bodies out, route tables and answers in.
 *
 * Layer: aws, pure.
 * Specification: EC2 API Reference, version 2016-11-15.
 * Trust: a reply is untrusted. It is decoded as it arrives; an element counts only at its own path, under the root that
 * the action has; order of elements does not matter, unknown elements are passed over, what may be there once is there
 * once, ids must match their pattern.
 */
#ifndef AWS_EC2_H
#define AWS_EC2_H

#include "base/error.h"
#include "base/text.h"
#include "base/value.h"
#include "wire/xml.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a table's route to the destination says. A state that is not "active" never counts as alive. */
struct ec2_route {
    bool present;
    bool alive;
    struct eni_id eni; /* empty when the target is no ENI */
    char target[48];   /* the target's id for people, printable: "eni-...", "tgw-...", "local" */
};

struct ec2_table {
    struct table_id id;
    struct vpc_id vpc;
    char name[LIMIT_NAME_TAG + 1]; /* the Name tag, printable; empty when there is none */
    bool edge;                     /* associated with a gateway: it refuses destinations outside the VPC */
    bool ambiguous;                /* it showed two static routes to the one destination */
    struct ec2_route route;        /* the static route */
    struct ec2_route propagated;   /* a route that a gateway propagates; a static one wins over it */
};

struct ec2_tables {
    size_t count;
    struct ec2_table at[LIMIT_TABLES];
};

/* Which tables: those named, or all of the VPC. */
struct ec2_selection {
    struct vpc_id vpc;
    size_t named;
    const struct table_id *names;
};

/* DescribeRouteTables; `page` is the NextToken of the page before, or empty. */
void ec2_put_describe_tables(struct buf *b, const struct ec2_selection *which, struct slice page);

enum ec2_write { EC2_REPLACE_ROUTE, EC2_CREATE_ROUTE, EC2_DELETE_ROUTE };
/* `eni` is not used for a deletion. */
void ec2_put_write(struct buf *b, enum ec2_write write, const struct table_id *table, struct cidr destination,
                   const struct eni_id *eni);

/* What an answer means for the one who asked. */
enum ec2_answer {
    EC2_DONE,         /* carried out */
    EC2_NO_ROUTE,     /* there is no such route to replace or delete */
    EC2_ROUTE_EXISTS, /* there is such a route already */
    EC2_THROTTLED,    /* not carried out: too many requests */
    EC2_UNAUTHENTIC,  /* not carried out: keys, token or clock */
    EC2_PASSING,      /* AWS's own failure: it may have been carried out */
    EC2_REFUSED,      /* not carried out, and asking again would not help */
};

/* The decoder of one reply. */
struct ec2_reply {
    /* Results. */
    char code[64];                          /* of an error; empty when there was none */
    char message[LIMIT_UNTRUSTED_TEXT + 4]; /* of an error, printable */
    bool returned;                          /* <return>true</return> */

    /* Where a listing goes, given at the start; NULL for a write. */
    struct ec2_tables *tables;
    struct buf *next_page;
    struct cidr destination;

    /* The decoder's own state. */
    const char *action;
    bool garbled;
    uint8_t place[LIMIT_XML_DEPTH + 1];
    uint32_t inside[LIMIT_XML_DEPTH + 1]; /* a bit for each place seen in the open element of that depth */
    bool matches;
    bool is_propagated;
    bool is_name_tag;
    char tag_value[LIMIT_NAME_TAG + 1];
    struct ec2_route route;
    struct ec2_table table;
    struct xml xml;
};

void ec2_reply_start_write(struct ec2_reply *r, enum ec2_write write);
/* The same write once more, after a reply that did not come or was no success. */
void ec2_reply_restart_write(struct ec2_reply *r);
/* A listing appends to `tables`, whose routes are those to `destination`, and puts the token of the next page into `next_page`. */
void ec2_reply_start_tables(struct ec2_reply *r, struct cidr destination, struct ec2_tables *tables, struct buf *next_page);
/* Body bytes as they arrive. With `status` 200 what is not the XML expected is NETWORK; an error's body may be anything. */
bool ec2_reply_take(struct ec2_reply *r, unsigned status, struct slice body, struct err *e);
/* After the body's end. NETWORK when a reply with status 200 is not whole. */
bool ec2_reply_end(struct ec2_reply *r, unsigned status, enum ec2_answer *answer, struct err *e);
/* Puts an answer other than DONE into words: status, code, message, and what to do where that is known. Always false. */
bool ec2_explain(const struct ec2_reply *r, unsigned status, enum ec2_answer answer, struct err *e);

#endif
