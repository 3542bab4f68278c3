/*
 * plan: what each route table says of the destination, and what must still be done so that all say "here".
 *
 * Layer: core, pure. The whole decision of an acquisition is here: it is fed with readings of the tables and with the
 * outcomes of writes, and answers for each table what comes next. It makes no request and knows no clock.
 * Meaning: a run is done when nothing is left to do and a reading after the last write has shown it. Readings may be
 * stale: after a write that AWS has confirmed, the target that the table had before is taken for an old picture, and
 * only another one for a foreign owner, and that when a second reading agrees: a single one may be the picture of a still
 * earlier owner. A table that has shown one is not written any more, whatever comes after. No table is written twice unless
 * the first write was not carried out or its outcome is unknown, and then only after a reading (but a missing route is
 * created at once where AWS has just said that there is none to replace); and none more than PLAN_WRITES_MOST times. A
 * route that is there when one was to be created is a foreign owner's, unless it is the one that was there before.
 * Limits: LIMIT_TABLES.
 */
#ifndef CORE_PLAN_H
#define CORE_PLAN_H

#include "aws/ec2.h"
#include "base/error.h"
#include "base/value.h"

#include <stdbool.h>
#include <stddef.h>

#define PLAN_WRITES_MOST 4

/*
 * Whom a route may be taken from. The owner of a table is the target of its static route, dead or alive, else of its
 * propagated one; without either it is nobody. A table that says here, or whose dead route is ours, is taken from no one,
 * so it passes; a target that is no ENI cannot be named, so it never does. One table that would be written but may not be
 * stops the writes of all. It holds at the latest reading: EC2 has no condition for a write, and the table may be another's
 * when that comes.
 */
struct plan_owners {
    bool limited; /* else from whoever has it */
    bool nobody;
    size_t count;
    struct eni_id at[LIMIT_OWNERS];
};

/* What one table says. */
#define PLAN_SAYS(X)                                                                        \
    X(HERE, "here")                                                                         \
    X(ELSEWHERE, "elsewhere")                                                               \
    X(NOWHERE, "nowhere")                                                                   \
    X(BLACKHOLE, "blackhole")     /* our or another target that is not alive */             \
    X(PROPAGATED, "propagated")   /* only by a propagated route, which a static one overrides */ \
    X(EDGE, "edge")               /* a gateway's table: not ours to write */                \
    X(AMBIGUOUS, "ambiguous")     /* two routes to one destination: no sense to be made */  \
    X(GONE, "gone")               /* seen before, not any more */

enum plan_says {
#define X(says, word) PLAN_##says,
    PLAN_SAYS(X)
#undef X
};
const char *plan_says_word(enum plan_says says);

/* What comes next for one table. */
enum plan_next {
    PLAN_NOTHING,  /* it says here, or is none of ours */
    PLAN_REPLACE,
    PLAN_CREATE,
    PLAN_LOOK,     /* written, and not seen in force yet; or another owner was seen, but not twice in a row */
    PLAN_CONFLICT, /* written, and now another owner is there: two readings in a row agree */
    PLAN_KEEP,     /* it may not be taken from its owner */
    PLAN_FAILED,   /* refused for good; plan_why() says why */
};

struct plan_row {
    struct ec2_table seen;   /* the latest reading */
    enum plan_says says;
    bool named;              /* by the operator: a missing route is created whatever the policy */
    bool gone;               /* not in the latest reading */
    bool was_here;           /* in an earlier reading */
    bool contested;          /* a reading has shown another owner where we had written, or had tried to */
    bool had_route;          /* in some reading: a route that vanishes under us is missed, not skipped */
    bool written;            /* a write of ours is known, or was seen, to have been carried out */
    bool confirmed;          /* AWS has said so: a reading that shows it is no older picture */
    unsigned alike;          /* readings in a row, up to the latest that had it, that told the same of it */
    bool lost;               /* a write's answer was lost: it may have been carried out */
    bool undone;             /* a write was not carried out, but may be repeated */
    bool unknown;            /* only a reading can tell; there has been none since */
    bool wants_create;       /* AWS said that there is no route to replace, whatever a reading shows */
    bool wants_replace;      /* AWS said that there is one already, whatever a reading shows */
    unsigned writes;         /* that were, or may have been, carried out or answered */
    char before[48];         /* the target that our latest write found; empty for none */
    bool failed;             /* a write failed, for good */
};

