/* value: each pattern at its limits, and every refusal leaves the value as it was (faults 61, 72). */
#include "support.h"

#include "base/value.h"

/* --- Words with a pattern: one maker each, all tried in the same way */

struct maker {
    bool (*make)(struct slice text, void *value);
    size_t size;
};

/* Through a function of its own, as a pointer to a function of another type may not be called. */
#define MAKER(type)                                                \
    static bool make_##type(struct slice text, void *value)        \
    {                                                              \
        return type##_make(text, value);                           \
    }                                                              \
    static const struct maker type##_maker = {make_##type, sizeof(struct type)};
MAKER(eni_id)
MAKER(table_id)
MAKER(vpc_id)
MAKER(region)
MAKER(account_id)
MAKER(role_name)
MAKER(role_arn)
MAKER(external_id)
MAKER(instance_id)
MAKER(session_name)
MAKER(tag)
MAKER(label)

static bool make_host(struct slice text, void *value)
{
    return host_name_make(text, value);
}
static const struct maker host_maker = {make_host, 256};

struct word {
    const char *name;
    const struct maker *maker;
    struct input text;
    const char *value; /* NULL when refused */
};

#define X16 "xxxxxxxxxxxxxxxx"
#define X63 X16 X16 X16 "xxxxxxxxxxxxxxx"

