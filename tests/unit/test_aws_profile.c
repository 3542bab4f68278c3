/* profile: what a shared file says of a profile, and what makes it none. Whatever the bytes, only bytes of the file come out. */
#include "mutate.h"
#include "support.h"

#include "aws/profile.h"

static struct profile p;
static struct err e;

static const char *const keys[] = {
#define X(key, name) name,
    PROFILE_KEYS(X)
#undef X
};

struct row {
    const char *name;
    enum profile_file file;
    const char *profile;
    struct input input;
    const char *expected; /* "KEY=VALUE," each, or "none"; of what is refused, a part of why */
    bool refused;
};

#define CREDENTIALS PROFILE_CREDENTIALS_FILE
#define CONFIG PROFILE_CONFIG_FILE

static const struct row rows[] = {
    {"empty", CREDENTIALS, "default", INPUT(""), "none", false},
    {"no value", CREDENTIALS, "default", INPUT("[default]\n"), "", false},
    {"as most are", CREDENTIALS, "default", INPUT("[default]\naws_access_key_id = AKIA\naws_secret_access_key=SECRET\n"),
     "aws_access_key_id=AKIA,aws_secret_access_key=SECRET,", false},
    {"without a last line end", CREDENTIALS, "default", INPUT("[default]\nregion=eu-west-1"), "region=eu-west-1,", false},
    {"CR LF", CREDENTIALS, "default", INPUT("[default]\r\nregion=eu-west-1\r\n\r\n"), "region=eu-west-1,", false},
    {"a colon", CREDENTIALS, "default", INPUT("[default]\nregion : eu-west-1\n"), "region=eu-west-1,", false},
    {"the first of both parts", CREDENTIALS, "default", INPUT("[default]\nrole_arn = a:b=c\n"), "role_arn=a:b=c,", false},
    {"capitals", CREDENTIALS, "default", INPUT("[default]\nAWS_Access_Key_ID = AKIA\n"), "aws_access_key_id=AKIA,", false},
    {"an empty value is there", CREDENTIALS, "default", INPUT("[default]\nregion =\n"), "region=,", false},
    {"an empty value at the end", CREDENTIALS, "default", INPUT("[default]\nregion ="), "region=,", false},
    {"a comment", CREDENTIALS, "default", INPUT("# a\n; b = c\n[default]\n  # region = x\nregion = y # z\n"), "region=y # z,", false},
    {"other keys", CREDENTIALS, "default", INPUT("[default]\noutput = json\nregion2 = x\n"), "", false},
    {"indented all alike", CREDENTIALS, "default", INPUT("[default]\n  region = x\n  role_arn = y\n"), "role_arn=y,region=x,", false},
    {"less and less indented", CREDENTIALS, "default", INPUT("[default]\n    region = x\n  role_arn = y\n"), "role_arn=y,region=x,", false},
    {"settings of a service", CREDENTIALS, "default", INPUT("[default]\ns3 =\n  region = no\n\n  max = 1\nregion = yes\n"), "region=yes,", false},
    {"a section within a value", CREDENTIALS, "ops", INPUT("[default]\nx = 1\n  [ops]\n  region = no\n"), "none", false},
    {"indented below another section", CREDENTIALS, "ops", INPUT("[default]\nx = 1\n[ops]\n  region = yes\n"), "region=yes,", false},
    {"another section", CREDENTIALS, "ops", INPUT("[default]\nregion = no\n[ops]\nregion = yes\n[other]\nregion = no\n"), "region=yes,", false},
    {"the same key elsewhere", CREDENTIALS, "default", INPUT("[default]\nregion = yes\n[a]\nregion = 1\nregion = 2\n"), "region=yes,", false},
    {"a bracket in a name", CREDENTIALS, "a]b", INPUT("[a]b]\nregion = x\n"), "region=x,", false},
    {"settings of a service by one blank", CREDENTIALS, "default", INPUT("[default]\ns3 =\n region = no\nregion = yes\n"), "region=yes,", false},
    {"text after a header", CREDENTIALS, "default", INPUT("[default] # mine\nregion = x\n"), "region=x,", false},
    {"blanks in a header are of the name", CREDENTIALS, "default", INPUT("[ default ]\nregion = x\n"), "none", false},
    {"'profile' is of the name", CREDENTIALS, "ops", INPUT("[profile ops]\nregion = x\n"), "none", false},
    {"the word 'profile'", CONFIG, "ops", INPUT("[profile ops]\nregion = x\n"), "region=x,", false},
    {"without the word", CONFIG, "ops", INPUT("[ops]\nregion = x\n"), "none", false},
    {"default needs none", CONFIG, "default", INPUT("[default]\nregion = x\n"), "region=x,", false},
    {"default may have one", CONFIG, "default", INPUT("[profile default]\nregion = x\n"), "region=x,", false},
    {"blanks before the name", CONFIG, "ops", INPUT("[profile \t ops ]\nregion = x\n"), "region=x,", false},
    {"quotes", CONFIG, "my ops", INPUT("[profile \"my ops\"]\nregion = x\n"), "region=x,", false},
    {"single quotes", CONFIG, "my ops", INPUT("[profile 'my ops']\nregion = x\n"), "region=x,", false},
    {"quotes around nothing", CONFIG, "\"\"", INPUT("[profile \"\"]\nregion = x\n"), "none", false},
    {"one quote", CONFIG, "\"", INPUT("[profile \"]\nregion = x\n"), "region=x,", false},
    {"a session", CONFIG, "ops", INPUT("[sso-session ops]\nregion = x\n"), "none", false},
    {"a name that begins so", CONFIG, "ops", INPUT("[profiles ops]\nregion = x\n[profile]\nregion = y\n"), "none", false},
    {"no blank behind the word", CONFIG, "ops", INPUT("[profileops]\nregion = x\n"), "none", false},
    {"a long line", CREDENTIALS, "default", LONG_INPUT("[default]\nx = ", "0123456789", 10000, "\nregion = y\n"), "region=y,", false},
    {"NUL in a value", CREDENTIALS, "default", INPUT("[default]\nx = a\0b\nregion = y\n"), "region=y,", false},

    {"a line without a section", CREDENTIALS, "default", INPUT("\nregion = x\n"), "line 2: no section comes before it", true},
    {"a line without a value", CREDENTIALS, "default", INPUT("[default]\nSECRET\n"), "line 2: no 'key = value'", true},
    {"of another section, too", CREDENTIALS, "default", INPUT("[default]\n[a]\nSECRET\n"), "line 3: no 'key = value'", true},
    {"a value without a key", CREDENTIALS, "default", INPUT("[default]\n = SECRET\n"), "line 2: no 'key = value'", true},
    {"a value without a key, and an '=' in it", CREDENTIALS, "default", INPUT("[default]\n=SECRET=\n"), "line 2: no 'key = value'", true},
    {"a header without an end", CREDENTIALS, "default", INPUT("[default\n"), "line 1: no section comes before it", true},
    {"a bracket alone", CREDENTIALS, "default", INPUT("["), "line 1: no section", true},
    {"a header without a name", CREDENTIALS, "default", INPUT("[a]\n[]\n"), "line 2: no 'key = value'", true},
    {"a byte order mark", CREDENTIALS, "default", INPUT("\xef\xbb\xbf[default]\nregion = x\n"), "line 1: no section", true},
    {"a key twice", CREDENTIALS, "default", INPUT("[default]\nregion = x\nregion = x\n"), "line 3: a key that stands twice", true},
    {"a key twice, once empty", CREDENTIALS, "default", INPUT("[default]\nregion =\nRegion = x\n"), "line 3: a key that stands twice", true},
    {"the profile twice", CREDENTIALS, "default", INPUT("[default]\n[a]\n[default]\n"), "line 3: the profile stands there twice", true},
    {"the profile twice, in two ways", CONFIG, "default", INPUT("[default]\n[profile default]\n"), "line 2: the profile stands there twice", true},
    {"a value of two lines", CREDENTIALS, "default", INPUT("[default]\naws_secret_access_key = SEC\n  RET\n"), "line 3: it goes on with a value", true},
};

