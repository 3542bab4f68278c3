/* cidr: prefixes and addresses of both families, and what is told of one: its one form in words. */
#include "../grammar.h"

#include "base/value.h"

static bool tell(struct pieces *in, struct buf *out)
{
    struct slice text = pieces_all(in);
    struct cidr cidr;
    struct ip ip;
    struct err e = {0};
    if (ip_make(text, &ip)) {
        buf_puts(out, ip_text(ip).text);
        return true;
    }
    if (!cidr_make(text, &cidr)) {
        (void)err_set(&e, ERR_USAGE, "neither an address nor a prefix");
        return refused(out, &e);
    }
    claim(cidr.prefix <= ip_bits(cidr.base) && cidr_has(cidr, cidr.base) && cidr_has(cidr, cidr_last(cidr)));
    claim(cidr_within(cidr, cidr) && cidr_eq(cidr, cidr_around(cidr_last(cidr), cidr.prefix)));
    buf_puts(out, cidr_text(cidr).text);
    return true;
}

const struct grammar grammar_cidr = {"cidr", .is_own = true, tell, NULL};
