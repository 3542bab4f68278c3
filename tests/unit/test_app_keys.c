/*
 * keys: each source of keys in a run: what is read before the seal and asked for after it, what becomes of the run when the
 * source fails, and that nobody goes on to the next one then.
 */
#include "scripted_world.h"

#include "app/keys.h"

static struct scripted s;
static struct app app;
static struct ran ran;

#define KEYS "aws_access_key_id = AKIAFILE\naws_secret_access_key = " SECRET_KEY "\n"
#define NEXT_ROLE(profile) "role_arn = " ROLE_ARN "\nsource_profile = " profile "\n"
#define TOO_LONG 70000

static char long_text[TOO_LONG + 1];
static char slashes[LIMIT_BEARER + 1]; /* of three bytes each in a form */

static const struct scripted_file files[] = {
    {"/root/.aws/credentials", "[default]\n" KEYS},
    {"/c", "[default]\nregion = eu-central-1\n[k]\n" KEYS},
    {"/d", "[profile r]\nrole_arn = " ROLE_ARN "\nsource_profile = k\n"},
    {"/instance", "[default]\nrole_arn = " ROLE_ARN "\ncredential_source = Ec2InstanceMetadata\n"},
    {"/web", "[default]\nrole_arn = " ROLE_ARN "\nsource_profile = w\n[profile w]\nrole_arn = " IDENTITY_ARN "\nweb_identity_token_file = /token\n"},
    {"/token", BEARER_TOKEN "\n"},
    {"/wrong", "eyJSECRETBEARERx"},
    {"/empty", "\n"},
    {"/bad", "[default]\nSECRET\n"},
    {"/five", "[default]\n" NEXT_ROLE("a") "[profile a]\n" NEXT_ROLE("b") "[profile b]\n" NEXT_ROLE("c") "[profile c]\n" NEXT_ROLE("d") "[profile d]\n" NEXT_ROLE("e")
              "[profile e]\n" KEYS},
    {"/long", long_text},
    {"/slashes", slashes},
};

struct row {
    const char *name;
    const char *environment[8];
    enum err_kind kind;
    const char *part;       /* of how it ended */
    const char *mark;       /* of the timeline, where it ended well */
    const char *effects[8]; /* after the interface's items, up to the first listing */
};

#define HOME "HOME=/root"
#define ITEMS "/latest/meta-data/network/interfaces/macs/" OUR_MAC "/vpc-ipv4-cidr-blocks"
#define WEB "AWS_ROLE_ARN=" IDENTITY_ARN
#define CONTAINER "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://localhost" CONTAINER_PATH