static void show(struct buf *b)
{
    if (!p.present)
        buf_puts(b, "none");
    for (int i = 0; i < PROFILE_KEY_COUNT; i++)
        if (p.value[i].at) {
            buf_puts(b, keys[i]);
            buf_putc(b, '=');
            buf_put(b, p.value[i]);
            buf_putc(b, ',');
        }
}

static bool find(const struct row *row, struct slice text)
{
    memset(&e, 0, sizeof e);
    return profile_find(text, row->file, slice_of(row->profile), &p, &e);
}

static void test_row(void **state)
{
    const struct row *row = *state;
    char text[4096];
    struct buf b = BUF_OF(text);
    struct slice input = input_make(&row->input);
    bool ok = find(row, input);
    if (row->refused) {
        assert_refused(ok, &e, ERR_IDENTITY, row->expected);
        assert_null(strstr(e.text, "SEC"));
    } else {
        assert_accepted(ok, &e);
        show(&b);
        assert_string_equal(buf_text(&b), row->expected);
    }
    slice_free(input);
}

/* Only bytes of the text come out, and of a profile that is not there none. */
static void check(struct slice text, bool ok)
{
    if (ok != (e.kind == ERR_OK))
        fail_msg("%d, and %s '%s'", ok, err_name(e.kind), e.text);
    for (int i = 0; ok && i < PROFILE_KEY_COUNT; i++) {
        const struct slice *v = &p.value[i];
        if (v->at && (!p.present || v->at < text.at || v->at + v->len > text.at + text.len))
            fail_msg("%s is %zu bytes that are none of the file's", keys[i], v->len);
        if (v->at && v->len > 0 && memchr(v->at, '\n', v->len))
            fail_msg("%s goes on beyond its line", keys[i]);
    }
}

static void test_every_prefix(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice whole = input_make(&rows[i].input);
        for (size_t len = 0; len <= whole.len && len < 200; len++) {
            struct slice text = slice_dup(slice_make(whole.at, len));
            check(text, find(&rows[i], text));
            slice_free(text);
        }
        slice_free(whole);
    }
}

static void test_mutations(void **state)
{
    static struct mutate m;
    (void)state;
    mutate_start(&m);
    MUTATE_ROWS(&m, rows);
    for (size_t i = 0; i < mutate_count(); i++) {
        struct slice text = slice_dup(mutate_next(&m));
        check(text, find(&rows[i % COUNT(rows)], text));
        slice_free(text);
    }
    mutate_end(&m);
}

int main(void)
{
    static struct suite suite;
    SUITE_ROWS(&suite, test_row, rows);
    SUITE_TEST(&suite, test_every_prefix);
    SUITE_TEST(&suite, test_mutations);
    return suite_run(&suite, "aws/profile");
}
