/*
 * error: what went wrong, as one kind and one line of text that travels up without a heap.
 *
 * Layer: base, pure.
 * Convention of the whole program: `bool f(inputs, outputs, struct err *e)`; false means that `*e` holds kind and
 * text and that the outputs are untouched or zero. The first cause wins: a later err_set() changes nothing, and
 * callers add what they were doing with err_prefix().
 * Trust: text from a peer enters only through err_printable().
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/limits.h"
#include "base/text.h"

#include <stdbool.h>

/* kind, exit status, meaning: the one table behind the exit status, the final line's word and the manual */
#define ERR_KINDS(X)                                                                              \
    X(OK, 0, "all is as asked")                                                                   \
    X(DIFFERS, 1, "status and dry-run: the VIP is not, or not wholly, here")                      \
    X(USAGE, 2, "an option or the configuration cannot be used; nothing was attempted")           \
    X(NOTPRIMARY, 3, "the guard command said no; no route was written")                           \
    X(BUSY, 4, "another run on this host holds the lock")                                         \
    X(IDENTITY, 5, "the metadata service or the credentials are not usable")                      \
    X(NETWORK, 6, "the API could not be reached, or what answered was not the API")               \
    X(REFUSED, 7, "AWS said no")                                                                  \
    X(THROTTLED, 8, "AWS asked to slow down for longer than the deadline")                        \
    X(PARTIAL, 9, "some route tables point here, some do not")                                    \
    X(UNVERIFIED, 10, "written, but not seen in force before the deadline")                       \
    X(CONFLICT, 11, "another owner appeared after our write")                                     \
    X(IFACE, 12, "the alias could not be set or removed")                                         \
    X(DEADLINE, 13, "the deadline came first")                                                    \
    X(INTERRUPTED, 14, "a signal ended the run before anything was written")                      \
    X(TLS, 15, "the API's identity could not be proved")                                          \
    X(BUG, 70, "a defect of this program or its host; nothing was assumed")

enum err_kind {
#define X(kind, status, meaning) ERR_##kind,
    ERR_KINDS(X)
#undef X
};

struct err {
    enum err_kind kind;
    char text[LIMIT_ERR_TEXT];
};

/* A peer's text, fit for an error or a terminal. */
struct printable {
    char text[LIMIT_UNTRUSTED_TEXT + 4];
};

/* Sets kind and text unless an earlier cause is there already. Always false, so that `return err_set(...)` reads well. */
bool err_set(struct err *e, enum err_kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Puts "doing: " before the text. Always false. */
bool err_prefix(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Forgets the cause: for a caller that has dealt with it. */
void err_clear(struct err *e);
/* The exit status of a kind, 0 to 70. */
int err_status(enum err_kind kind);
/* The kind's word: "NETWORK". */
const char *err_name(enum err_kind kind);
/* What the kind means, in a few words. */
const char *err_meaning(enum err_kind kind);
/* Printable ASCII as it is, every other byte as '?', "..." after LIMIT_UNTRUSTED_TEXT bytes. */
struct printable err_printable(struct slice untrusted);

#endif