static const struct row good[] = {
    {"the instance's", {0}, ERR_DIFFERS, "0 of 2", "ASIAEXAMPLE of the instance profile, none of the environment, web identity, shared credentials file,",
     {ITEMS, "resolve", "seal", ROLES, ROLES "mirror-vip"}},
    {"the environment's", {HOME, "AWS_ACCESS_KEY_ID=AKIAENV", "AWS_SECRET_ACCESS_KEY=" SECRET_KEY}, ERR_DIFFERS, "0 of 2", "AKIAENV of the environment\n",
     {ITEMS, "resolve", "seal"}},
    {"the shared file's", {HOME}, ERR_DIFFERS, "0 of 2", "AKIAFILE of the shared credentials file, none of the environment, web identity\n", {ITEMS, "resolve", "seal"}},
    {"no file is no error", {"HOME=/home/other"}, ERR_DIFFERS, "0 of 2", "of the instance profile", {ITEMS, "resolve", "seal", ROLES, ROLES "mirror-vip"}},
    {"the profile's region", {"AWS_SHARED_CREDENTIALS_FILE=/c"}, ERR_DIFFERS, "0 of 2", "eu-central-1", {"resolve", "seal", ROLES, ROLES "mirror-vip"}},
    {"a profile's role", {"AWS_SHARED_CREDENTIALS_FILE=/c", "AWS_CONFIG_FILE=/d", "AWS_PROFILE=r"}, ERR_DIFFERS, "0 of 2", "ASIAROLE of " ROLE_ARN,
     {ITEMS, "resolve", "resolve", "seal", "AssumeRole"}},
    {"a profile's role by the instance", {"AWS_CONFIG_FILE=/instance"}, ERR_DIFFERS, "0 of 2", "ASIAEXAMPLE of the instance profile, none of the environment\n",
     {ITEMS, "resolve", "resolve", "seal", ROLES, ROLES "mirror-vip", "AssumeRole"}},
    {"a web identity", {"AWS_WEB_IDENTITY_TOKEN_FILE=/token", WEB}, ERR_DIFFERS, "0 of 2", "ASIAWEB of the web identity, none of the environment\n",
     {ITEMS, "resolve", "resolve", "read /token", "seal", "AssumeRoleWithWebIdentity"}},
    {"a web identity and a role", {"AWS_CONFIG_FILE=/web"}, ERR_DIFFERS, "0 of 2", "ASIAROLE of " ROLE_ARN,
     {ITEMS, "resolve", "resolve", "read /token", "seal", "AssumeRoleWithWebIdentity", "AssumeRole"}},
    {"a container's", {CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN=" BEARER_TOKEN}, ERR_DIFFERS, "0 of 2",
     "ASIATASK of the container, none of the environment, web identity, shared credentials file, shared configuration", {ITEMS, "resolve", "resolve", "seal", CONTAINER_PATH}},
    {"a container's, the token in a file", {CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN=another and longer", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/token"}, ERR_DIFFERS, "0 of 2",
     "ASIATASK of the container", {ITEMS, "resolve", "resolve", "read /token", "seal", CONTAINER_PATH}},
};

static const struct row bad[] = {
    {"a file that is none", {"AWS_CONFIG_FILE=/bad"}, ERR_IDENTITY, "/bad: line 2: no 'key = value'; mend the file", NULL, {0}},
    {"a file that is too long", {"AWS_CONFIG_FILE=/long"}, ERR_IDENTITY, "/long is larger than 65536 bytes; shorten it", NULL, {0}},
    {"keys in a file that is too long", {"AWS_SHARED_CREDENTIALS_FILE=/long"}, ERR_IDENTITY, "/long is larger than 65536 bytes; shorten it", NULL, {0}},
    {"a profile that is not there", {HOME, "AWS_PROFILE=ops"}, ERR_IDENTITY, "profile ops is named by the environment", NULL, {0}},
    {"no token's file", {"AWS_WEB_IDENTITY_TOKEN_FILE=/none", WEB}, ERR_IDENTITY, "web identity: /none: No such file or directory; have it written", NULL, {0}},
    {"no token in it", {"AWS_WEB_IDENTITY_TOKEN_FILE=/empty", WEB}, ERR_IDENTITY, "web identity: /empty: it holds no token of one line", NULL, {0}},
    {"too long a token", {"AWS_WEB_IDENTITY_TOKEN_FILE=/long", WEB}, ERR_IDENTITY, "web identity: /long is larger than", NULL, {0}},
    {"too long a token in a form", {"AWS_WEB_IDENTITY_TOKEN_FILE=/slashes", WEB}, ERR_IDENTITY, "web identity: the token takes more than a request's bytes", NULL, {0}},
    {"a token that STS does not take", {"AWS_WEB_IDENTITY_TOKEN_FILE=/wrong", WEB}, ERR_IDENTITY,
     "web identity: role " IDENTITY_ARN ": AssumeRoleWithWebIdentity: HTTP 400 InvalidIdentityToken: no JWT; check the token's file", NULL, {0}},
    {"no authorization's file", {CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN=" BEARER_TOKEN, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/none"}, ERR_IDENTITY,
     "container: /none: No such file or directory; have it written", NULL, {0}},
    {"no authorization", {CONTAINER}, ERR_IDENTITY, "container localhost: status 403; check the path and the authorization token", NULL, {0}},
    {"the instance is not to be asked", {"AWS_EC2_METADATA_DISABLED=true"}, ERR_IDENTITY, "AWS_EC2_METADATA_DISABLED keeps", NULL, {0}},
};

static void start(const struct row *row)
{
    scripted_start(&s, 2);
    s.files = files;
    s.file_count = COUNT(files);
    s.environment = row->environment;
}

static void run(void)
{
    RUN(&s, &app, &ran, "status", "--vip", "10.9.0.1");
}

static void test_good(void **state)
{
    const struct row *row = *state;
    start(row);
    run();
    assert_ended(&s, &ran, row->kind, row->part);
    assert_non_null(strstr(ran.timeline, row->mark));
    unsigned n = find_effect(&s, row->effects[0], 1);
    for (size_t i = 0; i < COUNT(row->effects) && row->effects[i]; i++)
        assert_string_equal(s.events[n++].text, row->effects[i]);
    assert_string_equal(s.events[n].text, "DescribeRouteTables");
}

/* Nobody is asked for other keys, and EC2 for nothing. */
static void test_bad(void **state)
{
    const struct row *row = *state;
    start(row);
    run();
    assert_ended(&s, &ran, row->kind, row->part);
    assert_null(strstr(ran.e.text, "SECRET"));
    assert_int_equal(count_of(&s, ROLES), 0);
    assert_int_equal(count_of(&s, "Describe"), 0);
}

/* What passes is tried again, as with the metadata service; what does not is told. */
static void test_a_container_in_trouble(void **state)
{
    static const struct {
        enum outcome_name goes;
        enum err_kind kind;
        const char *part;
        unsigned asked;
    } rows[] = {
        {FAILS_500, ERR_IDENTITY, "container localhost: status 500", 4},
        {LOST_BEFORE, ERR_IDENTITY, "container localhost: no answer (the other side ended the connection); check AWS_CONTAINER", 4},
        {CUT_SHORT, ERR_IDENTITY, "container localhost: no answer", 4},
        {STALE_401, ERR_IDENTITY, "container localhost: status 401", 1},
        {MOVED, ERR_IDENTITY, "container localhost: status 302", 1},
        {PORTAL, ERR_IDENTITY, "container localhost: ", 1},
        {SIGNALLED_AFTER, ERR_INTERRUPTED, "container localhost: no answer (a signal asked to end)", 1},
    };
    static const struct row row = {"", {CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN=" BEARER_TOKEN}, ERR_OK, "", "", {0}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        start(&row);
        add_reply_fault(&s, CONTAINER_PATH, 1, UINT32_MAX, rows[i].goes);
        run();
        assert_ended(&s, &ran, rows[i].kind, rows[i].part);
        assert_int_equal(count_of(&s, CONTAINER_PATH), rows[i].asked);
        assert_int_equal(count_of(&s, ROLES), 0);
        start(&row);
        add_reply_fault(&s, CONTAINER_PATH, 1, 1, rows[i].goes);
        run();
        assert_int_equal(ran.e.kind == ERR_DIFFERS, rows[i].asked > 1);
    }
}

/* What EC2 refuses is fetched again from where it came, unless it is a variable's or a file's. */
static void test_again(void **state)
{
    static const struct {
        struct row row;
        const char *asked;
        unsigned times;
    } rows[] = {
        {{"", {0}, ERR_OK, "", "", {0}}, ROLES "mirror-vip", 2},
        {{"", {"AWS_WEB_IDENTITY_TOKEN_FILE=/token", WEB}, ERR_OK, "", "", {0}}, "AssumeRoleWithWebIdentity", 2},
        {{"", {CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/token"}, ERR_OK, "", "", {0}}, CONTAINER_PATH, 2},
        {{"", {"AWS_CONFIG_FILE=/web"}, ERR_OK, "", "", {0}}, "AssumeRoleWithWebIdentity", 2},
        {{"", {"AWS_SHARED_CREDENTIALS_FILE=/c", "AWS_CONFIG_FILE=/d", "AWS_PROFILE=r"}, ERR_OK, "", "", {0}}, "AssumeRole", 2},
        {{"", {HOME}, ERR_OK, "", "", {0}}, ROLES, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        start(&rows[i].row);
        add_reply_fault(&s, "DescribeRouteTables", 1, 1, BAD_TOKEN);
        run();
        assert_ended(&s, &ran, rows[i].times > 0 ? ERR_DIFFERS : ERR_REFUSED, "");
        assert_int_equal(count_of(&s, rows[i].asked), rows[i].times);
    }
}

/* What a role gave is as new as it can be: where the next role is refused to it, the first keys would not do in its place. */
static void test_a_role_after_a_role(void **state)
{
    static const struct row row = {"", {"AWS_CONFIG_FILE=/instance"}, ERR_OK, "", "", {0}};
    (void)state;
    start(&row);
    RUN(&s, &app, &ran, "status", "--vip", "10.9.0.1", "--assume-role", ROLE_ARN); /* which is to be assumed with the instance's keys */
    assert_ended(&s, &ran, ERR_IDENTITY, "role " ROLE_ARN ": AssumeRole: HTTP 400 ExpiredToken");
    assert_int_equal(count_of(&s, "AssumeRole"), 2);
    assert_int_equal(count_of(&s, ROLES "mirror-vip"), 1);
}

/* As many roles one after the other as can be, and one more of the command line's; one with a container's keys. */
static void test_too_many_roles(void **state)
{
    static const struct row row = {"", {"AWS_CONFIG_FILE=/five"}, ERR_OK, "", "", {0}};
    (void)state;
    start(&row);
    RUN(&s, &app, &ran, "status", "--vip", "10.9.0.1", "--assume-role", ROLE_ARN);
    assert_ended(&s, &ran, ERR_IDENTITY, "more than 5 roles one after the other");
    assert_int_equal(count_of(&s, "AssumeRole"), 0);
}

/* They may be old, so that STS's word against them has them fetched again. */
static void test_a_role_by_a_container(void **state)
{
    static const struct row row = {"", {CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN=" BEARER_TOKEN}, ERR_OK, "", "", {0}};
    (void)state;
    start(&row);
    add_reply_fault(&s, "AssumeRole", 1, 1, BAD_TOKEN);
    RUN(&s, &app, &ran, "status", "--vip", "10.9.0.1", "--assume-role", ROLE_ARN);
    assert_ended(&s, &ran, ERR_DIFFERS, "0 of 2");
    assert_int_equal(count_of(&s, CONTAINER_PATH), 2);
    assert_int_equal(count_of(&s, "AssumeRole"), 2);
}

/* More than an answer can hold. */
static void test_a_long_answer(void **state)
{
    static const struct row row = {"", {CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN=" BEARER_TOKEN}, ERR_OK, "", "", {0}};
    (void)state;
    start(&row);
    s.region.odd_path = CONTAINER_PATH;
    s.region.odd_status = 200;
    s.region.odd_body = long_text;
    run();
    assert_ended(&s, &ran, ERR_IDENTITY, "container localhost: the answer is longer than 8192 bytes");
}

/* Of this program's own defects none is the server's. */
static void test_a_bug(void **state)
{
    static const struct row row = {"", {CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN=" BEARER_TOKEN}, ERR_OK, "", "", {0}};
    struct err e = {0};
    (void)state;
    start(&row);
    run();
    app.world.exchange = exchange_with_a_bug;
    assert_refused(keys_get(&app, &e), &e, ERR_BUG, "container localhost: no answer (more than 4 peers)");
}

/* Faults, row 137: each effect fails in turn, in each way; no secret is left, and nothing forbidden is done. */
static void test_each_failure(void **state)
{
    static const struct row rows[] = {
        {"", {"AWS_CONFIG_FILE=/web"}, ERR_OK, "", "", {0}},
        {"", {HOME, CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/token", "AWS_SHARED_CREDENTIALS_FILE=/none"}, ERR_OK, "", "", {0}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        start(&rows[i]);
        run();
        unsigned effects = s.effects;
        for (unsigned n = 1; n <= effects; n++)
            for (int goes = 0; goes < OUTCOME_COUNT; goes++) {
                start(&rows[i]);
                add_fault(&s, n, n, (enum outcome_name)goes);
                run();
                if (s.broken[0]) {
                    print_events(&s);
                    fail_msg("effect %u, %s: %s", n, outcomes[goes].name, s.broken);
                }
            }
    }
}

int main(void)
{
    static struct suite suite;
    memset(long_text, '#', TOO_LONG);
    memset(slashes, '/', LIMIT_BEARER);
    SUITE_ROWS(&suite, test_good, good);
    SUITE_ROWS(&suite, test_bad, bad);
    SUITE_TEST(&suite, test_a_container_in_trouble);
    SUITE_TEST(&suite, test_again);
    SUITE_TEST(&suite, test_a_role_after_a_role);
    SUITE_TEST(&suite, test_too_many_roles);
    SUITE_TEST(&suite, test_a_role_by_a_container);
    SUITE_TEST(&suite, test_a_long_answer);
    SUITE_TEST(&suite, test_a_bug);
    SUITE_TEST(&suite, test_each_failure);
    return suite_run(&suite, "app/keys");
}
