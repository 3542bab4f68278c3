/*
 * sts: the form of AssumeRole, and what its answers come to, however they are laid out or cut. Faults, row 151.
 */
#include "support.h"

#include "aws/sts.h"

#include <stdlib.h>

#define ROLE "arn:aws:iam::210987654321:role/net/mirror-routes"
#define TOKEN "FwoGZXIvYXdzEBYaDSECRETSESSION=="
#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYSECRET"

static void test_form(void **state)
{
    static const char head[] = "Action=AssumeRole&Version=2011-06-15&DurationSeconds=900&RoleSessionName=mirrorvip-eni-0a1b2c3d4e5f67890&"
                               "RoleArn=arn%3Aaws%3Aiam%3A%3A210987654321%3Arole%2Fnet%2Fmirror-routes";
    struct sts_role role = {.external = {""}, .session = {""}};
    struct eni_id eni;
    char text[512];
    struct buf b = BUF_OF(text);
    (void)state;
    assert_true(role_arn_make(S(ROLE), &role.arn) && eni_id_make(S("eni-0a1b2c3d4e5f67890"), &eni));
    sts_put_assume_role(&b, &role, &eni);
    assert_string_equal(buf_text(&b), head);
    assert_true(external_id_make(S("a:b/c@d=e+f"), &role.external));
    b = BUF_OF(text);
    sts_put_assume_role(&b, &role, &eni);
    assert_true(slice_starts(buf_slice(&b), head));
    assert_string_equal(buf_text(&b) + strlen(head), "&ExternalId=a%3Ab%2Fc%40d%3De%2Bf");
}

static void test_web_identity_form(void **state)
{
    struct sts_role role = {.external = {""}};
    struct bearer token = {"eyJh.b-c_d."};
    struct eni_id eni;
    char text[512];
    struct buf b = BUF_OF(text);
    (void)state;
    assert_true(role_arn_make(S(ROLE), &role.arn) && session_name_make(S("a=b@c"), &role.session) && eni_id_make(S("eni-0a1b2c3d4e5f67890"), &eni));
    sts_put_assume_role_with_web_identity(&b, &role, &token, &eni);
    assert_string_equal(buf_text(&b), "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&DurationSeconds=900&RoleSessionName=a%3Db%40c&"
                                      "RoleArn=arn%3Aaws%3Aiam%3A%3A210987654321%3Arole%2Fnet%2Fmirror-routes&WebIdentityToken=eyJh.b-c_d.");
}

struct told {
    bool ok;
    enum query_answer answer;
    struct err e;
    struct credentials c;
};

/* In pieces of `cut` bytes, each in memory of its own; 0: all at once. */
static const struct told *answer_to(enum sts_action action, unsigned status, struct slice body, size_t cut)
{
    static struct told t;
    static struct sts_reply r;
    static struct sts_identity who;
    t = (struct told){.ok = true, .answer = (enum query_answer)77};
    sts_reply_start_identity(&r, &who); /* what the reply was for before is forgotten */
    sts_reply_start(&r, action, &t.c);
    for (size_t at = 0; t.ok && at < body.len; at += cut) {
        cut = cut > 0 && cut < body.len - at ? cut : body.len - at;
        struct slice piece = slice_dup(slice_make(body.at + at, cut));
        t.ok = query_take(&r.query, status, piece, &t.e);
        slice_free(piece);
    }
    t.ok = t.ok && query_end(&r.query, status, &t.answer, &t.e);
    if (t.ok && t.answer != QUERY_DONE)
        assert_false(query_explain(&r.query, status, t.answer, &t.e));
    assert_null(strstr(t.e.text, "SECRET"));
    return &t;
}

static const struct told *answer(unsigned status, struct slice body, size_t cut)
{
    return answer_to(STS_ASSUME_ROLE, status, body, cut);
}

