/*
 * world: all that the program can do to, or learn from, its surroundings, as one struct of operations.
 *
 * Layer: base: `app` tells the story in these words, `host` carries them out, and a test scripts them, so that every
 * effect can be made to fail in turn. Nothing above `host` makes a system call of its own.
 * Time: `_us` is a monotonic clock in microseconds that goes on while the host sleeps; deadlines are absolute on it.
 */
#ifndef BASE_WORLD_H
#define BASE_WORLD_H

#include "base/error.h"
#include "base/text.h"
#include "base/value.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One request and its reply. The world calls `put` when a connection is free for it, and `take` with the bytes that
 * come back, in pieces of any size, until `take` says that the reply is complete. The world knows no HTTP.
 */
enum exchange_take {
    EXCHANGE_MORE,  /* the reply goes on */
    EXCHANGE_DONE,  /* complete; the connection may serve another request */
    EXCHANGE_CLOSE, /* complete; the connection must be closed */
    EXCHANGE_BAD,   /* not what was expected; *e says why; the connection is closed */
};

/* What became of it. A write that ended as LOST may or may not have been carried out. */
enum exchange_end {
    EXCHANGE_UNSENT, /* no byte of it left this host */
    EXCHANGE_LOST,   /* sent, at least in part, but no complete reply was understood; err says why */
    EXCHANGE_WHOLE,  /* the reply was taken to its end */
};

struct exchange {
    bool (*put)(struct exchange *self, struct buf *request, struct err *e);
    enum exchange_take (*take)(struct exchange *self, struct slice bytes, struct err *e);
    enum exchange_end end; /* set by the world */
    bool final;            /* set by the world when UNSENT: another attempt would end the same */
    struct err err;        /* set by the world, or by `put` or `take`, unless `end` is WHOLE */
};

/* An address of this host; those that belong to a link alone (fe80::/10) are not among them. */
struct host_address {
    struct label label; /* its label where it has one, as none of IPv6 has, else the interface's name */
    struct ip ip;
    uint8_t prefix;
    bool speaks; /* of IPv6: this host may speak from it, so it is no alias */
};

struct host_addresses {
    size_t count;
    struct host_address at[LIMIT_ADDRESSES];
};

struct host_interface {
    struct mac mac;
    bool up;      /* set up by the administrator */
    bool carrier; /* and with a link */
};

/* What counts when the alias must be added: of this process, and of the program whoever calls it. */
struct host_rights {
    bool may_change_addresses; /* this process, as far as it can tell */
    bool restricted;           /* by no_new_privs since before it began: then no file's capability counts */
    bool nosuid;               /* by the program's file system, with the same effect */
    bool has_file_capability;  /* the program's file has CAP_NET_ADMIN, permitted and effective */
    char program[LIMIT_PATH];  /* its path; empty where it is not known */
};

struct host_file {
    bool exists;
    uint32_t owner;
    uint16_t mode; /* the permission bits */
};

/* How the kernel would deal with a packet of a client's, and with its answer. */
enum host_passage {
    PASSAGE_UNKNOWN, /* the kernel cannot be asked */
    PASSAGE_OPEN,
    PASSAGE_SHUT, /* in: dropped by reverse path filtering; out: no route, or one that drops it */
};

struct host_path {
    enum host_passage in;
    enum host_passage out;
    struct label out_by; /* the interface by which the answer would leave */
    struct ip router;    /* if it is another one: whom the asked one would lead it to; all zero: that is not known */
};

/* When the first connection to the last named origin was begun, was there, and was secured, for the timeline; 0 where it was not. */
struct world_spent {
    uint64_t began_us;
    uint64_t connected_us;
    uint64_t secured_us;
};

/* What a text for people is shown on. */
struct screen {
    size_t columns; /* 0: as long as a line may be, as in a pipe */
    size_t rows;    /* 0: as many as there are */
    bool colours;
    bool utf8;      /* it shows more than ASCII */
    bool redrawn;   /* each picture is drawn over the one before */
};

struct world {
    void *host; /* given back as the first argument of every operation */

    uint64_t (*now_us)(void *host);
    int64_t (*utc_s)(void *host);
    uint32_t (*random)(void *host);
    /* Returns at `until_us`; with `interruptible`, at once when a signal has asked the run to end. */
    void (*wait)(void *host, uint64_t until_us, bool interruptible);
    /* A signal has asked the run to end. */
    bool (*interrupted)(void *host);

