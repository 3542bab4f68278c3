/* purpose: certificates in DER, and what is told of one: whether it may serve as a server's. */
#include "../grammar.h"

#include "wire/purpose.h"

static bool tell(struct pieces *in, struct buf *out)
{
    struct purpose p;
    struct slice piece;
    purpose_start(&p);
    while (pieces_next(in, &piece)) {
        purpose_take(&p, piece);
        claim(p.depth <= PURPOSE_DEPTH);
    }
    buf_puts(out, purpose_serves(&p) ? "serves" : "does not serve");
    return true;
}

const struct grammar grammar_purpose = {"purpose", .in_pieces = true, .is_own = false, tell, NULL};