struct plan {
    /* What is wanted. */
    struct vpc_id vpc;
    struct eni_id eni;
    struct cidr destination;
    bool create_missing; /* in every table, not only in those named */
    struct plan_owners allowed_owners; /* whom it may be taken from */
    /* What is known. */
    unsigned readings;
    bool seen_stale;        /* a reading after a write showed an older state: one good reading is then not enough */
    unsigned good_readings; /* in a row, that left nothing to do */
    size_t count;
    struct plan_row at[LIMIT_TABLES];
    struct err why[LIMIT_TABLES]; /* its last write failed, was lost or was not carried out; apart, as that is seldom and they are large */
};

struct plan_tally {
    size_t selected; /* tables that are to say here */
    size_t here;
    size_t to_write;
    size_t to_look;  /* those in doubt included */
    size_t in_doubt; /* the latest reading shows another owner there, and the one before does not agree */
    size_t conflicts; /* those to keep included */
    size_t failed;
    size_t skipped;  /* edge tables, and those without a route when none is to be created */
    size_t written;
};

void plan_start(struct plan *p, const struct vpc_id *vpc, const struct eni_id *eni, struct cidr destination, bool create_missing);
/* The VIP is taken from whoever has it, unless this is said after the start. */
void plan_allow_owners(struct plan *p, const struct plan_owners *allowed);
/* Announces a table that the operator named. */
void plan_name(struct plan *p, const struct table_id *id);
/*
 * Takes in a reading of all selected tables. REFUSED when the first one lacks a table that was named, or shows that it
 * belongs to another VPC or to a gateway.
 */
bool plan_see(struct plan *p, const struct ec2_tables *tables, struct err *e);
enum plan_next plan_next(const struct plan *p, const struct plan_row *row);
/* Whether the row is one that is to say here. */
bool plan_selects(const struct plan *p, const struct plan_row *row);
struct plan_tally plan_count(const struct plan *p);
/* Every selected table says here. */
bool plan_is_done(const struct plan_tally *tally);
/*
 * And readings enough, one after the other, have shown it: two where one may be an old picture, since an older one came before or
 * since not all that is here was brought by a write that AWS has confirmed.
 */
bool plan_is_settled(const struct plan *p);

/* A write is about to be sent. */
void plan_writing(struct plan_row *row);
/* Its answer was lost, or was a failure of AWS's own, as `why` says: only a reading can tell. */
void plan_lost(struct plan *p, struct plan_row *row, const struct err *why);
/* It was not sent after all, nor was anything else, as `why` says: what the latest reading shows still counts. */
void plan_put_off(struct plan *p, struct plan_row *row, const struct err *why);
/* It was not carried out, as `why` says, and may be repeated once a reading has shown that nobody else came meanwhile. */
void plan_undone(struct plan *p, struct plan_row *row, const struct err *why);
/* It was refused, as `why` says, and no look can cure that. */
void plan_failed(struct plan *p, struct plan_row *row, const struct err *why);
/* It was answered otherwise. */
void plan_answered(struct plan_row *row, enum query_answer answer);

/* Where the selected tables, all of them, send the destination. */
enum plan_place {
    PLAN_PLACE_UNKNOWN, /* they differ, or one of them leads nowhere, or there is none */
    PLAN_PLACE_HERE,
    PLAN_PLACE_ELSEWHERE, /* to other targets that are alive */
};
enum plan_place plan_place(const struct plan *p);

/* Why a row could not be brought here, where an error tells; else NULL, and what it says is all that is known. */
const struct err *plan_why(const struct plan *p, const struct plan_row *row);

#define PLAN_NOBODY "nobody"
#define PLAN_SEVERAL "several targets"
/* Whose the table is: a target's id, printable, or PLAN_NOBODY. */
const char *plan_owner_of(const struct plan_row *row);
/* The target that the selected tables agree on, printable; PLAN_NOBODY, or PLAN_SEVERAL when they differ. */
const char *plan_owner(const struct plan *p);

#endif