static const struct word words[] = {
    {"id: 17 digits, as new ones are", &eni_id_maker, INPUT("eni-0123456789abcdef0"), "eni-0123456789abcdef0"},
    {"id: 8 digits, as old ones are", &table_id_maker, INPUT("rtb-89abcdef"), "rtb-89abcdef"},
    {"id: 9 digits", &vpc_id_maker, INPUT("vpc-89abcdef0"), "vpc-89abcdef0"},
    {"id: 16 digits", &vpc_id_maker, INPUT("vpc-0123456789abcdef"), "vpc-0123456789abcdef"},
    {"id: 7 digits", &eni_id_maker, INPUT("eni-0123456"), NULL},
    {"id: 18 digits", &eni_id_maker, INPUT("eni-0123456789abcdef01"), NULL},
    {"fault 61: 300 bytes", &eni_id_maker, LONG_INPUT("eni-", "0", 296, ""), NULL},
    {"fault 61: the prefix alone", &eni_id_maker, INPUT("eni-"), NULL},
    {"fault 61: no byte", &eni_id_maker, INPUT(""), NULL},
    {"fault 61: less than the prefix", &eni_id_maker, INPUT("en"), NULL},
    {"fault 61: a path", &table_id_maker, INPUT("rtb-../../etc"), NULL},
    {"fault 61: a blank before", &table_id_maker, INPUT(" rtb-89abcdef"), NULL},
    {"fault 61: a blank inside", &table_id_maker, INPUT("rtb-89abc def"), NULL},
    {"fault 61: CR LF after", &table_id_maker, INPUT("rtb-89abcdef\r\n"), NULL},
    {"fault 61: a NUL inside", &table_id_maker, INPUT("rtb-89abcdef\0"), NULL},
    {"fault 61: a byte above ASCII", &table_id_maker, INPUT("rtb-89abcde\xc3\xa9"), NULL},
    {"id: upper-case digits", &table_id_maker, INPUT("rtb-89ABCDEF"), NULL},
    {"id: upper-case prefix", &table_id_maker, INPUT("RTB-89abcdef"), NULL},
    {"id: 'g' is no digit", &table_id_maker, INPUT("rtb-89abcdeg"), NULL},
    {"id: '`', before 'a', is no digit", &table_id_maker, INPUT("rtb-89abcde`"), NULL},
    {"id: another kind's prefix", &table_id_maker, INPUT("eni-89abcdef"), NULL},
    {"id: a parameter of the query smuggled in", &table_id_maker, INPUT("rtb-89abcdef&Action=X"), NULL},

    {"region: as most are", &region_maker, INPUT("us-east-1"), "us-east-1"},
    {"region: first and last letter and digit", &region_maker, INPUT("az-za-09"), "az-za-09"},
    {"region: three words", &region_maker, INPUT("us-gov-west-1"), "us-gov-west-1"},
    {"region: four words", &region_maker, INPUT("a-b-c-d-1"), "a-b-c-d-1"},
    {"region: a number of two digits", &region_maker, INPUT("eu-central-12"), "eu-central-12"},
    {"region: five words", &region_maker, INPUT("a-b-c-d-e-1"), NULL},
    {"region: one word", &region_maker, INPUT("us-1"), NULL},
    {"region: no word", &region_maker, INPUT("1"), NULL},
    {"region: no number", &region_maker, INPUT("us-east-"), NULL},
    {"region: a letter for the number", &region_maker, INPUT("us-east-a"), NULL},
    {"region: an empty word", &region_maker, INPUT("us--1"), NULL},
    {"region: an empty first word", &region_maker, INPUT("-east-1"), NULL},
    {"region: upper case", &region_maker, INPUT("US-EAST-1"), NULL},
    {"region: an availability zone", &region_maker, INPUT("us-east-1a"), NULL},
    {"region: the byte after 'z'", &region_maker, INPUT("us-eas{-1"), NULL},
    {"region: a digit in a word", &region_maker, INPUT("us2-east-1"), NULL},
    {"region: a long word", &region_maker, INPUT("abcdefghijklmnopqrstuvwxyz-a-1"), "abcdefghijklmnopqrstuvwxyz-a-1"},
    {"region: 31 bytes", &region_maker, INPUT("abcdefghijklmn-abcdefghijklmn-1"), "abcdefghijklmn-abcdefghijklmn-1"},
    {"region: 32 bytes", &region_maker, INPUT("abcdefghijklmn-abcdefghijklmn-12"), NULL},
    {"fault 72: a host smuggled in", &region_maker, INPUT("x@evil.com:443/#"), NULL},
    {"fault 72: a host after good words", &region_maker, INPUT("us-east-1.evil.com"), NULL},
    {"fault 72: a fragment after good words", &region_maker, INPUT("us-east-1/#"), NULL},
    {"fault 72: LF after", &region_maker, INPUT("us-east-1\n"), NULL},
    {"fault 72: NUL after", &region_maker, INPUT("us-east-1\0"), NULL},
    {"fault 72: 300 bytes", &region_maker, LONG_INPUT("us-", "e", 295, "-1"), NULL},
    {"fault 72: 300 bytes of words", &region_maker, LONG_INPUT("", "us-", 100, "1"), NULL},
    {"fault 72: empty", &region_maker, INPUT(""), NULL},

    {"role: every byte that IAM allows", &role_name_maker, INPUT("aZ09+=,.@_-"), "aZ09+=,.@_-"},
    {"role: 64 bytes", &role_name_maker, INPUT(X16 X16 X16 X16), X16 X16 X16 X16},
    {"role: 65 bytes", &role_name_maker, INPUT(X16 X16 X16 X16 "x"), NULL},
    {"role: empty", &role_name_maker, INPUT(""), NULL},
    {"role: one byte", &role_name_maker, INPUT("x"), "x"},
    {"role: a path", &role_name_maker, INPUT("a/b"), NULL},
    {"role: a blank", &role_name_maker, INPUT("a b"), NULL},
    {"role: CR LF", &role_name_maker, INPUT("a\r\nX-Evil: 1"), NULL},
    {"role: a query", &role_name_maker, INPUT("a?b"), NULL},
    {"role: NUL", &role_name_maker, INPUT("a\0"), NULL},
    {"role: a byte above ASCII", &role_name_maker, INPUT("\xe9"), NULL},

    {"instance: 17 digits", &instance_id_maker, INPUT("i-0123456789abcdef0"), "i-0123456789abcdef0"},
    {"instance: another resource", &instance_id_maker, INPUT("eni-0123456789abcdef0"), NULL},

    {"account: 12 digits", &account_id_maker, INPUT("012345678901"), "012345678901"},
    {"account: 11 digits", &account_id_maker, INPUT("12345678901"), NULL},
    {"account: 13 digits", &account_id_maker, INPUT("1234567890123"), NULL},
    {"account: a sign", &account_id_maker, INPUT("+12345678901"), NULL},
    {"account: empty", &account_id_maker, INPUT(""), NULL},
    {"account: what a policy would take for any", &account_id_maker, INPUT("************"), NULL},

    {"arn: plain", &role_arn_maker, INPUT("arn:aws:iam::123456789012:role/mirror"), "arn:aws:iam::123456789012:role/mirror"},
    {"arn: a path, another partition", &role_arn_maker, INPUT("arn:aws-us-gov:iam::123456789012:role/a/b.c/mi+rr=or,@-_"),
     "arn:aws-us-gov:iam::123456789012:role/a/b.c/mi+rr=or,@-_"},
    {"arn: empty", &role_arn_maker, INPUT(""), NULL},
    {"arn: cut", &role_arn_maker, INPUT("arn:aws:iam::123456789012:role/"), NULL},
    {"arn: cut before", &role_arn_maker, INPUT("arn:aws:iam::123456789012"), NULL},
    {"arn: a user", &role_arn_maker, INPUT("arn:aws:iam::123456789012:user/mirror"), NULL},
    {"arn: a session", &role_arn_maker, INPUT("arn:aws:sts::123456789012:assumed-role/mirror/i-1"), NULL},
    {"arn: a region", &role_arn_maker, INPUT("arn:aws:iam:eu-west-1:123456789012:role/mirror"), NULL},
    {"arn: 11 digits", &role_arn_maker, INPUT("arn:aws:iam::12345678901:role/mirror"), NULL},
    {"arn: 13 digits", &role_arn_maker, INPUT("arn:aws:iam::1234567890123:role/mirror"), NULL},
    {"arn: a letter in the account", &role_arn_maker, INPUT("arn:aws:iam::12345678901a:role/mirror"), NULL},
    {"arn: another cloud", &role_arn_maker, INPUT("arn:xaws:iam::123456789012:role/mirror"), NULL},
    {"arn: a partition in capitals", &role_arn_maker, INPUT("arn:aws-CN:iam::123456789012:role/mirror"), NULL},
    {"arn: a partition of two words", &role_arn_maker, INPUT("arn:aws cn:iam::123456789012:role/mirror"), NULL},
    {"arn: an empty part", &role_arn_maker, INPUT("arn:aws:iam::123456789012:role/a//mirror"), NULL},
    {"arn: a form", &role_arn_maker, INPUT("arn:aws:iam::123456789012:role/a&Action=x"), NULL},
    {"arn: a path of other bytes", &role_arn_maker, INPUT("arn:aws:iam::123456789012:role/a;b/mirror"), NULL},
    {"arn: LF", &role_arn_maker, INPUT("arn:aws:iam::123456789012:role/mirror\n"), NULL},
    {"arn: NUL", &role_arn_maker, INPUT("arn:aws:iam::123456789012:role/mirror\0"), NULL},
    {"arn: a name of 65", &role_arn_maker, INPUT("arn:aws:iam::123456789012:role/" X16 X16 X16 X16 "x"), NULL},
    {"arn: too long a path", &role_arn_maker, LONG_INPUT("arn:aws:iam::123456789012:role/", "abcdefghi/", 61, "mirror"), NULL},

    {"external id: every kind of byte", &external_id_maker, INPUT("aZ09_+=,.@:/-"), "aZ09_+=,.@:/-"},
    {"external id: two bytes", &external_id_maker, INPUT("ab"), "ab"},
    {"external id: one byte", &external_id_maker, INPUT("a"), NULL},
    {"external id: empty", &external_id_maker, INPUT(""), NULL},
    {"external id: a blank", &external_id_maker, INPUT("a b"), NULL},
    {"external id: ';'", &external_id_maker, INPUT("a;b"), NULL},
    {"external id: NUL", &external_id_maker, INPUT("ab\0"), NULL},
    {"external id: 1225 bytes", &external_id_maker, LONG_INPUT("", "abcde", 245, ""), NULL},

    {"session: every kind of byte", &session_name_maker, INPUT("aZ09_+=,.@-"), "aZ09_+=,.@-"},
    {"session: one byte", &session_name_maker, INPUT("a"), NULL},
    {"session: 64 bytes", &session_name_maker, INPUT(X16 X16 X16 X16), X16 X16 X16 X16},
    {"session: 65 bytes", &session_name_maker, INPUT(X16 X16 X16 X16 "x"), NULL},
    {"session: a slash", &session_name_maker, INPUT("a/b"), NULL},
    {"session: NUL", &session_name_maker, INPUT("ab\0"), NULL},

    /* The key is what is shown of a tag. */
    {"tag: plain", &tag_maker, INPUT("mirrorvip=yes"), "mirrorvip"},
    {"tag: no value", &tag_maker, INPUT("a="), "a"},
    {"tag: blanks and bytes above ASCII", &tag_maker, INPUT("my key \xc3\xa9=x y=z"), "my key \xc3\xa9"},
    {"tag: the longest", &tag_maker, LONG_INPUT(X63 X63 "xx=", "v", 256, ""), X63 X63 "xx"},
    {"tag: too long a key", &tag_maker, INPUT(X63 X63 "xxx=v"), NULL},
    {"tag: too long a value", &tag_maker, LONG_INPUT("a=", "v", 257, ""), NULL},
    {"tag: no key", &tag_maker, INPUT("=v"), NULL},
    {"tag: no '='", &tag_maker, INPUT("mirrorvip"), NULL},
    {"tag: empty", &tag_maker, INPUT(""), NULL},
    {"tag: LF", &tag_maker, INPUT("a=b\nc"), NULL},
    {"tag: NUL", &tag_maker, INPUT("a=b\0"), NULL},
    {"tag: DEL in the key", &tag_maker, INPUT("a\x7f=b"), NULL},

    {"label: an alias", &label_maker, INPUT("eth0:1"), "eth0:1"},
    {"label: one byte", &label_maker, INPUT("x"), "x"},
    {"label: 15 bytes", &label_maker, INPUT("enp0s31f6.10x:1"), "enp0s31f6.10x:1"},
    {"label: 16 bytes", &label_maker, INPUT("enp0s31f6.100x:1"), NULL},
    {"label: empty", &label_maker, INPUT(""), NULL},
    {"label: this directory", &label_maker, INPUT("."), NULL},
    {"label: the parent directory", &label_maker, INPUT(".."), NULL},
    {"label: three dots are a name", &label_maker, INPUT("..."), "..."},
    {"label: a path", &label_maker, INPUT("../eth0"), NULL},
    {"label: a blank", &label_maker, INPUT("eth 0"), NULL},
    {"label: a blank first", &label_maker, INPUT(" eth0"), NULL},
    {"label: first and last printable byte", &label_maker, INPUT("!~"), "!~"},
    {"label: LF", &label_maker, INPUT("eth0\n"), NULL},
    {"label: NUL", &label_maker, INPUT("eth0\0"), NULL},
    {"label: DEL", &label_maker, INPUT("eth0\x7f"), NULL},

    {"host: as it comes", &host_maker, INPUT("ec2.us-east-1.amazonaws.com"), "ec2.us-east-1.amazonaws.com"},
    {"host: lower case is kept", &host_maker, INPUT("EC2.Example"), "ec2.example"},
    {"host: an IPv4 address", &host_maker, INPUT("127.0.0.1"), "127.0.0.1"},
    {"host: one label of 63 bytes", &host_maker, INPUT(X63), X63},
    {"host: one label of 64 bytes", &host_maker, INPUT(X63 "x"), NULL},
    {"host: 253 bytes", &host_maker, INPUT(X63 "." X63 "." X63 "." X16 X16 X16 "xxxxxxxxxxxxx"),
     X63 "." X63 "." X63 "." X16 X16 X16 "xxxxxxxxxxxxx"},
    {"host: 254 bytes", &host_maker, INPUT(X63 "." X63 "." X63 "." X16 X16 X16 "xxxxxxxxxxxxxx"), NULL},
    {"host: empty", &host_maker, INPUT(""), NULL},
    {"host: a dot alone", &host_maker, INPUT("."), NULL},
    {"host: a dot first", &host_maker, INPUT(".a"), NULL},
    {"host: a dot last", &host_maker, INPUT("a."), NULL},
    {"host: two dots", &host_maker, INPUT("a..b"), NULL},
    {"RFC 1123, 2.1: a digit first", &host_maker, INPUT("3com.com"), "3com.com"},
    {"RFC 1123, 2.1: a hyphen inside", &host_maker, INPUT("a-b"), "a-b"},
    {"RFC 1123, 2.1: a hyphen first", &host_maker, INPUT("a.-b"), NULL},
    {"RFC 1123, 2.1: a hyphen last", &host_maker, INPUT("a-.b"), NULL},
    {"RFC 1123, 2.1: a hyphen alone", &host_maker, INPUT("a.-"), NULL},
    {"host: an underscore", &host_maker, INPUT("a_b"), NULL},
    {"host: a user before it", &host_maker, INPUT("user@host"), NULL},
    {"host: a port after it", &host_maker, INPUT("host:80"), NULL},
    {"host: NUL", &host_maker, INPUT("a\0b"), NULL},
    {"host: CR LF", &host_maker, INPUT("a\r\n"), NULL},
};

