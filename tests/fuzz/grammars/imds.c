/* imds: the metadata service's lists, and what is told of a list of prefixes: each in its one form, a line each. */
#include "../grammar.h"

#include "aws/imds.h"

static bool tell(struct pieces *in, struct buf *out)
{
    struct slice body = pieces_all(in);
    struct vpc_cidrs cidrs;
    struct err v4 = {0}, v6 = {0};
    bool is_v6 = imds_cidrs_decode(body, true, &cidrs, &v6);
    if (!is_v6 && !imds_cidrs_decode(body, false, &cidrs, &v4))
        return refused(out, &v4);
    claim(cidrs.count >= 1 && cidrs.count <= LIMIT_VPC_CIDRS);
    for (size_t i = 0; i < cidrs.count; i++) {
        claim(ip_is_v6(cidrs.at[i].base) == is_v6);
        buf_puts(out, cidr_text(cidrs.at[i]).text);
        buf_putc(out, '\n');
    }
    return true;
}

/* A role or token that is taken is one when it is asked again, alone, and fits where it goes. */
static void check(struct slice input)
{
    struct role_name role, again;
    struct imds_token token, same;
    struct err e = {0};
    if (imds_role_decode(input, &role, &e))
        claim(strlen(role.text) <= 64 && imds_role_decode(slice_of(role.text), &again, &e) && strcmp(role.text, again.text) == 0);
    e = (struct err){0};
    if (imds_token_decode(input, &token, &e))
        claim(token.reveal[0] && imds_token_decode(slice_of(token.reveal), &same, &e) && strcmp(token.reveal, same.reveal) == 0);
}

const struct grammar grammar_imds = {"imds", .is_own = true, tell, check};
