/* chain: where the keys come from, for each source alone, for each pair of them, and for what is wrong with one. */
#include "support.h"

#include "aws/chain.h"

static struct chain chain;
static struct err e;

struct row {
    const char *name;
    struct {
        bool keys;
        const char *profile, *token_file, *role, *session, *relative, *full, *authorization_file, *authorization;
        bool no_instance;
    } env;
    const char *credentials;
    const char *config;
    const char *expected; /* as shown(); of what is refused, a part of why */
    bool refused;
};

#define X64 "/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define LONG_PATH X64 X64 X64 X64
#define ROLE(name) "arn:aws:iam::123456789012:role/" name
#define KEYS(id) "aws_access_key_id = " id "\naws_secret_access_key = SECRET\n"
#define A_ROLE(name, from) "role_arn = " ROLE(name) "\nsource_profile = " from "\n"

static const struct row accepted[] = {
    {"nothing", {0}, "", "", "instance profile", false},
    {"the environment", {.keys = true}, "", "", "environment AKIAENV", false},
    {"a web identity", {.token_file = "/t", .role = ROLE("w")}, "", "", "web identity /t " ROLE("w"), false},
    {"a web identity in the working folder", {.token_file = "t", .role = ROLE("w")}, "", "", "web identity t " ROLE("w"), false},
    {"a web identity and its session", {.token_file = "/t", .role = ROLE("w"), .session = "me"}, "", "", "web identity /t " ROLE("w") " as me", false},
    {"the credentials file", {0}, "[default]\n" KEYS("AKIA1"), "", "shared credentials file AKIA1", false},
    {"with a token", {0}, "[default]\n" KEYS("AKIA1") "aws_session_token = tok\n", "", "shared credentials file AKIA1 with tok", false},
    {"the configuration file", {0}, "", "[default]\n" KEYS("AKIA2"), "shared configuration file AKIA2", false},
    {"a container's path", {.relative = "/creds"}, "", "", "container 169.254.170.2/creds", false},
    {"a container's shortest path", {.relative = "/"}, "", "", "container 169.254.170.2/", false},
    {"a container's path and its token", {.relative = "/creds", .authorization = "tok"}, "", "", "container 169.254.170.2/creds for tok", false},
    {"a container's URL", {.full = "http://localhost:81/creds"}, "", "", "container localhost/creds", false},

    {"the environment before all", {.keys = true, .token_file = "/t", .role = ROLE("w"), .relative = "/creds"}, "[default]\n" KEYS("AKIA1"),
     "[default]\n" A_ROLE("r", "default"), "environment AKIAENV", false},
    {"a profile's role before a web identity", {.token_file = "/t", .role = ROLE("w")}, "[default]\n" KEYS("AKIA1"), "[default]\n" A_ROLE("r", "default"),
     "shared credentials file AKIA1 > " ROLE("r"), false},
    {"a web identity before the files", {.token_file = "/t", .role = ROLE("w")}, "[default]\n" KEYS("AKIA1"), "[default]\n" KEYS("AKIA2"),
     "web identity /t " ROLE("w"), false},
    {"the credentials file before the configuration file", {0}, "[default]\n" KEYS("AKIA1"), "[default]\n" KEYS("AKIA2"), "shared credentials file AKIA1", false},
    {"the files before a container", {.relative = "/creds"}, "", "[default]\n" KEYS("AKIA2"), "shared configuration file AKIA2", false},
    {"the path before the URL", {.relative = "/creds", .full = "http://localhost/"}, "", "", "container 169.254.170.2/creds", false},
    {"a container where no instance is to be asked", {.relative = "/creds", .no_instance = true}, "", "", "container 169.254.170.2/creds", false},
    {"a role without a token is none", {.role = ROLE("w")}, "", "", "instance profile", false},
    {"a secret without an id is none", {0}, "[default]\naws_secret_access_key = SECRET\n", "", "instance profile", false},

    {"a named profile", {.profile = "ops"}, "[default]\n" KEYS("AKIA1") "[ops]\n" KEYS("AKIA3"), "", "shared credentials file AKIA3", false},
    {"a named profile without keys", {.profile = "ops"}, "[default]\n" KEYS("AKIA1"), "[profile ops]\nregion = eu-west-1\n", "instance profile in eu-west-1", false},
    {"a region beside the environment's keys", {.keys = true}, "", "[default]\nregion = eu-west-1\n", "environment AKIAENV in eu-west-1", false},
    {"the credentials file's region counts", {0}, "[default]\nregion = eu-west-2\n", "[default]\nregion = eu-west-1\n", "instance profile in eu-west-2", false},
    {"an empty region is none", {0}, "", "[default]\nregion =\n", "instance profile", false},
    {"a profile's web identity", {0}, "", "[default]\nrole_arn = " ROLE("w") "\nweb_identity_token_file = /t\nrole_session_name = me\n",
     "web identity /t " ROLE("w") " as me", false},
    {"the environment's token before the profile's", {.token_file = "/u"}, "", "[default]\nrole_arn = " ROLE("w") "\nweb_identity_token_file = /t\n",
     "web identity /u " ROLE("w"), false},

    {"a role with the keys of its own profile", {0}, "", "[default]\n" A_ROLE("r", "default") KEYS("AKIA2"), "shared configuration file AKIA2 > " ROLE("r"), false},
    {"a role and all that goes with it", {.profile = "r"}, "[k]\n" KEYS("AKIA1"),
     "[profile r]\n" A_ROLE("r", "k") "external_id = a:b\nrole_session_name = me\nduration_seconds = 3600\n",
     "shared credentials file AKIA1 > " ROLE("r") " as me for a:b", false},
    {"two roles", {.profile = "a"}, "[k]\n" KEYS("AKIA1"), "[profile a]\n" A_ROLE("a", "b") "[profile b]\n" A_ROLE("b", "k"),
     "shared credentials file AKIA1 > " ROLE("b") " > " ROLE("a"), false},
    {"five roles", {.profile = "a"}, "[k]\n" KEYS("AKIA1"),
     "[profile a]\n" A_ROLE("a", "b") "[profile b]\n" A_ROLE("b", "c") "[profile c]\n" A_ROLE("c", "d") "[profile d]\n" A_ROLE("d", "e") "[profile e]\n" A_ROLE("e", "k"),
     "shared credentials file AKIA1 > " ROLE("e") " > " ROLE("d") " > " ROLE("c") " > " ROLE("b") " > " ROLE("a"), false},
    {"three roles", {.profile = "a"}, "[k]\n" KEYS("AKIA1"), "[profile a]\n" A_ROLE("a", "b") "[profile b]\n" A_ROLE("b", "c") "[profile c]\n" A_ROLE("c", "k"),
     "shared credentials file AKIA1 > " ROLE("c") " > " ROLE("b") " > " ROLE("a"), false},
    {"a role after a profile's web identity", {.profile = "a", .token_file = "/not", .role = ROLE("not")}, "",
     "[profile a]\n" A_ROLE("a", "w") "[profile w]\nrole_arn = " ROLE("w") "\nweb_identity_token_file = /t\n",
     "web identity /t " ROLE("w") " > " ROLE("a"), false},
    {"a role after the instance's", {0}, "", "[default]\nrole_arn = " ROLE("r") "\ncredential_source = Ec2InstanceMetadata\n", "instance profile > " ROLE("r"), false},
    {"a role after a container's", {.relative = "/creds"}, "", "[default]\nrole_arn = " ROLE("r") "\ncredential_source = EcsContainer\n",
     "container 169.254.170.2/creds > " ROLE("r"), false},
    {"keys end the way from role to role", {.profile = "a"}, "[b]\n" KEYS("AKIA1"), "[profile a]\n" A_ROLE("a", "b") "[profile b]\n" A_ROLE("b", "c"),
     "shared credentials file AKIA1 > " ROLE("a"), false},
    {"a role of both files", {.profile = "r"}, "[r]\nsource_profile = k\n[k]\n" KEYS("AKIA1"), "[profile r]\nrole_arn = " ROLE("r") "\nsource_profile = no\n",
     "shared credentials file AKIA1 > " ROLE("r"), false},
    {"keys before a process", {0}, "[default]\n" KEYS("AKIA1"), "[default]\ncredential_process = /bin/p\n", "shared credentials file AKIA1", false},
};