static void test_word(void **state)
{
    const struct word *row = *state;
    struct slice text = input_make(&row->text);
    char *value = malloc(row->maker->size);
    char untouched[sizeof(struct external_id)];
    assert_non_null(value);
    memset(untouched, '#', sizeof untouched);
    memset(value, '#', row->maker->size);
    assert_int_equal(row->maker->make(text, value), row->value != NULL);
    if (row->value)
        assert_string_equal(value, row->value);
    else
        assert_memory_equal(value, untouched, row->maker->size);
    free(value);
    slice_free(text);
}

static void ids_and_labels_are_equal_when_their_texts_are(void **state)
{
    (void)state;
    struct eni_id a, b, c;
    struct label eth0, alias;
    assert_true(eni_id_make(S("eni-00000001"), &a) && eni_id_make(S("eni-00000001"), &b) && eni_id_make(S("eni-000000012"), &c));
    assert_true(eni_id_eq(&a, &b));
    assert_false(eni_id_eq(&a, &c));
    assert_true(label_make(S("eth0"), &eth0) && label_make(S("eth0:1"), &alias));
    assert_true(label_eq(&eth0, &eth0));
    assert_false(label_eq(&eth0, &alias));
}

static void a_mac_is_written_as_the_metadata_service_does(void **state)
{
    (void)state;
    static const uint8_t octets[6] = {0x02, 0x00, 0xab, 0xCD, 0xff, 0x0f};
    assert_string_equal(mac_make(octets).text, "02:00:ab:cd:ff:0f");
}

