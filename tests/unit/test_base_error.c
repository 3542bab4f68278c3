/* error: the table of kinds, the first cause wins, texts are bounded, a peer's text is made printable. */
#include "support.h"

/* --- The table of kinds is a contract with scripts and the manual (design, section 7) */

struct kind {
    const char *name;
    enum err_kind kind;
    int status;
    enum severity severity;
};

static const struct kind kinds[] = {
    {"OK", ERR_OK, 0, SEVERITY_INFO},
    {"DIFFERS", ERR_DIFFERS, 1, SEVERITY_NOTICE},
    {"USAGE", ERR_USAGE, 2, SEVERITY_ERROR},
    {"NOTPRIMARY", ERR_NOTPRIMARY, 3, SEVERITY_WARNING},
    {"BUSY", ERR_BUSY, 4, SEVERITY_WARNING},
    {"IDENTITY", ERR_IDENTITY, 5, SEVERITY_ERROR},
    {"NETWORK", ERR_NETWORK, 6, SEVERITY_ERROR},
    {"REFUSED", ERR_REFUSED, 7, SEVERITY_ERROR},
    {"THROTTLED", ERR_THROTTLED, 8, SEVERITY_ERROR},
    {"PARTIAL", ERR_PARTIAL, 9, SEVERITY_ERROR},
    {"UNVERIFIED", ERR_UNVERIFIED, 10, SEVERITY_WARNING},
    {"CONFLICT", ERR_CONFLICT, 11, SEVERITY_ERROR},
    {"IFACE", ERR_IFACE, 12, SEVERITY_ERROR},
    {"DEADLINE", ERR_DEADLINE, 13, SEVERITY_ERROR},
    {"INTERRUPTED", ERR_INTERRUPTED, 14, SEVERITY_WARNING},
    {"TLS", ERR_TLS, 15, SEVERITY_ERROR},
    {"BUG", ERR_BUG, 70, SEVERITY_CRITICAL},
};

static void test_kind(void **state)
{
    const struct kind *row = *state;
    assert_string_equal(err_name(row->kind), row->name);
    assert_int_equal(err_status(row->kind), row->status);
    assert_int_equal(err_severity(row->kind), row->severity);
    assert_true(strlen(err_meaning(row->kind)) > 0);
    assert_true(strlen(err_cure(row->kind)) > 0);
    assert_string_not_equal(err_meaning(row->kind), err_cure(row->kind));
}

static void every_kind_is_tested(void **state)
{
    (void)state;
#define X(...) +1
    assert_int_equal(COUNT(kinds), 0 ERR_KINDS(X));
#undef X
}

/* --- Setting and prefixing */

static void set_answers_false_and_holds_kind_and_text(void **state)
{
    (void)state;
    struct err e = {0};
    assert_false(err_set(&e, ERR_REFUSED, "HTTP %d %s", 403, "Denied"));
    assert_int_equal(e.kind, ERR_REFUSED);
    assert_string_equal(e.text, "HTTP 403 Denied");
}

static void the_first_cause_wins(void **state)
{
    (void)state;
    struct err e = {0};
    (void)err_set(&e, ERR_TLS, "first");
    assert_false(err_set(&e, ERR_DEADLINE, "second"));
    assert_int_equal(e.kind, ERR_TLS);
    assert_string_equal(e.text, "first");
}

static void a_cleared_error_takes_a_new_cause(void **state)
{
    (void)state;
    struct err e = {0};
    (void)err_set(&e, ERR_TLS, "first");
    err_clear(&e);
    assert_int_equal(e.kind, ERR_OK);
    assert_string_equal(e.text, "");
    (void)err_set(&e, ERR_DEADLINE, "second");
    assert_int_equal(e.kind, ERR_DEADLINE);
    assert_string_equal(e.text, "second");
}

static void prefixes_stand_before_the_text_and_keep_the_kind(void **state)
{
    (void)state;
    struct err e = {0};
    (void)err_set(&e, ERR_REFUSED, "HTTP 403");
    assert_false(err_prefix(&e, "page %d", 2));
    assert_false(err_prefix(&e, "verify"));
    assert_string_equal(e.text, "verify: page 2: HTTP 403");
    assert_int_equal(e.kind, ERR_REFUSED);
}

/* --- Bounds. A text of `len` letters goes in; the first LIMIT_ERR_TEXT - 1 bytes of what is meant must be there. */

struct bound {
    const char *name;
    size_t prefix; /* 0 for none */
    size_t text;
};

static const struct bound bounds[] = {
    {"a text one below the limit", 0, LIMIT_ERR_TEXT - 2},
    {"a text at the limit", 0, LIMIT_ERR_TEXT - 1},
    {"a text one above the limit is cut", 0, LIMIT_ERR_TEXT},
    {"prefix and text together one below the limit", 100, LIMIT_ERR_TEXT - 104},
    {"prefix and text together at the limit", 100, LIMIT_ERR_TEXT - 103},
    {"prefix and text together one above the limit: the text's end is cut", 100, LIMIT_ERR_TEXT - 102},
    {"a prefix that leaves room for one byte of text", LIMIT_ERR_TEXT - 4, 5},
    {"a prefix that leaves room for the colon only", LIMIT_ERR_TEXT - 3, 5},
};

static void test_bound(void **state)
{
    const struct bound *row = *state;
    char letters[2 * LIMIT_ERR_TEXT];
    char meant[3 * LIMIT_ERR_TEXT];
    struct err e = {0};
    memset(letters, 'x', sizeof letters);
    (void)err_set(&e, ERR_NETWORK, "%.*s", (int)row->text, letters);
    if (row->prefix > 0)
        (void)err_prefix(&e, "%.*s", (int)row->prefix, letters);

    struct buf b = BUF_OF(meant);
    buf_putf(&b, "%.*s%s%.*s", (int)row->prefix, letters, row->prefix > 0 ? ": " : "", (int)row->text, letters);
    size_t kept = b.len < LIMIT_ERR_TEXT - 1 ? b.len : LIMIT_ERR_TEXT - 1;
    assert_slice(slice_of(e.text), slice_make(meant, kept));
}