    /*
     * So many exchanges with `origin` are to come at once. What they need is begun, to be ready then: its name is looked up;
     * once that is resolved, a connection is opened while others are asked; and further ones while its first answer is awaited.
     * What becomes of it is told when it is needed. Kept by the caller.
     */
    void (*expect)(void *host, const struct origin *origin, size_t count);
    /*
     * Carries out all of `set` at once, over kept-alive connections to `origin`. Returns when each has ended or when
     * `deadline_us` has come; with `interruptible`, also when a signal has asked the run to end. Each exchange says for
     * itself what became of it.
     */
    void (*exchange)(void *host, const struct origin *origin, struct exchange **set, size_t count, uint64_t deadline_us,
                     bool interruptible);
    /*
     * Finds the addresses of `origin` now, and all else that a connection to it needs, so that nothing need be opened for it
     * later. `*unresolved`: its name could not be looked up, and the address that it knows was taken. NETWORK, DEADLINE,
     * INTERRUPTED, BUG.
     */
    bool (*resolve)(void *host, const struct origin *origin, uint64_t deadline_us, bool *unresolved, struct err *e);
    const struct world_spent *(*spent)(void *host);

    /* Those of IPv4 and, only if they are asked for, those of IPv6. */
    bool (*addresses)(void *host, bool ipv6, struct host_addresses *out, struct err *e);
    bool (*interface)(void *host, const struct label *name, struct host_interface *out, struct err *e);
    void (*rights)(void *host, struct host_rights *out);
    void (*file)(void *host, const char *path, struct host_file *out);
    /*
     * Of a packet that comes in by `interface` from `client` to `own`, one of this host's addresses, and of the answer. Of IPv6 the
     * answer's way is known also from an address that the host is yet to have.
     */
    void (*path)(void *host, const struct label *interface, struct ip own, struct ip client, struct host_path *out);
    /* What the firmware says that the machine is, "" where it says nothing. On AWS's Nitro instances it is the instance's id. */
    void (*asset_tag)(void *host, struct buf *tag);
    /* Appends a file's bytes, at most a buffer's; USAGE. What is longer leaves the buffer filled. Not after `seal`. */
    bool (*read_file)(void *host, const char *path, struct buf *text, struct err *e);
    /*
     * Adds `ip` under a label that holds no address, or sets the prefix of the one that holds `ip` already. IPv6 has no
     * labels: it is added to the interface of that name.
     */
    bool (*alias_set)(void *host, const struct label *label, struct ip ip, uint8_t prefix, struct err *e);
    /* Takes down the label, which must contain a colon and hold `ip`; of IPv6, `ip`, from which this host must not speak. */
    bool (*alias_remove)(void *host, const struct label *label, struct ip ip, struct err *e);

    /*
     * One run per host: waits until `until_us` for the end of another's claim and, if it `waits`, of a whole run; else,
     * or then, false with BUSY and the holder's pid, or with INTERRUPTED. A host without a place for the lock goes on
     * without: true, and *none says why there is none; else it is NULL.
     */
    bool (*lock)(void *host, uint64_t until_us, bool waits, const char **none, struct err *e);
    /*
     * The same for a run that looks before it knows whether it will change anything. `lock_watch` keeps no lock:
     * BUSY while another run holds it, else how long ago a whole run took it, 0 where that is not known. `lock_claim` takes
     * it, later: BUSY when another run holds it or has held it in between.
     */
    bool (*lock_watch)(void *host, uint64_t *idle_us, const char **none, struct err *e);
    bool (*lock_claim)(void *host, struct err *e);
    /*
     * Two words that all runs on this host share under this name: 0 at first, and again after a boot. NULL where there is no
     * place for them; without `make` also where no run has made them.
     */
    _Atomic uint64_t *(*shared)(void *host, const char *name, bool make);
    /*
     * Runs the guard command, each time anew: true when it ended with status 0 in its time, else NOTPRIMARY, and it is not run
     * any more. With `interruptible` INTERRUPTED when a signal came meanwhile. True without a guard. `*said` is the status that
     * it ended with, or -1 where it did not, or could not be run.
     */
    bool (*guard)(void *host, uint64_t deadline_us, bool interruptible, int *said, struct err *e);
    /*
     * From here on no file is opened and, unless `changes_alias`, no address changed; the kernel is asked to hold us to it,
     * as far as it can: NULL, or in words what it would not do.
     */
    const char *(*seal)(void *host, bool changes_alias);

    /*
     * For a service, which has only these, the clocks and the signals. A round runs in a process of its own, which
     * leaves `report`: BUG when it has not, be it that it did not begin, ended otherwise, that the deadline came, or a signal.
     */
    bool (*round)(void *host, void *report, size_t size, uint64_t deadline_us, struct err *e);
    /* For who reads: the steps, if any, and how it ended. */
    void (*say)(void *host, struct slice steps, struct slice end, enum err_kind kind);
    /* What it may show pictures on, which may change its size at any time. */
    void (*screen)(void *host, struct screen *screen);
    /* Shows a picture, or lines; false when nobody is there to see it any more. */
    bool (*show)(void *host, struct slice text);
};

#endif