/* --- Labels and interfaces */

struct label_row {
    const char *name;
    const char *label;
    const char *interface;
    const char *alias; /* of the label taken as an interface; NULL when too long */
};

static const struct label_row labels[] = {
    {"label: an interface", "eth0", "eth0", "eth0:1"},
    {"label: the interface of an alias", "eth0:1", "eth0", "eth0:1:1"},
    {"label: the first colon counts", "eth0:a:b", "eth0", "eth0:a:b:1"},
    {"label: an interface of 13 bytes has room for an alias", "abcdefghijklm", "abcdefghijklm", "abcdefghijklm:1"},
    {"label: one of 14 bytes has none", "abcdefghijklmn", "abcdefghijklmn", NULL},
    {"label: one of 15 bytes has none", "abcdefghijklmno", "abcdefghijklmno", NULL},
};

static void test_label(void **state)
{
    const struct label_row *row = *state;
    struct label label, alias = {"#"};
    assert_true(label_make(slice_of(row->label), &label));
    assert_string_equal(label_interface(&label).text, row->interface);
    assert_int_equal(label_alias(&label, 1, &alias), row->alias != NULL);
    assert_string_equal(alias.text, row->alias ? row->alias : "#");
}

/* --- Addresses: RFC 6943, section 3.1.1, "strict"; RFC 4291, section 2.2; RFC 5952 */

