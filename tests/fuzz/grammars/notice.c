/* notice: proc(5)'s stat of a process, and what is told of it: a line with the fields that matter, the others 0. */
#include "../grammar.h"

#include "app/front/notice.c"

static bool tell(struct pieces *in, struct buf *out)
{
    uint64_t process, parent, started;
    struct err e = {0};
    if (!stat_decode(pieces_all(in), &process, &parent, &started)) {
        (void)err_set(&e, ERR_USAGE, "no process that still runs");
        return refused(out, &e);
    }
    claim(process <= 0x3FFFFF && parent <= 0x3FFFFF && started <= UINT64_MAX >> 24);
    buf_putf(out, "%llu () S %llu 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 %llu", (unsigned long long)process, (unsigned long long)parent,
             (unsigned long long)started);
    return true;
}

/* Words of a cluster manager: one for here or away is carried out by the verb that it stands for. */
static void check(struct slice input)
{
    static struct options o;
    struct err e = {0};
    o.word_count = 0;
    for (struct slice rest = input; rest.len > 0 && o.word_count < LIMIT_WORDS;)
        o.words[o.word_count++] = slice_cut(&rest, ' ');
    for (size_t i = o.word_count; i < LIMIT_WORDS; i++)
        o.words[i] = slice_of("");
    claim(notice_take(&o, &e) == (o.notice != NOTICE_NONE));
    claim((o.verb == VERB_RELEASE) == (o.notice == NOTICE_AWAY));
}

const struct grammar grammar_notice = {"notice", .is_own = true, tell, check};
