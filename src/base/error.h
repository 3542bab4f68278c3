/*
 * error: what went wrong, as one kind and one line of text that travels up without a heap.
 *
 * Layer: base, pure.
 * Convention of the whole program: `bool f(inputs, outputs, struct err *e)`; false means that `*e` holds kind and
 * text and that the outputs mean nothing. The first cause wins: a later err_set() changes nothing, and
 * callers add what they were doing with err_prefix().
 * Text: what happened, then, after the one ';', what to do. A text without it is completed with what its kind says.
 * Trust: text from a peer enters only through err_printable(), which lets no ';' through.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/limits.h"
#include "base/text.h"

#include <stdbool.h>

/* kind, exit status, severity in a log, meaning, what to do: the one table behind the exit status, the final line and the manual */
#define ERR_KINDS(X)                                                                                                        \
    X(OK, 0, INFO, "all is as asked", "nothing")                                                                            \
    X(DIFFERS, 1, NOTICE, "status and dry-run: the VIP is not, or not wholly, here; follow: it is not known where",         \
      "run 'mirrorvip acquire' on the host that should have it")                                                            \
    X(USAGE, 2, ERROR, "an option or the configuration cannot be used; nothing was attempted", "see 'mirrorvip help'")      \
    X(NOTPRIMARY, 3, WARNING, "the guard command, or a later notice, said no; no route was written",                        \
      "run it on the primary")                                                                                              \
    X(BUSY, 4, WARNING, "another run on this host holds the lock, or held it a moment ago", "wait for it to end")           \
    X(IDENTITY, 5, ERROR, "the metadata service or the credentials are not usable",                                         \
      "check that IMDSv2 is enabled and an instance profile attached")                                                      \
    X(NETWORK, 6, ERROR, "the API could not be reached, or what answered was not the API",                                  \
      "check name resolution, routes and security groups towards the EC2 endpoint")                                         \
    X(REFUSED, 7, ERROR, "AWS said no", "see what it said")                                                                 \
    X(THROTTLED, 8, ERROR, "AWS asked to slow down for longer than the deadline", "run it again, with a longer --deadline") \
    X(PARTIAL, 9, ERROR, "some route tables point here, some do not", "mend what it names and run it again")                \
    X(UNVERIFIED, 10, WARNING, "written, but not seen in force before the deadline", "run 'mirrorvip status'")              \
    X(CONFLICT, 11, ERROR, "another owner appeared during the run, or --only-if-owner names another",                       \
      "find out which host is primary and run 'mirrorvip acquire' there")                                                   \
    X(IFACE, 12, ERROR, "the alias could not be set or removed", "check the interface with 'ip addr'")                      \
    X(DEADLINE, 13, ERROR, "the deadline came first", "run it again, with a longer --deadline")                             \
    X(INTERRUPTED, 14, WARNING, "a signal ended the run before anything was written", "run it again")                       \
    X(TLS, 15, ERROR, "the API's identity could not be proved", "check this host's clock and --ca-bundle")                  \
    X(BUG, 70, CRITICAL, "a defect of this program or its host; nothing was assumed", "report it with the output of -v")

enum err_kind {
#define X(kind, status, severity, meaning, cure) ERR_##kind,
    ERR_KINDS(X)
#undef X
};

/* As a system's log counts them (RFC 5424, section 6.2.1). */
enum severity { SEVERITY_CRITICAL = 2, SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTICE, SEVERITY_INFO };

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
/* Says what to do, in place of what the text may say of it. Always false. */
bool err_advise(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Forgets the cause: for a caller that has dealt with it. */
void err_clear(struct err *e);
/* The exit status of a kind, 0 to 70. */
int err_status(enum err_kind kind);
/* How much it matters to whoever reads the system's log. */
enum severity err_severity(enum err_kind kind);
/* The kind's word: "NETWORK". */
const char *err_name(enum err_kind kind);
/* What the kind means, in a few words. */
const char *err_meaning(enum err_kind kind);
/* What to do about it, where the text does not say so itself. */
const char *err_cure(enum err_kind kind);
/* Whether the text does. */
bool err_says_cure(const struct err *e);
/* "What happened; what to do": the text, completed where it does not say the latter. */
void err_put(struct buf *b, const struct err *e);
/* Printable ASCII as it is but ';' as ',', every other byte as '?', "..." after LIMIT_UNTRUSTED_TEXT bytes. */
struct printable err_printable(struct slice untrusted);

#endif