struct ip_row {
    const char *name;
    struct input text;
    const char *ip; /* in its one form; NULL when refused */
};

static const struct ip_row ips[] = {
    {"ip: all zeros", INPUT("0.0.0.0"), "0.0.0.0"},
    {"ip: all ones", INPUT("255.255.255.255"), "255.255.255.255"},
    {"ip: bytes in their order", INPUT("10.109.1.254"), "10.109.1.254"},
    {"ip: 256", INPUT("10.0.0.256"), NULL},
    {"ip: 256 first", INPUT("256.0.0.1"), NULL},
    {"RFC 6943, 3.1.1: octal", INPUT("10.0.0.010"), NULL},
    {"RFC 6943, 3.1.1: two zeros", INPUT("00.0.0.0"), NULL},
    {"RFC 6943, 3.1.1: hexadecimal", INPUT("0x0a.0.0.1"), NULL},
    {"RFC 6943, 3.1.1: three parts", INPUT("10.0.1"), NULL},
    {"RFC 6943, 3.1.1: one number", INPUT("167772161"), NULL},
    {"ip: five parts", INPUT("10.0.0.0.1"), NULL},
    {"ip: an empty part", INPUT("10..0.1"), NULL},
    {"ip: an empty first part", INPUT(".0.0.1"), NULL},
    {"ip: an empty last part", INPUT("10.0.0."), NULL},
    {"ip: empty", INPUT(""), NULL},
    {"ip: a blank", INPUT("10.0.0.1 "), NULL},
    {"ip: a sign", INPUT("10.0.0.+1"), NULL},
    {"ip: NUL", INPUT("10.0.0.1\0"), NULL},
    {"ip: a prefix length", INPUT("10.0.0.1/32"), NULL},

    {"RFC 4291, 2.2, form 1: eight groups", INPUT("fd12:3456:789a:bcde:f012:3456:789a:bcde"), "fd12:3456:789a:bcde:f012:3456:789a:bcde"},
    {"RFC 4291, 2.2, form 1: leading zeros", INPUT("2001:0db8:0001:0000:0010:0000:0100:1000"), "2001:db8:1:0:10:0:100:1000"},
    {"RFC 4291, 2.2, form 1: seven groups", INPUT("1:2:3:4:5:6:7"), NULL},
    {"RFC 4291, 2.2, form 1: nine groups", INPUT("1:2:3:4:5:6:7:8:9"), NULL},
    {"RFC 4291, 2.2, form 1: a colon last", INPUT("1:2:3:4:5:6:7:8:"), NULL},
    {"RFC 4291, 2.2, form 1: a colon first", INPUT(":1:2:3:4:5:6:7:8"), NULL},
    {"RFC 4291, 2.2, form 1: a colon for the last group", INPUT("1:2:3:4:5:6:7:"), NULL},
    {"RFC 4291, 2.2, form 1: a colon for the first group", INPUT(":2:3:4:5:6:7:8"), NULL},
    {"RFC 4291, 2.2, form 1: five digits", INPUT("1:2:3:4:5:6:7:00008"), NULL},
    {"RFC 4291, 2.2, form 1: 'g'", INPUT("1:2:3:4:5:6:7:g"), NULL},
    {"RFC 4291, 2.2, form 1: '`', before 'a'", INPUT("1:2:3:4:5:6:7:`"), NULL},
    {"RFC 4291, 2.2, form 1: '@', before 'A'", INPUT("1:2:3:4:5:6:7:@"), NULL},
    {"RFC 4291, 2.2, form 1: 'x'", INPUT("1:2:3:4:5:6:7:0x8"), NULL},
    {"RFC 4291, 2.2, form 1: a sign", INPUT("1:2:3:4:5:6:7:-8"), NULL},
    {"RFC 4291, 2.2, form 2: alone", INPUT("::"), "::"},
    {"RFC 4291, 2.2, form 2: first", INPUT("::1"), "::1"},
    {"RFC 4291, 2.2, form 2: last", INPUT("fd12::"), "fd12::"},
    {"RFC 4291, 2.2, form 2: inside", INPUT("fd00:ec2::254"), "fd00:ec2::254"},
    {"RFC 4291, 2.2, form 2: for one group", INPUT("1:2:3::5:6:7:8"), "1:2:3:0:5:6:7:8"},
    {"RFC 4291, 2.2, form 2: for the first group", INPUT("::2:3:4:5:6:7:8"), "0:2:3:4:5:6:7:8"},
    {"RFC 4291, 2.2, form 2: for the last group", INPUT("1:2:3:4:5:6:7::"), "1:2:3:4:5:6:7:0"},
    {"RFC 4291, 2.2, form 2: for none", INPUT("1:2:3:4::5:6:7:8"), NULL},
    {"RFC 4291, 2.2, form 2: for none, first", INPUT("::1:2:3:4:5:6:7:8"), NULL},
    {"RFC 4291, 2.2, form 2: for none, last", INPUT("1:2:3:4:5:6:7:8::"), NULL},
    {"RFC 4291, 2.2, form 2: twice", INPUT("1::2::3"), NULL},
    {"RFC 4291, 2.2, form 2: three colons", INPUT("1:::2"), NULL},
    {"RFC 4291, 2.2, form 2: three colons alone", INPUT(":::"), NULL},
    {"RFC 4291, 2.2, form 2: and a colon last", INPUT("::1:"), NULL},
    {"RFC 4291, 2.2, form 2: and a colon first", INPUT(":1::"), NULL},
    {"RFC 4291, 2.2, form 2: one colon", INPUT(":"), NULL},
    {"RFC 4291, 2.2, form 3: after six groups", INPUT("0:0:0:0:0:ffff:10.9.0.1"), "::ffff:a09:1"},
    {"RFC 4291, 2.2, form 3: after \"::\"", INPUT("::255.254.253.252"), "::fffe:fdfc"},
    {"RFC 4291, 2.2, form 3: after a group", INPUT("64:ff9b::192.0.2.33"), "64:ff9b::c000:221"},
    {"RFC 4291, 2.2, form 3: not last", INPUT("::10.9.0.1:1"), NULL},
    {"RFC 4291, 2.2, form 3: before \"::\"", INPUT("10.9.0.1::"), NULL},
    {"RFC 4291, 2.2, form 3: after seven groups", INPUT("1:2:3:4:5:6:7:10.9.0.1"), NULL},
    {"RFC 4291, 2.2, form 3: after five groups", INPUT("1:2:3:4:5:10.9.0.1"), NULL},
    {"RFC 4291, 2.2, form 3: for no group", INPUT("1:2:3:4:5:6::10.9.0.1"), NULL},
    {"RFC 4291, 2.2, form 3: three parts", INPUT("::10.9.1"), NULL},
    {"RFC 4291, 2.2, form 3: a leading zero", INPUT("::10.9.0.01"), NULL},
    {"RFC 4007, 11: a zone", INPUT("fe80::1%eth0"), NULL},
    {"RFC 3986, 3.2.2: brackets", INPUT("[fd12::1]"), NULL},
    {"ip6: a prefix length", INPUT("fd12::1/128"), NULL},
    {"ip6: a blank first", INPUT(" fd12::1"), NULL},
    {"ip6: a blank last", INPUT("fd12::1 "), NULL},
    {"ip6: NUL", INPUT("fd12::1\0"), NULL},
    {"ip6: 300 bytes", LONG_INPUT("", "1:", 150, "1"), NULL},
    {"RFC 5952, 4.1: no leading zeros", INPUT("fd12:0034::0001"), "fd12:34::1"},
    {"RFC 5952, 4.2.1: as short as can be", INPUT("fd12:0:0:0:0:0:0:1"), "fd12::1"},
    {"RFC 5952, 4.2.2: not for one group", INPUT("fd12:0:1:1:1:1:1:1"), "fd12:0:1:1:1:1:1:1"},
    {"RFC 5952, 4.2.3: the longest run", INPUT("fd12:0:0:1:0:0:0:1"), "fd12:0:0:1::1"},
    {"RFC 5952, 4.2.3: the first of two alike", INPUT("fd12:0:0:1:1:0:0:1"), "fd12::1:1:0:0:1"},
    {"RFC 5952, 4.2.3: the longest run first", INPUT("0:0:0:1:0:0:1:1"), "::1:0:0:1:1"},
    {"RFC 5952, 4.2.3: the longest run last", INPUT("1:0:0:1:1:0:0:0"), "1:0:0:1:1::"},
    {"RFC 5952, 4.3: lower case", INPUT("FD12::ABCD:EF"), "fd12::abcd:ef"},
};