#define KEY "<AccessKeyId>ASIAEXAMPLE</AccessKeyId>"
#define SECRET_KEY "<SecretAccessKey>" SECRET "</SecretAccessKey>"
#define SESSION_TOKEN "<SessionToken>" TOKEN "</SessionToken>"
#define UNTIL "<Expiration>2026-01-01T00:15:00.123Z</Expiration>"
#define USER "<AssumedRoleUser><AssumedRoleId>AROA:m</AssumedRoleId><Arn>arn:aws:sts::1:assumed-role/m/m</Arn></AssumedRoleUser>"
#define WHOLE(inner) "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>" USER "<Credentials>" \
    inner "</Credentials></AssumeRoleResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleResponse>"

static void assert_told(const struct told *t)
{
    assert_accepted(t->ok, &t->e);
    assert_int_equal(t->answer, QUERY_DONE);
    assert_string_equal(t->c.access_key, "ASIAEXAMPLE");
    assert_string_equal(t->c.secret_key.reveal, SECRET);
    assert_string_equal(t->c.session_token.reveal, TOKEN);
}

/* In any order, laid out in any way, with or without a time of expiry that can be read. */
static void test_good(void **state)
{
    static const char *const bodies[] = {
        WHOLE(KEY SECRET_KEY SESSION_TOKEN UNTIL),
        WHOLE(UNTIL SESSION_TOKEN SECRET_KEY KEY),
        WHOLE(KEY SECRET_KEY SESSION_TOKEN),
        WHOLE(KEY SECRET_KEY SESSION_TOKEN "<Expiration>tomorrow</Expiration><Other><AccessKeyId>no</AccessKeyId></Other>"),
        WHOLE("\n  <AccessKeyId>\n ASIAEXAMPLE\r\n</AccessKeyId>\n <SecretAccessKey>\twJalrXUtnFEMI/K7MDENG+\n\tbPxRfiCYSECRET </SecretAccessKey>"
              "<SessionToken>\n    FwoGZXIvYXdzEBYa\n    DSECRETSESSION==\n  </SessionToken>\n"),
        "<AssumeRoleResponse><GetCallerIdentityResult><Arn>a</Arn><Account>123456789012</Account></GetCallerIdentityResult><AssumeRoleResult><Credentials>"
        KEY SECRET_KEY SESSION_TOKEN "</Credentials></AssumeRoleResult></AssumeRoleResponse>",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++)
        for (size_t cut = 0; cut < 40; cut++)
            assert_told(answer(200, slice_of(bodies[i]), cut));
    assert_int_equal(answer(200, slice_of(bodies[0]), 0)->c.expires_s, 1767226500);
    assert_int_equal(answer(200, slice_of(bodies[3]), 0)->c.expires_s, 0);
}

/* The other action has the same answer under its own name, and no other's. */
static void test_web_identity(void **state)
{
    static const char body[] = "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleWithWebIdentityResult>"
                               "<SubjectFromWebIdentityToken>system:serviceaccount:a:b</SubjectFromWebIdentityToken>" USER "<Credentials>"
                               KEY SECRET_KEY SESSION_TOKEN UNTIL "</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";
    (void)state;
    for (size_t cut = 0; cut < 40; cut++)
        assert_told(answer_to(STS_ASSUME_ROLE_WITH_WEB_IDENTITY, 200, slice_of(body), cut));
    const struct told *t = answer(200, slice_of(body), 0);
    assert_refused(t->ok, &t->e, ERR_NETWORK, "not a reply to AssumeRole: it is a 'AssumeRoleWithWebIdentityResponse'");
    t = answer_to(STS_ASSUME_ROLE_WITH_WEB_IDENTITY, 200, S(WHOLE(KEY SECRET_KEY SESSION_TOKEN)), 0);
    assert_refused(t->ok, &t->e, ERR_NETWORK, "not a reply to AssumeRoleWithWebIdentity");
}

/* Cut at every byte it is no answer, and there are no keys. */
static void test_cut(void **state)
{
    static const char body[] = WHOLE(KEY SECRET_KEY SESSION_TOKEN UNTIL);
    (void)state;
    for (size_t len = 0; len < sizeof body - 1; len++) {
        const struct told *t = answer(200, slice_make(body, len), 0);
        assert_refused(t->ok, &t->e, ERR_NETWORK, "");
        assert_string_equal(t->c.access_key, "");
    }
}

