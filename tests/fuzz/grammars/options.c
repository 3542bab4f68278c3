/*
 * options: a command line, a word a line, then a blank line and the environment; what is told of them is a configuration file.
 */
#include "../options_put.h"

#define WORDS 64

struct given {
    char bytes[GRAMMAR_INPUT + 2];
    char *arguments[WORDS + 1];
    int count;
    char *environment[WORDS + 1];
};

/* As a program is given them: strings, each within memory of its own. */
static void give(struct slice input, struct given *g)
{
    struct buf b = BUF_OF(g->bytes);
    size_t variables = 0;
    bool is_environment = false;
    g->count = 0;
    while (input.len > 0) {
        struct slice line = slice_cut(&input, '\n');
        char *at = b.at + b.len;
        if (line.len == 0 && !is_environment) {
            is_environment = true;
            continue;
        }
        line.len = strnlen(line.at, line.len);
        buf_put(&b, line);
        buf_putc(&b, '\0');
        if (is_environment && variables < WORDS)
            g->environment[variables++] = at;
        if (!is_environment && g->count < WORDS)
            g->arguments[g->count++] = at;
    }
    claim(!b.full);
    g->arguments[g->count] = NULL;
    g->environment[variables] = NULL;
}

static bool take(const struct given *g, bool secure, struct options *o, struct err *e)
{
    memset(o, 0, sizeof *o);
    options_start(o, secure);
    return options_take_arguments(o, g->count, g->arguments, e) && options_take_environment(o, g->environment, e) && options_check(o, e);
}

static bool tell(struct pieces *in, struct buf *out)
{
    static struct given g;
    static struct options o;
    struct err e = {0};
    give(pieces_all(in), &g);
    if (!take(&g, false, &o, &e))
        return refused(out, &e);
    claim(o.deadline_s >= 1 && o.deadline_s <= DEADLINE_MOST_S && o.every_s <= EVERY_MOST_S && o.picked_count <= LIMIT_VIPS);
    claim(o.word_count <= LIMIT_WORDS && o.verb < VERB_COUNT && !(o.form != FORM_TABLE && o.watch));
    put_options(out, &o);
    return true;
}

/* Of a caller who is not trusted the environment counts for nothing, and the restricted options are refused. */
static void check(struct slice input)
{
    static struct given g;
    static struct options o;
    static char text[GRAMMAR_TOLD], bare_text[GRAMMAR_TOLD];
    struct buf told = BUF_OF(text), bare = BUF_OF(bare_text);
    struct err e = {0}, other = {0};
    give(input, &g);
    bool taken = take(&g, true, &o, &e);
    claim(!taken || (!o.has_endpoint && !o.has_role && !o.guard[0] && !o.ca_bundle[0] && !o.config_named && !o.common.alias.has_vip &&
                     !o.chain.has_keys && !o.proxy.origin.host[0] && strcmp(o.config, CONFIG_FILE) == 0));
    put_options(&told, &o);
    g.environment[0] = NULL;
    claim(take(&g, true, &o, &other) == taken);
    put_options(&bare, &o);
    claim(slice_eq(buf_slice(&told), buf_slice(&bare)));
}

const struct grammar grammar_options = {"options", .is_own = false, tell, check};
