/*
 * every: all inputs up to a length, one after the other, through what fuzz.c claims of each, under the sanitizers: for the
 * GRAMMAR that it is built with, what a fuzzer only makes likely is proved up to there. It is given of which bytes the inputs
 * are ("*": of any), how many at most, and what stands before them, once this and once that; bytes in hexadecimal.
 */
#include "grammar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct word {
    uint8_t bytes[GRAMMAR_INPUT];
    uint8_t alphabet[256];
    size_t letters;
    unsigned long long count;
};

/* In a block of exactly its size. */
static void try_word(struct word *w, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    if (!copy)
        abort();
    memcpy(copy, w->bytes, len);
    (void)LLVMFuzzerTestOneInput(copy, len);
    free(copy);
    w->count++;
}

static void try_all(struct word *w, size_t at, size_t end)
{
    try_word(w, at);
    for (size_t i = 0; at < end && i < w->letters; i++) {
        w->bytes[at] = w->alphabet[i];
        try_all(w, at + 1, end);
    }
}

static void choose_letters(struct word *w, const char *which)
{
    if (strcmp(which, "*") != 0) {
        w->letters = unhex(which, w->alphabet, sizeof w->alphabet);
        return;
    }
    for (w->letters = 0; w->letters < sizeof w->alphabet; w->letters++)
        w->alphabet[w->letters] = (uint8_t)w->letters;
}

int main(int count, char **arguments)
{
    static struct word w;
    if (count < 4)
        return 2;
    choose_letters(&w, arguments[1]);
    for (int i = 3; i < count; i++) {
        size_t begin = unhex(arguments[i], w.bytes, sizeof w.bytes / 2);
        try_all(&w, begin, begin + (size_t)atoi(arguments[2]));
    }
    (void)printf("%llu\n", w.count);
    return 0;
}
