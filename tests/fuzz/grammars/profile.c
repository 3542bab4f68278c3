/* profile: the files that the SDKs share, and what is told of the profile "one": its keys in a file of their own. */
#include "../grammar.h"

#include "aws/chain.h"
#include "aws/profile.h"

static bool tell(struct pieces *in, struct buf *out)
{
    static const char *const names[] = {
#define X(key, name) name,
        PROFILE_KEYS(X)
#undef X
    };
    struct profile profile;
    struct err e = {0};
    if (!profile_find(pieces_all(in), PROFILE_CREDENTIALS_FILE, slice_of("one"), &profile, &e))
        return refused(out, &e);
    buf_puts(out, profile.present ? "[one]\n" : "");
    for (size_t i = 0; i < PROFILE_KEY_COUNT; i++) {
        claim(profile.present || !profile.value[i].at);
        if (!profile.value[i].at)
            continue;
        buf_putf(out, "%s = ", names[i]);
        buf_put(out, profile.value[i]);
        buf_putc(out, '\n');
    }
    return true;
}

/* What leads to keys: whatever the two files say, what comes of it is within its bounds. */
static void check(struct slice input)
{
    static struct chain_environment env;
    static struct chain chain;
    struct err e = {0};
    memset(&chain, 0, sizeof chain);
    env.profile = slice_of("one");
    if (!chain_find(&env, input, input, &chain, &e)) {
        char why[LIMIT_ERR_TEXT];
        struct buf b = BUF_OF(why);
        (void)refused(&b, &e);
        return;
    }
    claim(chain.role_count <= LIMIT_ROLES && chain.source <= CHAIN_INSTANCE);
    for (size_t i = 0; i < chain.role_count; i++) {
        struct role_arn arn;
        claim(role_arn_make(slice_of(chain.roles[i].arn.text), &arn));
    }
}

const struct grammar grammar_profile = {"profile", .is_own = true, tell, check};