static const struct row refused[] = {
    {"no instance is to be asked", {.no_instance = true}, "", "", "AWS_EC2_METADATA_DISABLED", true},
    {"a profile that is not there", {.profile = "ops"}, "[default]\n" KEYS("AKIA1"), "[ops]\nregion = eu-west-1\n", "profile ops is named by the environment", true},
    {"and not beside the environment's keys either", {.keys = true, .profile = "ops"}, "", "", "profile ops is named by the environment", true},
    {"a file that is none", {0}, "[default]\n" KEYS("AKIA1") "SECRET\n", "", "/home/me/.aws/credentials: line 4: no 'key = value'", true},
    {"and not beside the environment's keys either", {.keys = true}, "", "x\n", "/home/me/.aws/config: line 1: no section", true},
    {"a token's file without a role", {.token_file = "/t"}, "", "", "web identity: there is a token's file, but no role", true},
    {"a web identity's role that is none", {.token_file = "/t", .role = "r"}, "", "", "web identity: 'r' is no role", true},
    {"a session's name that is none", {.token_file = "/t", .role = ROLE("w"), .session = "a b"}, "", "", "web identity: 'a b' is no name of a session", true},
    {"a session's name that is too short", {.token_file = "/t", .role = ROLE("w"), .session = "x"}, "", "", "web identity: 'x' is no name of a session", true},
    {"too long a path of a token's file", {.token_file = LONG_PATH, .role = ROLE("w")}, "", "", "web identity: the path of the token's file is longer than 255 bytes", true},
    {"too long a path of a container's token", {.relative = "/creds", .authorization_file = LONG_PATH}, "", "",
     "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is longer than 255 bytes", true},
    {"half of the keys", {0}, "[default]\naws_access_key_id = AKIA1\n", "[default]\n" KEYS("AKIA2"), "has an aws_access_key_id, but no aws_secret_access_key", true},
    {"keys that are none", {0}, "[default]\naws_access_key_id = AK/IA\naws_secret_access_key = SECRET\n", "", "profile default: credentials: the access key id", true},
    {"an empty key", {0}, "[default]\naws_access_key_id =\naws_secret_access_key = SECRET\n", "", "the access key id is empty", true},
    {"a process", {0}, "", "[default]\ncredential_process = /bin/p\n" KEYS("AKIA2"), "profile default has a credential_process", true},
    {"SSO by its account", {0}, "[default]\n" KEYS("AKIA1"), "[default]\nsso_account_id = 1\n", "profile default is one of IAM Identity Center", true},
    {"SSO by its role", {0}, "[default]\n" KEYS("AKIA1"), "[default]\nsso_role_name = r\n", "profile default is one of IAM Identity Center", true},
    {"SSO", {0}, "[default]\n" KEYS("AKIA1"), "[default]\nsso_account_id = 1\nsso_role_name = r\n", "profile default is one of IAM Identity Center", true},
    {"a code that somebody must give", {0}, "", "[default]\n" A_ROLE("r", "default") KEYS("AKIA2") "mfa_serial = arn:x\n", "profile default has an mfa_serial", true},
    {"a role without a source", {0}, "", "[default]\nrole_arn = " ROLE("r") "\n", "neither source_profile nor credential_source", true},
    {"a role with two sources", {0}, "", "[default]\n" A_ROLE("r", "default") "credential_source = EcsContainer\n", "has both source_profile", true},
    {"a source that is none", {0}, "", "[default]\nrole_arn = " ROLE("r") "\ncredential_source = ec2instancemetadata\n", "has a credential_source that is none", true},
    {"a container's that is not there", {0}, "", "[default]\nrole_arn = " ROLE("r") "\ncredential_source = EcsContainer\n", "none is set up", true},
    {"the environment's that are not there", {0}, "", "[default]\nrole_arn = " ROLE("r") "\ncredential_source = Environment\n", "from the environment, and none are there", true},
    {"an instance's that is not to be asked", {.no_instance = true}, "", "[default]\nrole_arn = " ROLE("r") "\ncredential_source = Ec2InstanceMetadata\n",
     "AWS_EC2_METADATA_DISABLED", true},
    {"a source profile that is not there", {0}, "", "[default]\n" A_ROLE("r", "k"), "profile k is named as source_profile and does not exist", true},
    {"a source profile without keys", {.relative = "/creds"}, "[k]\nregion = eu-west-1\n", "[default]\n" A_ROLE("r", "k"), "profile k is named as source_profile and has no keys", true},
    {"the environment's web identity is no source profile's", {.token_file = "/t", .role = ROLE("w")}, "[k]\nregion = eu-west-1\n", "[default]\n" A_ROLE("r", "k"),
     "profile k is named as source_profile and has no keys", true},
    {"a source profile's source that is not there", {.profile = "a"}, "", "[profile a]\n" A_ROLE("a", "b") "[profile b]\n" A_ROLE("b", "k"),
     "profile k is named as source_profile and does not exist", true},
    {"a source profile of SSO", {0}, "", "[default]\n" A_ROLE("r", "k") "[profile k]\nsso_account_id = 1\n", "profile k is one of IAM Identity Center", true},
    {"a source profile with half of the keys", {0}, "[k]\naws_secret_access_key = SECRET\n", "[default]\n" A_ROLE("r", "k"),
     "profile k is named as source_profile and has no keys", true},
    {"a role after the keys of a container with a path that is none", {.relative = "creds"}, "", "[default]\nrole_arn = " ROLE("r") "\ncredential_source = EcsContainer\n",
     "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: 'creds' is no path", true},
    {"a source profile that goes on where it may not", {0}, "", "[default]\n" A_ROLE("r", "k") "[profile k]\naws_access_key_id = AKIA1\n  more\n",
     "/home/me/.aws/config: line 6: it goes on with a value that takes one line", true},
    {"a circle", {.profile = "a"}, "", "[profile a]\n" A_ROLE("a", "b") "[profile b]\n" A_ROLE("b", "a"), "a circle of them", true},
    {"itself", {0}, "", "[default]\n" A_ROLE("r", "default"), "a circle of them", true},
    {"a role that is none", {0}, "", "[default]\nrole_arn = r\nsource_profile = default\n" KEYS("AKIA2"), "profile default: 'r' is no role", true},
    {"an external id that is none", {0}, "", "[default]\n" A_ROLE("r", "default") KEYS("AKIA2") "external_id = a;b\n", "profile default: 'a,b' is no external id", true},
    {"an external id that is too short", {0}, "", "[default]\n" A_ROLE("r", "default") KEYS("AKIA2") "external_id = x\n", "profile default: 'x' is no external id", true},
    {"half of the keys ends the way from role to role", {.profile = "a"}, "[b]\naws_access_key_id = AKIA1\n[c]\n" KEYS("AKIA2"),
     "[profile a]\n" A_ROLE("a", "b") "[profile b]\n" A_ROLE("b", "c"), "profile b has an aws_access_key_id, but no aws_secret_access_key", true},
    {"a region of one letter", {0}, "", "[default]\nregion = x\n", "profile default: 'x' is no region", true},
    {"a region that is none", {0}, "", "[default]\nregion = nowhere\n", "profile default: 'nowhere' is no region", true},
    {"a container's path that is none", {.relative = "creds"}, "", "", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: 'creds' is no path", true},
    {"a container's URL that is none", {.full = "http://evil.example/"}, "", "", "AWS_CONTAINER_CREDENTIALS_FULL_URI: keys are not fetched without TLS", true},
    {"an empty URL counts as absent, a wrong one does not let the instance be asked", {.full = "x"}, "", "", "AWS_CONTAINER_CREDENTIALS_FULL_URI: 'x' is no URL", true},
};

static void put_role(struct buf *b, const struct sts_role *role)
{
    buf_puts(b, role->arn.text);
    if (role->session.text[0])
        buf_putf(b, " as %s", role->session.text);
    if (role->external.text[0])
        buf_putf(b, " for %s", role->external.text);
}

static const char *shown(void)
{
    static char text[4096];
    struct buf b = BUF_OF(text);
    buf_puts(&b, chain_source_word(chain.source));
    if (chain.keys.access_key[0])
        buf_putf(&b, " %s", chain.keys.access_key);
    if (chain.keys.session_token.reveal[0])
        buf_putf(&b, " with %s", chain.keys.session_token.reveal);
    if (chain.token_file[0])
        buf_putf(&b, " %s ", chain.token_file);
    put_role(&b, &chain.identity);
    if (chain.source == CHAIN_CONTAINER)
        buf_putf(&b, " %s%s", chain.container.origin.host, chain.container.path);
    if (chain.token.reveal[0])
        buf_putf(&b, " for %s", chain.token.reveal);
    for (size_t i = 0; i < chain.role_count; i++) {
        buf_puts(&b, " > ");
        put_role(&b, &chain.roles[i]);
    }
    if (chain.has_region)
        buf_putf(&b, " in %s", chain.region.text);
    return buf_text(&b);
}

static bool find(const struct row *row)
{
    struct chain_environment env = {
        .has_keys = row->env.keys,
        .profile = slice_of(row->env.profile),
        .home = S("/home/me"),
        .token_file = slice_of(row->env.token_file),
        .role_arn = slice_of(row->env.role),
        .role_session_name = slice_of(row->env.session),
        .container_relative = slice_of(row->env.relative),
        .container_full = slice_of(row->env.full),
        .authorization_file = slice_of(row->env.authorization_file),
        .no_instance = row->env.no_instance,
    };
    if (row->env.authorization)
        assert_true(bearer_make(slice_of(row->env.authorization), &env.authorization, &e));
    struct slice credentials = slice_dup(slice_of(row->credentials)), config = slice_dup(slice_of(row->config));
    memset(&e, 0, sizeof e);
    memset(&chain, 0, sizeof chain);
    if (row->env.keys)
        assert_true(credentials_make(S("AKIAENV"), S("SECRET"), S(""), &env.keys, &e));
    bool ok = chain_find(&env, credentials, config, &chain, &e);
    slice_free(credentials);
    slice_free(config);
    return ok;
}

static void test_accepted(void **state)
{
    const struct row *row = *state;
    assert_accepted(find(row), &e);
    assert_string_equal(shown(), row->expected);
    assert_int_equal(chain.by_profile, chain.role_count > 0);
    assert_int_equal(chain_asks_sts(&chain), strstr(row->expected, ROLE("")) != NULL);
}

static void test_refused(void **state)
{
    const struct row *row = *state;
    assert_refused(find(row), &e, ERR_IDENTITY, row->expected);
    assert_null(strstr(e.text, "SECRET"));
}

/* Where the files are. */
static void test_paths(void **state)
{
    static const struct {
        const char *home, *credentials, *config;
        const char *expected[2]; /* NULL: there is none */
    } rows[] = {
        {NULL, NULL, NULL, {NULL, NULL}},
        {"/", NULL, NULL, {"//.aws/credentials", "//.aws/config"}},
        {"/root", NULL, NULL, {"/root/.aws/credentials", "/root/.aws/config"}},
        {"/root", "/c", NULL, {"/c", "/root/.aws/config"}},
        {NULL, NULL, "d", {NULL, "d"}},
        {"/root", "~/c", "~d", {"/root/c", "~d"}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (int file = 0; file < 2; file++) {
            struct chain_environment env = {.home = slice_of(rows[i].home), .credentials_file = slice_of(rows[i].credentials), .config_file = slice_of(rows[i].config)};
            char path[LIMIT_PATH];
            bool found = chain_path(&env, (enum chain_file)file, path);
            assert_int_equal(found, rows[i].expected[file] != NULL);
            if (found)
                assert_string_equal(path, rows[i].expected[file]);
        }
}

static void test_a_path_that_is_too_long(void **state)
{
    char home[LIMIT_PATH], path[LIMIT_PATH];
    (void)state;
    memset(home, 'x', sizeof home);
    struct chain_environment env = {.home = slice_make(home, sizeof home - sizeof "/.aws/config")};
    assert_true(chain_path(&env, CHAIN_FILE_CONFIG, path));
    assert_false(chain_path(&env, CHAIN_FILE_CREDENTIALS, path));
}

/* What is said of the sources that had nothing. */
static void test_passed(void **state)
{
    static const struct {
        struct chain chain;
        const char *expected;
    } rows[] = {
        {{.source = CHAIN_ENVIRONMENT}, ""},
        {{.source = CHAIN_CREDENTIALS_FILE}, "environment, web identity"},
        {{.source = CHAIN_INSTANCE}, "environment, web identity, shared credentials file, shared configuration file, container"},
        {{.source = CHAIN_INSTANCE, .by_profile = true}, "environment"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[128];
        struct buf b = BUF_OF(text);
        chain_put_passed(&b, &rows[i].chain);
        assert_string_equal(buf_text(&b), rows[i].expected);
    }
}

/* As many roles as there is room for, and one more. */
static void test_roles_at_most(void **state)
{
    static const struct sts_role role;
    (void)state;
    memset(&chain, 0, sizeof chain);
    memset(&e, 0, sizeof e);
    for (int i = 0; i < LIMIT_ROLES; i++)
        assert_accepted(chain_add_role(&chain, &role, &e), &e);
    assert_refused(chain_add_role(&chain, &role, &e), &e, ERR_IDENTITY, "more than 5 roles");
}

int main(void)
{
    static struct suite suite;
    SUITE_ROWS(&suite, test_accepted, accepted);
    SUITE_ROWS(&suite, test_refused, refused);
    SUITE_TEST(&suite, test_paths);
    SUITE_TEST(&suite, test_a_path_that_is_too_long);
    SUITE_TEST(&suite, test_passed);
    SUITE_TEST(&suite, test_roles_at_most);
    return suite_run(&suite, "aws/chain");
}