static void test_ip(void **state)
{
    const struct ip_row *row = *state;
    struct slice text = input_make(&row->text);
    struct ip ip, untouched;
    memset(&ip, '#', sizeof ip);
    memset(&untouched, '#', sizeof untouched);
    assert_int_equal(ip_make(text, &ip), row->ip != NULL);
    if (row->ip) {
        assert_string_equal(ip_text(ip).text, row->ip);
        assert_int_equal(ip_is_v6(ip), strchr(row->ip, ':') != NULL);
        assert_int_equal(ip_bits(ip), ip_is_v6(ip) ? 128 : 32);
    } else {
        assert_memory_equal(&ip, &untouched, sizeof ip);
    }
    slice_free(text);
}

static void every_octet_has_its_place(void **state)
{
    (void)state;
    struct ip v4, v6;
    assert_true(ip_make(S("1.2.3.4"), &v4) && ip_make(S("102:304:506:708:90a:b0c:d0e:f10"), &v6));
    for (uint8_t i = 0; i < 16; i++) {
        assert_int_equal(v4.octets[i], i < 4 ? i + 1 : 0);
        assert_int_equal(v6.octets[i], i + 1);
    }
}

/* An IPv4 address and the IPv6 address of the same leading bytes are two. */
static void the_families_are_never_equal(void **state)
{
    (void)state;
    struct ip v4, v6, same;
    assert_true(ip_make(S("253.18.0.0"), &v4) && ip_make(S("fd12::"), &v6) && ip_make(S("FD12:0:0::0"), &same));
    assert_memory_equal(v4.octets, v6.octets, sizeof v4.octets);
    assert_false(ip_eq(v4, v6));
    assert_true(ip_eq(v6, same));
    for (uint8_t prefix = 0; prefix <= 32; prefix++) {
        assert_false(cidr_has(cidr_around(v4, prefix), v6));
        assert_false(cidr_has(cidr_around(v6, prefix), v4));
        assert_false(cidr_eq(cidr_around(v4, prefix), cidr_around(v6, prefix)));
    }
}

