/* config: configuration files, and what is told of one: all that it sets, with the defaults of what it does not. */
#include "../options_put.h"

static void claim_want(const struct want *want)
{
    struct table_id id;
    claim(want->named_count <= LIMIT_NAMED_TABLES && want->tag_count <= LIMIT_TAGS && want->alias.before < LIMIT_VIPS);
    claim(want->named_count == 0 || want->tag_count == 0);
    for (size_t i = 0; i < want->named_count; i++)
        claim(table_id_make(slice_of(want->named[i].text), &id));
}

static bool tell(struct pieces *in, struct buf *out)
{
    static struct options o;
    struct err e = {0};
    memset(&o, 0, sizeof o);
    options_start(&o, false);
    o.verb = o.asked = VERB_ACQUIRE;
    if (!options_take_config(&o, pieces_all(in), &e) || !options_check(&o, &e))
        return refused(out, &e);
    claim(o.deadline_s >= 1 && o.deadline_s <= DEADLINE_MOST_S && o.every_s <= EVERY_MOST_S && o.section_count <= LIMIT_VIPS);
    claim_want(&o.common);
    for (size_t i = 0; i < o.section_count; i++)
        claim_want(&o.sections[i]);
    put_options(out, &o);
    return true;
}

static bool told(struct slice input, struct buf *out)
{
    struct pieces in = {input, input.len, 1, NULL};
    bool taken = tell(&in, out);
    free(in.copy);
    return taken;
}

/* Blanks, blank lines and comments say nothing. */
static void check(struct slice input)
{
    static char text[4 * GRAMMAR_INPUT], plain_text[GRAMMAR_TOLD], padded_text[GRAMMAR_TOLD];
    struct buf b = BUF_OF(text), plain = BUF_OF(plain_text), padded = BUF_OF(padded_text);
    for (struct slice rest = input; rest.len > 0;) {
        buf_puts(&b, "# key = value\n \t");
        buf_put(&b, slice_cut(&rest, '\n'));
        buf_puts(&b, " \n\n");
    }
    if (b.full)
        return;
    bool taken = told(input, &plain);
    claim(told(buf_slice(&b), &padded) == taken && (!taken || slice_eq(buf_slice(&plain), buf_slice(&padded))));
}

const struct grammar grammar_config = {"config", .is_own = true, tell, check};
