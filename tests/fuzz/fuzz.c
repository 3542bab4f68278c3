/* fuzz: what libFuzzer and AFL++ call with each input, for the GRAMMAR that it is built with; and what holds of all of them. */
#include "grammar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What an input means, cut so; NUL-terminated. */
struct told {
    bool taken;
    size_t len;
    char text[GRAMMAR_TOLD];
};

static void tell(struct slice input, size_t first, size_t size, struct told *told)
{
    struct pieces in = {input, first, size, NULL};
    struct buf out = BUF_OF(told->text);
    told->taken = GRAMMAR.tell(&in, &out);
    free(in.copy);
    (void)buf_text(&out);
    claim(!out.full);
    told->len = out.len;
}

static bool is_same(const struct told *a, const struct told *b)
{
    return a->taken == b->taken && a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* FNV-1a: the input itself chooses where it is cut, so that one that fails does so again. */
static size_t chosen(struct slice input, size_t salt)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < input.len; i++)
        hash = (hash ^ (unsigned char)input.at[i]) * 16777619u;
    return 1 + (hash >> (8 * salt)) % (input.len + 1);
}

static void cut_otherwise(struct slice input, const struct told *whole)
{
    static struct told other;
    tell(input, 1, 1, &other);
    claim(is_same(whole, &other));
    tell(input, chosen(input, 0), chosen(input, 1), &other);
    claim(is_same(whole, &other));
}

static void told_again(const struct told *whole)
{
    static struct told other;
    tell(slice_make(whole->text, whole->len), whole->len, 1, &other);
    claim(is_same(whole, &other));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct told whole;
    struct slice input = slice_make((const char *)data, size);
    if (size > GRAMMAR_INPUT)
        return 0;
    tell(input, input.len, 1, &whole);
    if (GRAMMAR.in_pieces)
        cut_otherwise(input, &whole);
    if (GRAMMAR.is_own && whole.taken)
        told_again(&whole);
    if (GRAMMAR.check)
        GRAMMAR.check(input);
    return 0;
}