/* --- Prefixes: RFC 4632; RFC 4291, section 2.3 */

struct cidr_row {
    const char *name;
    struct slice text;
    const char *cidr; /* NULL when refused */
    const char *last;
};

static const struct cidr_row cidrs[] = {
    {"RFC 4632: a host", LIT("10.109.10.254/32"), "10.109.10.254/32", "10.109.10.254"},
    {"RFC 4632: bits below the prefix go", LIT("10.109.10.254/27"), "10.109.10.224/27", "10.109.10.255"},
    {"RFC 4632: /31", LIT("10.0.0.255/31"), "10.0.0.254/31", "10.0.0.255"},
    {"RFC 4632: /1", LIT("255.0.0.1/1"), "128.0.0.0/1", "255.255.255.255"},
    {"RFC 4632: /0 is everything", LIT("10.0.0.1/0"), "0.0.0.0/0", "255.255.255.255"},
    {"the longest text of IPv4", LIT("255.255.255.255/32"), "255.255.255.255/32", "255.255.255.255"},
    {"cidr: /33", LIT("10.0.0.0/33"), NULL, NULL},
    {"cidr: a leading zero", LIT("10.0.0.0/08"), NULL, NULL},
    {"cidr: two zeros", LIT("10.0.0.0/00"), NULL, NULL},
    {"cidr: no length", LIT("10.0.0.0/"), NULL, NULL},
    {"cidr: no slash", LIT("10.0.0.0"), NULL, NULL},
    {"cidr: no address", LIT("/8"), NULL, NULL},
    {"cidr: a slash alone", LIT("/"), NULL, NULL},
    {"cidr: two lengths", LIT("10.0.0.0/8/8"), NULL, NULL},
    {"cidr: a minus", LIT("10.0.0.0/-1"), NULL, NULL},
    {"cidr: a mask", LIT("10.0.0.0/255.0.0.0"), NULL, NULL},
    {"cidr: empty", LIT(""), NULL, NULL},
    {"cidr: NUL", LIT("10.0.0.0/8\0"), NULL, NULL},

    {"RFC 4291, 2.3: a host", LIT("fd12:3456::1/128"), "fd12:3456::1/128", "fd12:3456::1"},
    {"RFC 4291, 2.3: a subnet", LIT("2001:0DB8:0:CD30:123:4567:89ab:cdef/64"), "2001:db8:0:cd30::/64", "2001:db8:0:cd30:ffff:ffff:ffff:ffff"},
    {"RFC 4291, 2.3: within a byte", LIT("2001:db8:6d7f:ffff::/52"), "2001:db8:6d7f:f000::/52", "2001:db8:6d7f:ffff:ffff:ffff:ffff:ffff"},
    {"RFC 4291, 2.3: /127", LIT("fd12::3/127"), "fd12::2/127", "fd12::3"},
    {"RFC 4291, 2.3: /0 is everything", LIT("fd12::1/0"), "::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {"the longest text", LIT("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
     "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {"cidr6: /129", LIT("fd12::/129"), NULL, NULL},
    {"cidr6: a leading zero", LIT("fd12::/064"), NULL, NULL},
    {"cidr6: no length", LIT("fd12::/"), NULL, NULL},
    {"cidr6: no slash", LIT("fd12::"), NULL, NULL},
    {"cidr6: no address", LIT("/64"), NULL, NULL},
    {"cidr6: a zone", LIT("fe80::%1/64"), NULL, NULL},
};

static void test_cidr(void **state)
{
    const struct cidr_row *row = *state;
    struct slice text = slice_dup(row->text);
    struct cidr cidr, untouched;
    memset(&cidr, '#', sizeof cidr);
    memset(&untouched, '#', sizeof untouched);
    assert_int_equal(cidr_make(text, &cidr), row->cidr != NULL);
    if (row->cidr) {
        assert_string_equal(cidr_text(cidr).text, row->cidr);
        assert_string_equal(ip_text(cidr_last(cidr)).text, row->last);
    } else {
        assert_memory_equal(&cidr, &untouched, sizeof cidr);
    }
    slice_free(text);
}

struct within {
    const char *name;
    const char *inner;
    const char *outer;
    bool within;
    bool has; /* outer has the base of inner */
};

static const struct within withins[] = {
    {"within: itself", "10.0.0.0/24", "10.0.0.0/24", true, true},
    {"within: the last address", "10.0.0.255/32", "10.0.0.0/24", true, true},
    {"within: the address after", "10.0.1.0/32", "10.0.0.0/24", false, false},
    {"within: the address before", "9.255.255.255/32", "10.0.0.0/24", false, false},
    {"within: a wider one of the same base", "10.0.0.0/23", "10.0.0.0/24", false, true},
    {"within: everything has all", "203.0.113.7/32", "0.0.0.0/0", true, true},
    {"within: everything is in itself only", "0.0.0.0/0", "0.0.0.0/1", false, true},
    {"within: a host in another", "10.0.0.1/32", "10.0.0.2/32", false, false},
    {"within: a subnet of IPv6", "2001:db8:6d00:fe::/64", "2001:db8:6d00::/56", true, true},
    {"within: the last address of IPv6", "2001:db8:6d00:ff:ffff:ffff:ffff:ffff/128", "2001:db8:6d00::/56", true, true},
    {"within: the address after, of IPv6", "2001:db8:6d00:100::/128", "2001:db8:6d00::/56", false, false},
    {"within: a wider one of IPv6", "2001:db8:6d00::/55", "2001:db8:6d00::/56", false, true},
    {"within: the last bit counts", "fd12::1/128", "fd12::/128", false, false},
    {"within: everything of IPv6 has nothing of IPv4", "10.0.0.0/8", "::/0", false, false},
    {"within: everything of IPv4 has nothing of IPv6", "fd12::/128", "0.0.0.0/0", false, false},
};

static void test_within(void **state)
{
    const struct within *row = *state;
    struct cidr inner, outer;
    assert_true(cidr_make(slice_of(row->inner), &inner) && cidr_make(slice_of(row->outer), &outer));
    assert_int_equal(cidr_within(inner, outer), row->within);
    assert_int_equal(cidr_has(outer, inner.base), row->has);
    assert_int_equal(cidr_eq(inner, outer), strcmp(row->inner, row->outer) == 0);
}

static void a_prefix_around_an_address_clears_the_rest(void **state)
{
    (void)state;
    struct ip all;
    assert_true(ip_make(S("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), &all));
    for (unsigned prefix = 0; prefix <= 128; prefix++) {
        struct cidr cidr = cidr_around(all, (uint8_t)prefix);
        assert_int_equal(cidr.prefix, prefix);
        for (unsigned bit = 0; bit < 128; bit++)
            assert_int_equal(cidr.base.octets[bit / 8] >> (7 - bit % 8) & 1, bit < prefix);
    }
}

static void tags_are_equal_in_key_and_value(void **state)
{
    static const char *const texts[] = {"a=b", "a=c", "b=b", "a=", "ab="};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        for (size_t j = 0; j < COUNT(texts); j++) {
            struct tag a, b;
            assert_true(tag_make(slice_of(texts[i]), &a) && tag_make(slice_of(texts[j]), &b));
            assert_int_equal(tag_eq(&a, &b), i == j);
        }
}

static void a_connection_is_made_to_the_proxy_if_there_is_one(void **state)
{
    static const struct proxy proxy = {.origin = {.host = "p.example", .port = 3128}};
    struct origin origin = {.host = "a.example", .port = 443};
    (void)state;
    assert_ptr_equal(origin_hop(&origin), &origin);
    origin.proxy = &proxy;
    assert_ptr_equal(origin_hop(&origin), &proxy.origin);
}

int main(void)
{
    static struct suite suite;
    SUITE_ROWS(&suite, test_word, words);
    SUITE_TEST(&suite, ids_and_labels_are_equal_when_their_texts_are);
    SUITE_TEST(&suite, a_mac_is_written_as_the_metadata_service_does);
    SUITE_ROWS(&suite, test_label, labels);
    SUITE_ROWS(&suite, test_ip, ips);
    SUITE_TEST(&suite, every_octet_has_its_place);
    SUITE_TEST(&suite, the_families_are_never_equal);
    SUITE_ROWS(&suite, test_cidr, cidrs);
    SUITE_ROWS(&suite, test_within, withins);
    SUITE_TEST(&suite, a_prefix_around_an_address_clears_the_rest);
    SUITE_TEST(&suite, tags_are_equal_in_key_and_value);
    SUITE_TEST(&suite, a_connection_is_made_to_the_proxy_if_there_is_one);
    return suite_run(&suite, "base/value");
}
