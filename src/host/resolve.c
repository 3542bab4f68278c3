#include "host/resolve.h"

#include "base/format.h"
#include "host/child.h"
#include "host/clock.h"
#include "host/process.h"
#include "host/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_US UINT64_C(2000000) /* of one look-up; the C library would take 5 s for each name server and domain */
#define FIRST_US UINT64_C(250000)  /* of its first child; the second has twice as much, the last what is left */
#define CHILDREN 3
#define ATTEMPTS 15 /* with a failure that may pass, a tenth of a second apart */

/* What the child hands back, in one piece: a code of getaddrinfo's, its errno, then the addresses. */
struct answer {
    int error;
    int cause;
    struct address_list list;
};

static bool literal(const char *text, uint16_t port, struct address *address)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address->socket;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address->socket;
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        address->len = sizeof *v4;
    } else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        address->len = sizeof *v6;
    }
    return address->len > 0;
}

/* Trusts getaddrinfo to be slow and nothing else. */
static int look_up(const struct origin *origin, struct addrinfo **found)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG};
    struct timespec pause = {0, 100000000};
    char port[8];
    (void)format_text(port, sizeof port, "%u", origin->port);
    int error = getaddrinfo(origin->host, port, &hints, found);
    for (int attempt = 1; error == EAI_AGAIN && attempt < ATTEMPTS; attempt++) {
        (void)nanosleep(&pause, NULL);
        error = getaddrinfo(origin->host, port, &hints, found);
    }
    return error;
}

static void resolve_in_child(const void *context, int fd)
{
    static const char *const files[] = {"/etc/hosts", "/etc/resolv.conf"};
    struct addrinfo *found = NULL;
    struct answer answer = {0};
    (void)sandbox_drop_all();
    (void)sandbox_deny_files(files, sizeof files / sizeof *files);
    (void)sandbox_limit_resolver();
    answer.error = look_up(context, &found);
    answer.cause = errno;
    for (struct addrinfo *at = found; answer.error == 0 && at && answer.list.count < LIMIT_RESOLVED; at = at->ai_next) {
        struct address *to = &answer.list.at[answer.list.count++];
        memcpy(&to->socket, at->ai_addr, at->ai_addrlen);
        to->len = at->ai_addrlen;
    }
    (void)!write(fd, &answer, sizeof answer);
}

static bool is_possible(const struct address *address)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address->socket;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address->socket;
    if (address->socket.ss_family == AF_INET6)
        return !IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr) && !IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) &&
               !IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr) && !IN6_IS_ADDR_MULTICAST(&v6->sin6_addr) && !IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr);
    uint32_t bits = ntohl(v4->sin_addr.s_addr);
    return address->socket.ss_family == AF_INET && bits >> 24 != 0 && bits >> 24 != 127 && bits >> 16 != 0xA9FE && bits >> 28 < 14;
}

static bool is_address(const struct address *address)
{
    sa_family_t family = address->socket.ss_family;
    return (family == AF_INET && address->len == sizeof(struct sockaddr_in)) ||
           (family == AF_INET6 && address->len == sizeof(struct sockaddr_in6));
}

static bool is_whole(const struct address_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (i == LIMIT_RESOLVED || !is_address(&list->at[i]))
            return false;
    return true;
}

static void keep_possible(struct address_list *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++)
        if (is_possible(&list->at[i]))
            list->at[kept++] = list->at[i];
    list->count = kept;
}

static bool answer_check(const struct origin *origin, struct answer *answer, ssize_t got, struct err *e)
{
    if (got < 0 && process_interrupted())
        return err_set(e, ERR_INTERRUPTED, "a signal asked to end while %s was looked up", origin->host);
    if (got < 0 || answer->error == EAI_AGAIN)
        return err_set(e, ERR_NETWORK, "cannot resolve %s: no name server of /etc/resolv.conf gives an answer within %u s", origin->host,
                       (unsigned)(LIMIT_US / 1000000));
    if (got != (ssize_t)sizeof *answer)
        return err_set(e, ERR_NETWORK, "cannot resolve %s: the child that looks it up ended without an answer", origin->host);
    if (answer->error != 0)
        return err_set(e, ERR_NETWORK, "cannot resolve %s: %s", origin->host,
                       answer->error == EAI_SYSTEM ? strerror(answer->cause) : gai_strerror(answer->error));
    if (!is_whole(&answer->list))
        return err_set(e, ERR_BUG, "the resolver's child gave what is no list of addresses");
    if (!origin->given)
        keep_possible(&answer->list);
    return answer->list.count > 0 ||
           err_set(e, ERR_NETWORK, "%s resolves to an address that no API has; check the name server", origin->host);
}

static bool ask_child(const struct origin *origin, struct child *begun, uint64_t until_us, struct answer *answer, ssize_t *got,
                      struct err *e)
{
    if (begun->pid == 0 && !child_start(begun, resolve_in_child, origin))
        return err_set(e, ERR_NETWORK, "cannot resolve %s: %s", origin->host, strerror(errno));
    *got = child_read(begun, answer, sizeof *answer, until_us, true);
    child_end(begun);
    return true;
}

/* Nothing was said of the name. */
static bool is_passing(const struct answer *answer, ssize_t got)
{
    return got != (ssize_t)sizeof *answer || answer->error == EAI_SYSTEM;
}

/*
 * A query that is lost, or comes while a name server restarts, leaves the C library waiting for longer than there is
 * time: a new child asks again.
 */
static bool ask_children(const struct origin *origin, struct child *begun, uint64_t limit_us, struct answer *answer, ssize_t *got,
                         struct err *e)
{
    for (unsigned nth = 1;; nth++) {
        uint64_t until_us = clock_now_us() + (FIRST_US << (nth - 1));
        bool last = nth == CHILDREN || until_us > limit_us;
        if (!ask_child(origin, begun, last ? limit_us : until_us, answer, got, e))
            return false;
        if (last || !is_passing(answer, *got) || process_interrupted())
            return true;
    }
}

static bool resolve_name(const struct origin *origin, struct child *begun, uint64_t deadline_us, struct address_list *list, struct err *e)
{
    struct answer answer = {0};
    ssize_t got = -1;
    uint64_t limit_us = clock_now_us() + LIMIT_US;
    uint64_t until_us = limit_us < deadline_us ? limit_us : deadline_us;
    if (!ask_children(origin, begun, until_us, &answer, &got, e) || !answer_check(origin, &answer, got, e))
        return false;
    *list = answer.list;
    return true;
}

void resolve_begin(const struct origin *origin, struct child *begun)
{
    struct address ignored;
    if (literal(origin->host, origin->port, &ignored) || !child_start(begun, resolve_in_child, origin))
        begun->pid = 0;
}

bool resolve(const struct origin *origin, struct child *begun, uint64_t deadline_us, struct address_list *list, bool *unresolved,
             struct err *e)
{
    list->count = 1;
    *unresolved = false;
    if (literal(origin->host, origin->port, &list->at[0]) || resolve_name(origin, begun, deadline_us, list, e))
        return true;
    *unresolved = e->kind == ERR_NETWORK && literal(origin->address, origin->port, &list->at[0]);
    if (*unresolved)
        err_clear(e);
    return *unresolved;
}