struct row {
    const char *name;
    const char *body;
    enum err_kind kind;
    const char *part;
};

#define X16 "xxxxxxxxxxxxxxxx"
#define X128 X16 X16 X16 X16 X16 X16 X16 X16

static const struct row refused[] = {
    {"no key", WHOLE(SECRET_KEY SESSION_TOKEN), ERR_IDENTITY, "the access key id is empty"},
    {"no secret", WHOLE(KEY SESSION_TOKEN), ERR_IDENTITY, "the secret access key is empty"},
    {"no token", WHOLE(KEY SECRET_KEY), ERR_IDENTITY, "no session token"},
    {"a token of blanks", WHOLE(KEY SECRET_KEY "<SessionToken>\n \t</SessionToken>"), ERR_IDENTITY, "no session token"},
    {"no credentials", "<AssumeRoleResponse><AssumeRoleResult>" USER "</AssumeRoleResult></AssumeRoleResponse>", ERR_IDENTITY, "no session token"},
    {"credentials elsewhere", "<AssumeRoleResponse><Credentials>" KEY SECRET_KEY SESSION_TOKEN "</Credentials></AssumeRoleResponse>", ERR_IDENTITY, "no session"},
    {"a key twice", WHOLE(KEY KEY SECRET_KEY SESSION_TOKEN), ERR_NETWORK, "'AccessKeyId' twice"},
    {"credentials twice", "<AssumeRoleResponse><AssumeRoleResult><Credentials/><Credentials/></AssumeRoleResult></AssumeRoleResponse>", ERR_NETWORK, "twice"},
    {"a control byte", WHOLE(KEY "<SecretAccessKey>SECRET\x7f</SecretAccessKey>" SESSION_TOKEN), ERR_IDENTITY, "a byte that no key has"},
    {"a slash in the key's id", WHOLE("<AccessKeyId>ASIA/eu</AccessKeyId>" SECRET_KEY SESSION_TOKEN), ERR_IDENTITY, "not of letters"},
    {"a long secret", WHOLE(KEY "<SecretAccessKey>" X128 "x</SecretAccessKey>" SESSION_TOKEN), ERR_IDENTITY, "longer than any"},
    {"another action's", "<GetSessionTokenResponse/>", ERR_NETWORK, "not a reply to AssumeRole: it is a 'GetSessionTokenResponse'"},
    {"EC2's", "<Response><Errors><Error><Code>x</Code></Error></Errors></Response>", ERR_NETWORK, "not whole"},
    {"nothing", "", ERR_NETWORK, "not whole"},
    {"HTML", "<html><body>Please log in</body></html>", ERR_NETWORK, "it is a 'html'"},
};

static void test_refused(void **state)
{
    const struct row *row = *state;
    const struct told *t = answer(200, slice_of(row->body), 0);
    assert_refused(t->ok, &t->e, row->kind, row->part);
    assert_string_equal(t->c.access_key, "");
}

/* As short and as long as it may be; a text that may have been cut by the scanner is no token, blanks or not. */
static void test_token_length(void **state)
{
    static const struct {
        size_t blanks;
        size_t len;
        bool good;
    } rows[] = {{0, 1, true}, {0, LIMIT_XML_TEXT - 1, true}, {0, LIMIT_XML_TEXT, false}, {0, 100000, false}, {1000, LIMIT_XML_TEXT - 1001, true}, {1000, 4000, false}};
    static char body[110000], fill[100000];
    (void)state;
    memset(fill, 't', sizeof fill);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf b = BUF_OF(body);
        buf_puts(&b, "<AssumeRoleResponse><AssumeRoleResult><Credentials>" KEY SECRET_KEY "<SessionToken>");
        for (size_t n = 0; n < rows[i].blanks; n++)
            buf_putc(&b, ' ');
        buf_put(&b, slice_make(fill, rows[i].len));
        buf_puts(&b, "</SessionToken></Credentials></AssumeRoleResult></AssumeRoleResponse>");
        const struct told *t = answer(200, buf_slice(&b), 4000);
        if (rows[i].good)
            assert_accepted(t->ok, &t->e);
        else
            assert_refused(t->ok, &t->e, ERR_IDENTITY, "longer than any");
        assert_int_equal(strlen(t->c.session_token.reveal), rows[i].good ? rows[i].len : 0);
    }
}