/* A prefix longer than the room leaves no half colon and no byte beyond the array (the sanitizer watches that). */
static void a_prefix_longer_than_the_room_is_cut(void **state)
{
    (void)state;
    char letters[2 * LIMIT_ERR_TEXT];
    memset(letters, 'x', sizeof letters);
    for (size_t len = LIMIT_ERR_TEXT - 2; len <= LIMIT_ERR_TEXT + 2; len++) {
        struct err e = {0};
        (void)err_set(&e, ERR_NETWORK, "text");
        (void)err_prefix(&e, "%.*s", (int)len, letters);
        assert_in_range(strlen(e.text), LIMIT_ERR_TEXT - 2, LIMIT_ERR_TEXT - 1);
        assert_memory_equal(e.text, letters, LIMIT_ERR_TEXT - 2);
    }
}

/* --- err_printable (fault 66) */

struct printable_row {
    const char *name;
    struct input untrusted;
    struct input printed;
};

static const struct printable_row printables[] = {
    {"the empty text", INPUT(""), INPUT("")},
    {"first and last printable byte", INPUT(" aZ09~"), INPUT(" aZ09~")},
    {"controls below and DEL above them", INPUT("\x1f|\x7f|\x80|\xff"), INPUT("?|?|?|?")},
    {"NUL does not end it", INPUT("a\0b"), INPUT("a?b")},
    {"a terminal's escape sequence", INPUT("\x1b[31mred\r\n"), INPUT("?[31mred??")},
    {"UTF-8, byte by byte", INPUT("\xc3\xa9"), INPUT("??")},
    {"a percent sign is no format", INPUT("%s%n"), INPUT("%s%n")},
    {"one below the limit", LONG_INPUT("", "x", LIMIT_UNTRUSTED_TEXT - 1, ""), LONG_INPUT("", "x", LIMIT_UNTRUSTED_TEXT - 1, "")},
    {"at the limit", LONG_INPUT("", "x", LIMIT_UNTRUSTED_TEXT, ""), LONG_INPUT("", "x", LIMIT_UNTRUSTED_TEXT, "")},
    {"one above the limit", LONG_INPUT("", "x", LIMIT_UNTRUSTED_TEXT + 1, ""), LONG_INPUT("", "x", LIMIT_UNTRUSTED_TEXT, "...")},
    {"a megabyte", LONG_INPUT("", "\n", 1 << 20, ""), LONG_INPUT("", "?", LIMIT_UNTRUSTED_TEXT, "...")},
};

static void test_printable(void **state)
{
    const struct printable_row *row = *state;
    struct slice untrusted = input_make(&row->untrusted);
    struct slice printed = input_make(&row->printed);
    struct printable out = err_printable(untrusted);
    assert_slice(slice_of(out.text), printed);
    slice_free(untrusted);
    slice_free(printed);
}

/* It takes the place of another one, and is cut where there is no room; what happened stays. */
static void advice_is_what_to_do(void **state)
{
    (void)state;
    struct err bare = {ERR_IFACE, "it is down"}, advised = {ERR_IFACE, "it is down; look"}, full = {.kind = ERR_IFACE};
    assert_false(err_advise(&bare, "ip link set %s up", "eth0"));
    assert_string_equal(bare.text, "it is down; ip link set eth0 up");
    assert_false(err_advise(&advised, "wait"));
    assert_string_equal(advised.text, "it is down; wait");
    for (size_t len = LIMIT_ERR_TEXT - 4; len < LIMIT_ERR_TEXT; len++) {
        memset(full.text, 'x', len);
        full.text[len] = '\0';
        (void)err_advise(&full, "wait");
        assert_in_range(strlen(full.text), len, LIMIT_ERR_TEXT - 1);
        assert_int_equal(full.text[len - 1], 'x');
    }
}

static void a_text_without_a_cure_gets_that_of_its_kind(void **state)
{
    (void)state;
    char text[LIMIT_ERR_TEXT];
    struct err bare = {ERR_THROTTLED, "slow down"}, whole = {ERR_THROTTLED, "slow down; wait"};
    struct buf b = BUF_OF(text);
    err_put(&b, &bare);
    assert_string_equal(buf_text(&b), "slow down; run it again, with a longer --deadline");
    b = BUF_OF(text);
    err_put(&b, &whole);
    assert_string_equal(buf_text(&b), "slow down; wait");
}

int main(void)
{
    static struct suite suite;
    SUITE_ROWS(&suite, test_kind, kinds);
    SUITE_TEST(&suite, every_kind_is_tested);
    SUITE_TEST(&suite, set_answers_false_and_holds_kind_and_text);
    SUITE_TEST(&suite, the_first_cause_wins);
    SUITE_TEST(&suite, a_cleared_error_takes_a_new_cause);
    SUITE_TEST(&suite, prefixes_stand_before_the_text_and_keep_the_kind);
    SUITE_ROWS(&suite, test_bound, bounds);
    SUITE_TEST(&suite, a_prefix_longer_than_the_room_is_cut);
    SUITE_ROWS(&suite, test_printable, printables);
    SUITE_TEST(&suite, advice_is_what_to_do);
    SUITE_TEST(&suite, a_text_without_a_cure_gets_that_of_its_kind);
    return suite_run(&suite, "base/error");
}
