/*
 * text: bytes with a length. `struct slice` looks at bytes that somebody else keeps; `struct buf` appends to memory
 * of a fixed size and remembers when it did not suffice.
 *
 * Layer: base, pure. No function here reads past a slice or writes past a buffer, and none needs a NUL.
 * Lifetime: a slice lives no longer than the bytes that it looks at.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slice {
    const char *at;
    size_t len;
};

struct buf {
    char *at;
    size_t len;
    size_t cap;
    bool full; /* something did not fit; what is there is a prefix, to be thrown away */
};

#define BUF_OF(array) ((struct buf){.at = (array), .len = 0, .cap = sizeof(array), .full = false})

/* A NUL-terminated string as a slice; NULL gives the empty slice. */
struct slice slice_of(const char *string);
struct slice slice_make(const char *at, size_t len);
bool slice_eq(struct slice a, struct slice b);
bool slice_is(struct slice s, const char *string);
/* The same without regard to ASCII case. */
bool slice_is_nocase(struct slice s, const char *string);
bool slice_starts(struct slice s, const char *prefix);
/* Takes `prefix` off the front; false, and nothing taken, where it does not stand there. */
bool slice_skip(struct slice *s, const char *prefix);
/* Without blanks and tabs at both ends. */
struct slice slice_trim(struct slice s);
/* Without any of `blanks` there. */
struct slice slice_trim_of(struct slice s, const char *blanks);
/* Takes everything before the first `separator` off the front of `*rest`, and the separator with it; all when there is none. */
struct slice slice_cut(struct slice *rest, char separator);
/* Decimal digits only, no sign, at most `most`. */
bool slice_u64(struct slice s, uint64_t most, uint64_t *value);
/* Copies into a NUL-terminated array; false, and nothing written, when it does not fit or holds a NUL. */
bool slice_copy(struct slice s, char *to, size_t cap);
/* Every byte satisfies isalnum() in ASCII or stands in `others`; the empty slice does. */
bool slice_only_alnum_or(struct slice s, const char *others);

bool ascii_is_digit(char c);
bool ascii_is_alnum(char c);
char ascii_lower(char c);

void buf_put(struct buf *b, struct slice s);
void buf_puts(struct buf *b, const char *string);
void buf_putc(struct buf *b, char c);
void buf_put_u64(struct buf *b, uint64_t value);
/* The text, then blanks up to `width` bytes. */
void buf_put_padded(struct buf *b, const char *text, size_t width);
/* Bytes as lower-case hexadecimal. */
void buf_put_hex(struct buf *b, const void *bytes, size_t len);
void buf_putf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct slice buf_slice(const struct buf *b);
/* NUL-terminates and returns the text; the buffer keeps one byte for it by counting as full one byte early. */
const char *buf_text(struct buf *b);

/* What ends a word for so many: "s", but nothing for one. */
const char *plural(size_t count);

/* Overwrites memory that held a secret; the compiler may not remove it. */
void wipe(void *at, size_t len);
/* The same for a text as long as it is: memory beyond is not touched. */
void wipe_text(char *text);

#endif