struct no {
    const char *name;
    unsigned status;
    const char *body;
    enum query_answer answer;
    enum err_kind kind;
    const char *part;
};

#define NO(type, code, message) "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <Error>\n    <Type>" type "</Type>\n    <Code>" \
    code "</Code>\n    <Message>" message "</Message>\n  </Error>\n  <RequestId>1</RequestId>\n</ErrorResponse>"

static const struct no noes[] = {
    {"denied", 403, NO("Sender", "AccessDenied", "User: arn:x is not authorized to perform: sts:AssumeRole on resource: " ROLE), QUERY_REFUSED, ERR_REFUSED,
     "AssumeRole: HTTP 403 AccessDenied: User: arn:x is not authorized to perform: sts:AssumeRole on resource: " ROLE "; let this host's own role"},
    {"throttled with 400", 400, NO("Sender", "Throttling", "Rate exceeded"), QUERY_THROTTLED, ERR_THROTTLED, "HTTP 400 Throttling: Rate exceeded"},
    {"throttled, the other word", 400, NO("Sender", "ThrottlingException", "Rate exceeded"), QUERY_THROTTLED, ERR_THROTTLED, "ThrottlingException"},
    {"expired", 403, NO("Sender", "ExpiredToken", "m"), QUERY_UNAUTHENTIC, ERR_REFUSED, "ExpiredToken"},
    {"expired, the other word", 403, NO("Sender", "ExpiredTokenException", "m"), QUERY_UNAUTHENTIC, ERR_REFUSED, "m; have the token's file written anew"},
    {"a token that is none", 400, NO("Sender", "InvalidIdentityToken", "m"), QUERY_REFUSED, ERR_REFUSED, "m; check the token's file"},
    {"whom STS could not ask", 400, NO("Sender", "IDPCommunicationError", "m"), QUERY_PASSING, ERR_NETWORK, "IDPCommunicationError"},
    {"unknown keys", 403, NO("Sender", "InvalidClientTokenId", "m"), QUERY_UNAUTHENTIC, ERR_REFUSED, "InvalidClientTokenId"},
    {"a clock", 403, NO("Sender", "SignatureDoesNotMatch", "Signature expired: 1 is now earlier than 2"), QUERY_UNAUTHENTIC, ERR_REFUSED, "earlier than 2"},
    {"a signature, with the request", 403, NO("Sender", "SignatureDoesNotMatch", "No match.\n\nIt should have been\n'POST\nx-amz-security-token:FwoG'"),
     QUERY_UNAUTHENTIC, ERR_REFUSED, "SignatureDoesNotMatch: No match.; check the credentials"},
    {"a failure", 500, NO("Receiver", "InternalFailure", "m"), QUERY_PASSING, ERR_NETWORK, "HTTP 500 InternalFailure"},
    {"a failure without XML", 503, "Service Unavailable", QUERY_PASSING, ERR_NETWORK, "HTTP 503 without an error code"},
    {"no code", 400, "<ErrorResponse><Error/></ErrorResponse>", QUERY_REFUSED, ERR_REFUSED, "HTTP 400 without an error code"},
    {"a code elsewhere", 400, "<ErrorResponse><Code>Throttling</Code></ErrorResponse>", QUERY_REFUSED, ERR_REFUSED, "without an error code"},
};

static void test_no(void **state)
{
    const struct no *row = *state;
    for (size_t cut = 0; cut < 12; cut++) {
        const struct told *t = answer(row->status, slice_of(row->body), cut);
        assert_true(t->ok);
        assert_int_equal(t->answer, row->answer);
        assert_int_equal(t->e.kind, row->kind);
        assert_non_null(strstr(t->e.text, row->part));
        assert_string_equal(t->c.access_key, "");
    }
}

