/*
 * tell: what the program's own readers make of an input, for oracles of another make. A line in, "GRAMMAR HEX"; a line out,
 * "taken HEX" or "refused HEX": what the input means, or why it is refused. Two more "grammars" are of what it writes:
 * "encoded" of any text, and "signed" of a request's host, region, service, keys, time and body.
 */
#include "grammar.h"

#include "aws/sigv4.h"
#include "wire/uri.h"

static bool tell_encoded(struct pieces *in, struct buf *out)
{
    uri_put_encoded(out, pieces_all(in));
    return true;
}

/* A line each, the body last. */
static bool tell_signed(struct pieces *in, struct buf *out)
{
    struct slice rest = pieces_all(in), key[3];
    struct origin origin = {.tls = true, .port = 443};
    char region[32], service[32];
    struct credentials c;
    struct err e = {0};
    uint64_t utc_s;
    claim(slice_copy(slice_cut(&rest, '\n'), origin.host, sizeof origin.host));
    claim(slice_copy(slice_cut(&rest, '\n'), region, sizeof region) && slice_copy(slice_cut(&rest, '\n'), service, sizeof service));
    for (size_t i = 0; i < 3; i++)
        key[i] = slice_cut(&rest, '\n');
    claim(slice_u64(slice_cut(&rest, '\n'), INT64_MAX, &utc_s));
    if (!credentials_make(key[0], key[1], key[2], &c, &e))
        return refused(out, &e);
    sigv4_put_post(out, &origin, (struct sigv4_scope){region, service}, &c, (int64_t)utc_s, rest);
    return true;
}

static const struct grammar encoded = {.name = "encoded", .tell = tell_encoded}, signed_ = {.name = "signed", .tell = tell_signed};

static const struct grammar *const grammars[] = {
    &encoded,
    &signed_,
#define X(name) &grammar_##name,
    GRAMMARS(X)
#undef X
};

static const struct grammar *grammar_of(const char *name)
{
    for (size_t i = 0; i < sizeof grammars / sizeof *grammars; i++)
        if (strcmp(grammars[i]->name, name) == 0)
            return grammars[i];
    (void)fprintf(stderr, "tell: no grammar '%s'\n", name);
    exit(2);
}

static void answer(const struct grammar *grammar, struct slice input)
{
    static char told[GRAMMAR_TOLD], hex[2 * GRAMMAR_TOLD + 1];
    struct pieces in = {input, input.len, 1, NULL};
    struct buf out = BUF_OF(told), text = BUF_OF(hex);
    bool taken = grammar->tell(&in, &out);
    free(in.copy);
    claim(!out.full);
    buf_put_hex(&text, out.at, out.len);
    (void)printf("%s %s\n", taken ? "taken" : "refused", buf_text(&text));
    (void)fflush(stdout);
}

int main(void)
{
    static char line[2 * GRAMMAR_INPUT + 64], bytes[GRAMMAR_INPUT];
    while (fgets(line, sizeof line, stdin)) {
        char *space = strchr(line, ' ');
        claim(space && strchr(space, '\n'));
        *space = '\0';
        answer(grammar_of(line), slice_make(bytes, unhex(space + 1, bytes, sizeof bytes)));
    }
    return 0;
}
