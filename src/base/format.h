/*
 * format: text from a format, as snprintf(3) writes it, of what the program has to say: `%d %u %x %c %s %%`, with `-`, or `0`
 * before what has no sign, a width, a precision of strings (also `*`), and `l`, `ll` or `z`.
 *
 * Layer: base, pure. The C library's own brings floating point along, a twentieth of the whole program. Trust: the formats are
 * ours, and the compiler checks them; of any other conversion nothing but a `?` is written.
 */
#ifndef BASE_FORMAT_H
#define BASE_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* NUL-terminates what fits into `cap`, if that is not 0; the length of it all, so that who calls can tell what did not. */
size_t format_text(char *to, size_t cap, const char *format, ...) __attribute__((format(printf, 3, 4)));
size_t format_args(char *to, size_t cap, const char *format, va_list args) __attribute__((format(printf, 3, 0)));

#endif