/* --- Whose keys they are */

#define IDENTITY(arn, account) "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>" arn "</Arn><UserId>X</UserId>" account \
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
#define ACCOUNT "<Account>123456789012</Account>"

static void test_identity(void **state)
{
    static const struct {
        const char *body;
        const char *account; /* empty: refused */
        const char *arn;
        const char *name;
        bool is_user;
    } rows[] = {
        {IDENTITY("arn:aws:sts::1:assumed-role/m+r/i-1", ACCOUNT), "123456789012", "arn:aws:sts::1:assumed-role/m+r/i-1", "m+r", false},
        {IDENTITY("arn:aws:iam::1:user/Anna", ACCOUNT), "123456789012", "arn:aws:iam::1:user/Anna", "Anna", true},
        {IDENTITY("arn:aws:iam::1:user/a/b/Anna", ACCOUNT), "123456789012", "arn:aws:iam::1:user/a/b/Anna", "Anna", true},
        {IDENTITY("arn:aws:iam::1:user/a/b", ACCOUNT), "123456789012", "arn:aws:iam::1:user/a/b", "b", true},
        {IDENTITY("arn:aws:iam::1:root", ACCOUNT "<Other>999999999999</Other>"), "123456789012", "arn:aws:iam::1:root", "", false},
        {IDENTITY("arn:aws:iam::1:root", ACCOUNT), "123456789012", "arn:aws:iam::1:root", "", false},
        {IDENTITY("arn:aws:sts::1:assumed-role/$(x)/i", ACCOUNT), "123456789012", "arn:aws:sts::1:assumed-role/$(x)/i", "", false},
        {IDENTITY("a;b", ACCOUNT), "123456789012", "a,b", "", false},
        {IDENTITY("arn:aws:sts::1:federated-user/Bob", ACCOUNT), "123456789012", "arn:aws:sts::1:federated-user/Bob", "", false},
        {IDENTITY("", ACCOUNT), "123456789012", "", "", false},
        {"<GetCallerIdentityResponse><GetCallerIdentityResult>" ACCOUNT "</GetCallerIdentityResult></GetCallerIdentityResponse>", "123456789012", "", "", false},
        {IDENTITY("arn:aws:iam::1:user/Anna", "<Account>12</Account>"), "", NULL, NULL, false},
        {IDENTITY("arn:aws:iam::1:user/Anna", ""), "", NULL, NULL, false},
    };
    char form[64];
    struct buf b = BUF_OF(form);
    (void)state;
    sts_put_get_caller_identity(&b);
    assert_string_equal(buf_text(&b), "Action=GetCallerIdentity&Version=2011-06-15");
    for (size_t i = 0; i < COUNT(rows); i++) {
        static struct sts_reply r;
        struct sts_identity who = {.arn = "old"};
        enum query_answer said;
        struct err e = {0};
        sts_reply_start_identity(&r, &who);
        bool ok = query_take(&r.query, 200, slice_of(rows[i].body), &e) && query_end(&r.query, 200, &said, &e);
        if (!rows[i].account[0]) {
            assert_false(ok);
            assert_int_equal(e.kind, ERR_IDENTITY);
            continue;
        }
        assert_accepted(ok, &e);
        assert_string_equal(who.account.text, rows[i].account);
        assert_string_equal(who.arn, rows[i].arn);
        assert_string_equal(who.name.text, rows[i].name);
        assert_int_equal(who.is_user, rows[i].is_user);
    }
}

int main(void)
{
    static struct suite suite;
    SUITE_TEST(&suite, test_form);
    SUITE_TEST(&suite, test_web_identity_form);
    SUITE_TEST(&suite, test_web_identity);
    SUITE_TEST(&suite, test_good);
    SUITE_TEST(&suite, test_cut);
    SUITE_TEST(&suite, test_token_length);
    SUITE_TEST(&suite, test_identity);
    SUITE_ROWS(&suite, test_refused, refused);
    SUITE_ROWS(&suite, test_no, noes);
    return suite_run(&suite, "aws/sts");
}
