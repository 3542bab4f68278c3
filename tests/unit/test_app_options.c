/*
 * options: what is understood and what is refused, from the command line, the environment and the configuration, and
 * which of them wins. Faults, rows 102, 103, 119 to 125.
 */
#include "support.h"

#include "app/options/option.h"
#include "app/options/options.h"
#include "app/options/sections.h"

#include "aws/imds.h"

#include <stdio.h>

static struct options o;
static struct err e;

static void start(bool secure)
{
    memset(&o, 0, sizeof o);
    options_start(&o, secure);
    err_clear(&e);
}

/* Up to the first NULL. */
static bool take(const char *const *arguments)
{
    int count = 0;
    while (arguments[count])
        count++;
    return options_take_arguments(&o, count, (char *const *)(uintptr_t)arguments, &e);
}
#define TAKE(...) take((const char *const[]){__VA_ARGS__, NULL})

static bool take_environment(const char *const *variables)
{
    return options_take_environment(&o, (char *const *)(uintptr_t)variables, &e);
}
#define ENVIRONMENT(...) take_environment((const char *const[]){__VA_ARGS__, NULL})

static bool take_config(struct slice text)
{
    struct slice copy = slice_dup(text);
    bool ok = options_take_config(&o, copy, &e);
    slice_free(copy);
    return ok;
}
#define CONFIG(literal) take_config(S(literal))

static void put_want(struct buf *b, const struct want *want)
{
    if (want->alias.has_vip)
        buf_putf(b, " vip=%s", ip_text(want->alias.vip).text);
    if (want->alias.has_prefix)
        buf_putf(b, "/%u", want->alias.prefix);
    if (want->alias.has_interface)
        buf_putf(b, " interface=%s", want->alias.interface.text);
    for (size_t i = 0; i < want->named_count; i++)
        buf_putf(b, " table=%s", want->named[i].text);
    for (size_t i = 0; i < want->tag_count; i++)
        buf_putf(b, " tag=%s=%s", want->tags[i].key, want->tags[i].value);
}

static void put_policy(struct buf *b, const struct want *want)
{
    if (want->allowed_owners.limited)
        buf_putf(b, " from=%s", want->allowed_owners.nobody ? "nobody" : "");
    for (size_t i = 0; i < want->allowed_owners.count; i++)
        buf_putf(b, "%s%s", i > 0 || want->allowed_owners.nobody ? "," : "", want->allowed_owners.at[i].text);
}

/* The sections that the run is about. */
static const char *sections_shown(void)
{
    static char text[8192];
    struct buf b = BUF_OF(text);
    for (size_t i = 0; i < o.section_count; i++) {
        const struct want *section = &o.sections[i];
        if (!section_is_picked(&o, section))
            continue;
        buf_putf(&b, "[%s :%u", section->name, section->alias.before + 1u);
        put_want(&b, section);
        put_policy(&b, section);
        buf_puts(&b, section->existing_only ? " existing]" : "]");
    }
    return buf_text(&b);
}

static void put_word(struct buf *b, const char *name, struct slice value)
{
    if (value.len > 0)
        buf_putf(b, " %s=%s", name, err_printable(value).text);
}

static void put_chain(struct buf *b, const struct chain_environment *c)
{
    put_word(b, "home", c->home);
    put_word(b, "profile", c->profile);
    put_word(b, "credentials", c->credentials_file);
    put_word(b, "config", c->config_file);
    put_word(b, "role", c->role_arn);
    put_word(b, "session", c->role_session_name);
    put_word(b, "token", c->token_file);
    put_word(b, "relative", c->container_relative);
    put_word(b, "full", c->container_full);
    put_word(b, "authorization", c->authorization_file);
    buf_putf(b, "%s%s", c->authorization.reveal[0] ? " authorized" : "", c->no_instance ? " no-instance" : "");
}

/* What a test looks at, in one line. */
static const char *shown(void)
{
    static const char *const verbs[] = {
#define X(verb, word, what) word,
        VERBS(X)
#undef X
    };
    static char text[8192];
    struct buf b = BUF_OF(text);
    buf_puts(&b, verbs[o.verb]);
    if (o.about != VERB_HELP)
        buf_putf(&b, " %s", verbs[o.about]);
    put_want(&b, &o.common);
    if (o.has_region)
        buf_putf(&b, " region=%s", o.region.text);
    if (o.has_endpoint)
        buf_putf(&b, " endpoint=%s:%u", o.endpoint.host, o.endpoint.port);
    if (strcmp(o.imds.host, imds_origin(false).host) != 0 || o.imds.port != 80)
        buf_putf(&b, " imds=%s:%u", o.imds.host, o.imds.port);
    if (o.proxy.origin.host[0])
        buf_putf(&b, " proxy=%s:%u%s", o.proxy.origin.host, o.proxy.origin.port, o.proxy.reveal[0] ? " authorized" : "");
    if (o.no_proxy.len > 0)
        buf_putf(&b, " but=%s", err_printable(o.no_proxy).text);
    buf_putf(&b, "%s%s", o.variant.fips ? " fips" : "", o.variant.dual_stack ? " dual-stack" : "");
    if (o.has_role)
        buf_putf(&b, " role=%s", o.role.text);
    if (o.external_id.text[0])
        buf_putf(&b, " external=%s", o.external_id.text);
    if (o.has_sts_endpoint)
        buf_putf(&b, " sts=%s:%u", o.sts_endpoint.host, o.sts_endpoint.port);
    if (o.ca_bundle[0])
        buf_putf(&b, " ca=%s", o.ca_bundle);
    if (o.endpoint_ip[0])
        buf_putf(&b, " ip=%s", o.endpoint_ip);
    if (o.deadline_s != DEADLINE_DEFAULT_S)
        buf_putf(&b, " deadline=%u", o.deadline_s);
    if (o.every_s > 0)
        buf_putf(&b, " every=%u", o.every_s);
    if (o.guard[0])
        buf_putf(&b, " guard=%s", o.guard);
    put_policy(&b, &o.common);
    if (o.config_named)
        buf_putf(&b, " config=%s", o.config);
    buf_putf(&b, "%s%s", o.form == FORM_JSON ? " json" : o.form == FORM_PROMETHEUS ? " prometheus" : "", o.watch ? " watch" : "");
    if (o.prometheus_file[0])
        buf_putf(&b, " into=%s", o.prometheus_file);
    buf_putf(&b, "%s%s%s%s%s%s%s", o.syslog ? " syslog" : "", o.common.existing_only ? " existing" : "", o.wait ? " wait" : "", o.dry_run ? " dry" : "",
             o.delete_routes ? " route" : "",
             o.verbose ? " verbose" : "", o.chain.has_keys ? " credentials" : "");
    put_chain(&b, &o.chain);
    return buf_text(&b);
}

/* --- The command line */

struct row {
    const char *name;
    const char *arguments[10];
    const char *expected; /* what is shown, or a part of the refusal */
};

static const struct row accepted[] = {
    {"defaults", {"acquire"}, "acquire"},
    {"release", {"release"}, "release"},
    {"follow", {"follow"}, "follow"},
    {"follow, again and again", {"follow", "--every", "10"}, "follow every=10"},
    {"most often", {"follow", "--every=1s"}, "follow every=1"},
    {"least often", {"follow", "--every", "3600s"}, "follow every=3600"},
    {"as JSON", {"status", "--json"}, "status json"},
    {"as metrics", {"status", "--prometheus"}, "status prometheus"},
    {"as metrics, before another option", {"status", "--prometheus", "-v"}, "status prometheus verbose"},
    {"as metrics, into a file", {"status", "--prometheus", "/run/m.prom", "-v"}, "status prometheus into=/run/m.prom verbose"},
    {"as metrics, into a file after '='", {"status", "--prometheus=-m.prom"}, "status prometheus into=-m.prom"},
    {"as metrics, to standard output", {"status", "--prometheus", "-"}, "status prometheus"},
    {"again and again", {"status", "--watch"}, "status watch"},
    {"again and again, so often", {"status", "--watch", "--every", "5"}, "status every=5 watch"},
    {"check", {"check"}, "check"},
    {"status", {"status"}, "status"},
    {"help", {"help"}, "help"},
    {"--help", {"--help"}, "help"},
    {"-h", {"-h"}, "help"},
    {"help of a verb", {"help", "release"}, "help release"},
    {"help of help", {"help", "help"}, "help"},
    {"a verb's help", {"status", "--vip", "10.9.0.1", "--help"}, "help status vip=10.9.0.1"},
    {"a verb's help, in short", {"follow", "-h", "--every", "10"}, "help follow every=10"},
    {"help of version", {"version", "--help"}, "help version"},
    {"version", {"version"}, "version"},
    {"--version", {"--version"}, "version"},
    {"value after '='", {"acquire", "--vip=10.9.0.1", "--interface=ens5", "--tables=existing", "--region=us-gov-west-1", "--deadline=5", "-v"},
     "acquire vip=10.9.0.1 interface=ens5 region=us-gov-west-1 deadline=5 existing verbose"},
    {"value after a blank", {"acquire", "--vip", "10.109.10.254/27", "--guard", "/usr/bin/is-primary --now", "--dry-run"},
     "acquire vip=10.109.10.254/27 guard=/usr/bin/is-primary --now dry"},
    {"a value with '='", {"acquire", "--guard=/bin/test a=b"}, "acquire guard=/bin/test a=b"},
    {"a value like an option", {"acquire", "--ca-bundle", "--vip"}, "acquire ca=--vip"},
    {"whom to ask", {"status", "--endpoint-url", "https://EC2.example:8443/", "--imds-endpoint=http://[fd00:ec2::254]"},
     "status endpoint=ec2.example:8443 imds=fd00:ec2::254:80"},
    {"an address of the API", {"status", "--endpoint-ip", "198.51.100.1"}, "status ip=198.51.100.1"},
    {"an IPv6 address of the API", {"status", "--endpoint-ip=2001:db8::1"}, "status ip=2001:db8::1"},
    {"a proxy", {"status", "--proxy", "http://P.example:3128/"}, "status proxy=p.example:3128"},
    {"no proxy", {"status", "--proxy", "none"}, "status"},
    {"FIPS", {"status", "--fips", "true", "--dual-stack=FALSE"}, "status fips"},
    {"dual stack", {"status", "--fips=false", "--dual-stack", "True"}, "status dual-stack"},
    {"metadata over IPv6", {"status", "--imds-endpoint", "IPv6"}, "status imds=fd00:ec2::254:80"},
    {"a role", {"status", "--assume-role", "arn:aws:iam::123456789012:role/m", "--external-id=a:b", "--sts-endpoint-url", "https://sts.example"},
     "status role=arn:aws:iam::123456789012:role/m external=a:b sts=sts.example:443"},
    {"tables one by one", {"acquire", "--route-table", "rtb-00000001", "--route-table=rtb-00000002"}, "acquire table=rtb-00000001 table=rtb-00000002"},
    {"tables in a list", {"acquire", "--route-table", "rtb-00000001, rtb-00000002,rtb-00000003"},
     "acquire table=rtb-00000001 table=rtb-00000002 table=rtb-00000003"},
    {"a table twice", {"acquire", "--route-table", "rtb-00000001,rtb-00000001", "--route-table=rtb-00000001"}, "acquire table=rtb-00000001"},
    {"a tag", {"acquire", "--tag", "mirrorvip=yes"}, "acquire tag=mirrorvip=yes"},
    {"tags one by one, and in a list", {"acquire", "--tag=a=1", "--tag", "b=, c=x=y*"}, "acquire tag=a=1 tag=b= tag=c=x=y*"},
    {"a tag twice", {"acquire", "--tag=a=1", "--tag=a=1,a=1"}, "acquire tag=a=1"},
    {"flags twice", {"release", "--route", "--route", "-v", "--verbose", "-v"}, "release route verbose"},
    {"to wait", {"release", "--wait"}, "release wait"},
    {"from one owner", {"acquire", "--only-if-owner", "eni-0a1b2c3d"}, "acquire from=eni-0a1b2c3d"},
    {"from one of several, or nobody", {"acquire", "--only-if-owner=eni-0a1b2c3d, nobody,eni-00000002"}, "acquire from=nobody,eni-0a1b2c3d,eni-00000002"},
    {"tables all", {"acquire", "--tables", "all"}, "acquire"},
    {"shortest deadline", {"acquire", "--deadline", "1"}, "acquire deadline=1"},
    {"longest deadline", {"acquire", "--deadline", "600"}, "acquire deadline=600"},
    {"shortest prefix", {"acquire", "--vip", "10.9.0.1/8"}, "acquire vip=10.9.0.1/8"},
    {"longest prefix", {"acquire", "--vip", "10.9.0.1/32"}, "acquire vip=10.9.0.1/32"},
    {"the log that there is always", {"acquire", "--log", "stderr"}, "acquire"},
    {"the system's log too", {"status", "--log=syslog"}, "status syslog"},
    {"another configuration", {"acquire", "--config", "/root/vip.conf"}, "acquire config=/root/vip.conf"},
};

static const struct row refused[] = {
    {"a tag without a value", {"acquire", "--tag", "mirrorvip"}, "--tag: 'mirrorvip' is no tag, as mirrorvip=yes"},
    {"a tag without a key", {"acquire", "--tag", "=yes"}, "'=yes' is no tag"},
    {"no tag", {"acquire", "--tag", ""}, "'' is no tag"},
    {"two values of a tag", {"acquire", "--tag", "a=1", "--tag", "a=2"}, "--tag: no table has two values of the tag 'a'"},
    {"too many tags", {"acquire", "--tag", "a=1,b=1,c=1,d=1,e=1"}, "more than 4 tags are named"},
    {"a tag with a line end", {"acquire", "--tag", "a=b\n"}, "is no tag"},
    {"nothing", {NULL}, "no verb; use one of: acquire release follow check status policy ocf notify help version"},
    {"no verb", {"--vip", "10.9.0.1"}, "'--vip' is no verb"},
    {"an unknown verb", {"aquire"}, "'aquire' is no verb"},
    {"an empty verb", {""}, "'' is no verb"},
    {"a verb with control bytes", {"\x1b[2J"}, "'?[2J' is no verb"},
    {"an unknown option", {"acquire", "--vpi", "10.9.0.1"}, "'--vpi' is no option"},
    {"a word", {"acquire", "eth0"}, "'eth0' is no option"},
    {"--", {"acquire", "--"}, "'--' is no option"},
    {"-", {"acquire", "-"}, "'-' is no option"},
    {"-vv", {"acquire", "-vv"}, "'-vv' is no option"},
    {"an empty argument", {"acquire", ""}, "'' is no option"},
    {"a second verb", {"acquire", "release"}, "'release' is no option"},
    {"no value", {"acquire", "--vip"}, "--vip needs a value: ADDRESS[/PREFIX]"},
    {"a value too many", {"acquire", "--dry-run=yes"}, "--dry-run takes no value"},
    {"twice", {"acquire", "--vip", "10.9.0.1", "--vip", "10.9.0.1"}, "--vip stands twice"},
    {"a secret", {"acquire", "--secret-access-key=wJalrSECRET"}, "'--secret-access-key' is no option"},
    {"a secret token", {"acquire", "--session-token", "FwoSECRET"}, "'--session-token' is no option"},
    {"no owner", {"acquire", "--only-if-owner="}, "'' is no network interface, as eni-0a1b2c3d4e5f67890, nor 'nobody'"},
    {"an owner that is a gateway", {"acquire", "--only-if-owner", "igw-0123456789abcdef0"}, "'igw-0123456789abcdef0' is no network interface"},
    {"nothing between two commas", {"acquire", "--only-if-owner", "nobody,,eni-0a1b2c3d"}, "'' is no network interface"},
    {"too many owners", {"acquire", "--only-if-owner", "eni-00000001,eni-00000002,eni-00000003,eni-00000004,eni-00000005,eni-00000006,eni-00000007,"
     "eni-00000008,eni-00000009,eni-0000000a,eni-0000000b,eni-0000000c,eni-0000000d,eni-0000000e,eni-0000000f,eni-00000010,eni-00000011"},
     "more than 16 owners are named"},
    {"owners of a status", {"status", "--only-if-owner", "nobody"}, "--only-if-owner belongs to acquire"},
    {"a status that waits", {"status", "--wait"}, "--wait belongs to acquire and release"},
    {"a follower that waits", {"follow", "--wait"}, "--wait belongs to acquire and release"},
    {"a check that waits", {"check", "--wait"}, "--wait belongs to acquire and release"},
    {"a dry run of a release", {"release", "--dry-run"}, "--dry-run belongs to acquire"},
    {"a dry run of status", {"status", "--dry-run"}, "--dry-run belongs to acquire"},
    {"how often to acquire", {"acquire", "--every", "10"}, "--every belongs to follow"},
    {"how often, and not even a number", {"acquire", "--every="}, "--every belongs to follow"},
    {"a guard of a status", {"status", "--guard", "/bin/true"}, "--guard belongs to acquire"},
    {"a VIP of a version", {"version", "--vip", "10.9.0.1"}, "--vip belongs to acquire, release, follow, "},
    {"help of no verb", {"help", "aquire"}, "'aquire' is no verb; use one of: acquire release"},
    {"help with an option", {"help", "--verbose"}, "'--verbose' is no verb"},
    {"help of two verbs", {"help", "acquire", "release"}, "'release' is no option"},
    {"help with a value", {"acquire", "--help=all"}, "--help takes no value"},
    {"every: 0", {"follow", "--every", "0"}, "--every: the interval is a whole number of seconds from 1 to 3600, not '0'"},
    {"every: an hour and a second", {"follow", "--every", "3601s"}, "not '3601s'"},
    {"every: another unit", {"follow", "--every", "10m"}, "not '10m'"},
    {"every: two units", {"follow", "--every", "10ss"}, "not '10ss'"},
    {"every: a unit alone", {"follow", "--every", "s"}, "not 's'"},
    {"every: empty", {"follow", "--every="}, "not ''"},
    {"routes of an acquisition", {"acquire", "--route"}, "--route belongs to release and policy"},
    {"HCL of a status", {"status", "--terraform"}, "--terraform belongs to policy"},
    {"VIP: empty", {"acquire", "--vip="}, "--vip: '' is no IP address"},
    {"VIP: three parts", {"acquire", "--vip", "10.1.2"}, "--vip: '10.1.2' is no IP address, as 10.9.0.1"},
    {"VIP: a prefix that is too short", {"acquire", "--vip", "10.9.0.1/7"}, "give a whole one, and a prefix of at least 8 or none"},
    {"VIP: octal", {"acquire", "--vip", "010.1.2.3"}, "no IP address"},
    {"VIP: hexadecimal", {"acquire", "--vip", "0x0a010203"}, "no IP address"},
    {"VIP: blank behind", {"acquire", "--vip", "10.1.2.3 "}, "no IP address"},
    {"VIP: IPv6, no address", {"acquire", "--vip", "fd00::1::2"}, "no IP address"},
    {"VIP: IPv6, a zone", {"acquire", "--vip", "fd00::1%eth0"}, "no IP address"},
    {"VIP: IPv6, brackets", {"acquire", "--vip", "[fd00::1]"}, "no IP address"},
    {"VIP: IPv6, too wide", {"acquire", "--vip", "fd00::1/7"}, "no IP address"},
    {"VIP: IPv6, too narrow", {"acquire", "--vip", "fd00::1/129"}, "no IP address"},
    {"VIP: IPv6, link-local", {"acquire", "--vip", "fe80::1"}, "--vip: fe80::1 cannot be a VIP: it is a link-local address"},
    {"VIP: IPv6, mapped", {"acquire", "--vip", "::ffff:10.9.0.1"}, "cannot be a VIP: it is an IPv4 address mapped into IPv6"},
    {"VIP: too wide", {"acquire", "--vip", "10.1.2.3/7"}, "no IP address"},
    {"VIP: too narrow", {"acquire", "--vip", "10.1.2.3/33"}, "no IP address"},
    {"VIP: no prefix", {"acquire", "--vip", "10.1.2.3/"}, "no IP address"},
    {"VIP: loopback", {"acquire", "--vip", "127.0.0.1"}, "--vip: 127.0.0.1 cannot be a VIP: it is a loopback address"},
    {"VIP: metadata", {"acquire", "--vip", "169.254.169.254"}, "link-local"},
    {"VIP: this network", {"acquire", "--vip", "0.0.0.0"}, "of this network"},
    {"VIP: broadcast", {"acquire", "--vip", "255.255.255.255"}, "multicast, reserved or broadcast"},
    {"interface: a label", {"acquire", "--interface", "eth0:1"}, "--interface: 'eth0:1' is no interface name"},
    {"interface: empty", {"acquire", "--interface="}, "no interface name"},
    {"interface: too long", {"acquire", "--interface", "0123456789abcdef"}, "no interface name"},
    {"interface: a path", {"acquire", "--interface", "../x"}, "no interface name"},
    {"table: none", {"acquire", "--route-table="}, "--route-table: no route table is named"},
    {"table: commas", {"acquire", "--route-table", " , ,"}, "no route table is named"},
    {"table: another id", {"acquire", "--route-table", "vpc-00000001"}, "'vpc-00000001' is no route table, as rtb-"},
    {"table: a form", {"acquire", "--route-table", "rtb-00000001&Action=DeleteVpc"}, "is no route table"},
    {"table: the second", {"acquire", "--route-table", "rtb-00000001,x"}, "'x' is no route table"},
    {"tables", {"acquire", "--tables", "some"}, "tables is 'all' or 'existing', not 'some'"},
    {"region: a URL", {"acquire", "--region", "x@evil.example:443/#"}, "is no region, as eu-central-1"},
    {"endpoint: plain", {"acquire", "--endpoint-url", "http://ec2.example"}, "must begin with https://"},
    {"endpoint: a path", {"acquire", "--endpoint-url", "https://ec2.example/x"}, "--endpoint-url: "},
    {"endpoint: no URL", {"acquire", "--endpoint-url", "ec2.example"}, "is no URL"},
    {"endpoint's address: a name", {"acquire", "--endpoint-ip", "ec2.example"}, "--endpoint-ip: 'ec2.example' is no IP address"},
    {"endpoint's address: empty", {"acquire", "--endpoint-ip="}, "'' is no IP address"},
    {"endpoint's address: too long", {"acquire", "--endpoint-ip", "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa"}, "is no IP address"},
    {"endpoint's address: in brackets", {"acquire", "--endpoint-ip", "[2001:db8::1]"}, "is no IP address"},
    {"proxy: a password", {"acquire", "--proxy", "http://u:SECRET@p.example"}, "--proxy has a password, which everybody on this host can see"},
    {"proxy: a user", {"acquire", "--proxy", "u@p.example"}, "--proxy has a password"},
    {"proxy: TLS", {"acquire", "--proxy", "https://u:SECRET@p.example"}, "--proxy: the proxy's URL begins with https://"},
    {"proxy: empty", {"acquire", "--proxy="}, "--proxy: the proxy's URL is not of the form"},
    {"FIPS: yes", {"acquire", "--fips", "yes"}, "--fips: it is 'true' or 'false', not 'yes'"},
    {"dual stack: empty", {"acquire", "--dual-stack="}, "--dual-stack: it is 'true' or 'false', not ''"},
    {"metadata: another version", {"acquire", "--imds-endpoint", "IPv5"}, "is no URL"},
    {"metadata: TLS", {"acquire", "--imds-endpoint", "https://169.254.169.254"}, "the metadata service speaks http://, not https://"},
    {"metadata: no URL", {"acquire", "--imds-endpoint", "169.254.169.254"}, "is no URL"},
    {"CA bundle: empty", {"acquire", "--ca-bundle="}, "--ca-bundle: the path of the CA bundle is empty or longer than 255 bytes"},
    {"configuration: empty", {"acquire", "--config="}, "the path of the configuration is empty"},
    {"guard: no path", {"acquire", "--guard", "is-primary"}, "--guard: the guard command must begin with the full path of a program"},
    {"log: another", {"acquire", "--log", "/var/log/x"}, "--log: the log is 'stderr' or 'syslog', not '/var/log/x'"},
    {"log: empty", {"acquire", "--log="}, "not ''"},
    {"JSON: another verb's", {"acquire", "--json"}, "--json belongs to check and status"},
    {"fix: another verb's", {"acquire", "--fix"}, "--fix belongs to check"},
    {"metrics: another verb's", {"follow", "--prometheus"}, "--prometheus belongs to status"},
    {"watch: another verb's", {"follow", "--watch", "--every", "5"}, "--watch belongs to status"},
    {"every: without a watch", {"status", "--every", "5"}, "--every belongs to follow, and to status --watch"},
    {"two forms", {"status", "--prometheus", "--json"}, "of --json, --prometheus and --watch only one can be had"},
    {"a form and a watch", {"status", "--watch", "--json"}, "only one can be had"},
    {"metrics: twice", {"status", "--prometheus", "--prometheus", "/x"}, "--prometheus stands twice"},
    {"metrics: an empty file", {"status", "--prometheus="}, "--prometheus: the path of the metrics' file is empty or longer than 255 bytes"},
    {"JSON: a value", {"status", "--json=yes"}, "--json takes no value"},
    {"deadline: 0", {"acquire", "--deadline", "0"}, "--deadline: the deadline is a whole number of seconds from 1 to 600, not '0'"},
    {"deadline: 601", {"acquire", "--deadline", "601"}, "not '601'"},
    {"deadline: negative", {"acquire", "--deadline", "-5"}, "not '-5'"},
    {"deadline: huge", {"acquire", "--deadline", "1000000000000000000000"}, "from 1 to 600"},
    {"deadline: nan", {"acquire", "--deadline", "nan"}, "from 1 to 600"},
    {"deadline: 1.5", {"acquire", "--deadline", "1.5"}, "from 1 to 600"},
    {"deadline: a unit", {"acquire", "--deadline", "20s"}, "from 1 to 600"},
    {"deadline: empty", {"acquire", "--deadline", ""}, "from 1 to 600"},
};

static void test_accepted(void **state)
{
    const struct row *row = *state;
    start(false);
    assert_accepted(take(row->arguments), &e);
    assert_string_equal(shown(), row->expected);
}

static void test_refused(void **state)
{
    const struct row *row = *state;
    start(false);
    assert_refused(take(row->arguments), &e, ERR_USAGE, row->expected);
    assert_null(strstr(e.text, "SECRET"));
    assert_null(strchr(e.text, '\x1b'));
}

/* Values just as long as they may be, and one byte longer. */
static void test_lengths(void **state)
{
    static const struct {
        const char *name;
        size_t most;
    } rows[] = {{"--ca-bundle", LIMIT_PATH - 1}, {"--config", LIMIT_PATH - 1}, {"--guard", LIMIT_GUARD_COMMAND - 1}};
    static char value[2048];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        memset(value, 'x', sizeof value);
        value[0] = '/';
        value[rows[i].most] = '\0';
        start(false);
        assert_accepted(TAKE("acquire", rows[i].name, value), &e);
        value[rows[i].most] = 'x';
        value[rows[i].most + 1] = '\0';
        start(false);
        assert_refused(TAKE("acquire", rows[i].name, value), &e, ERR_USAGE, "longer than");
    }
}

static void test_many_tables(void **state)
{
    static char list[LIMIT_NAMED_TABLES * 16 + 32];
    struct buf b = BUF_OF(list);
    (void)state;
    for (unsigned i = 0; i < LIMIT_NAMED_TABLES; i++)
        buf_putf(&b, "rtb-%08x,", i);
    start(false);
    assert_accepted(TAKE("acquire", "--route-table", buf_text(&b)), &e);
    assert_int_equal(o.common.named_count, LIMIT_NAMED_TABLES);
    assert_refused(TAKE("acquire", "--route-table", "rtb-99999999"), &e, ERR_USAGE, "more than 100 route tables are named");
}

/* --- The environment */

struct environment_row {
    const char *name;
    const char *variables[9];
    const char *expected;
    enum err_kind kind; /* OK: accepted */
};

static const struct environment_row environments[] = {
    {"nothing", {"PATH=/bin", "MIRRORVIP=1", "MIRRORVIP_VIPX=1"}, "acquire", ERR_OK},
    {"our names", {"MIRRORVIP_VIP=10.9.0.1", "MIRRORVIP_INTERFACE=ens5", "MIRRORVIP_TABLES=existing", "MIRRORVIP_DEADLINE=9"},
     "acquire vip=10.9.0.1 interface=ens5 deadline=9 existing", ERR_OK},
    {"our other names", {"MIRRORVIP_ROUTE_TABLE=rtb-00000001,rtb-00000002", "MIRRORVIP_GUARD=/bin/true", "MIRRORVIP_CONFIG=/c", "MIRRORVIP_CA_BUNDLE=/b"},
     "acquire table=rtb-00000001 table=rtb-00000002 ca=/b guard=/bin/true config=/c", ERR_OK},
    {"how often", {"MIRRORVIP_EVERY=10s"}, "acquire every=10", ERR_OK},
    {"our endpoints", {"MIRRORVIP_ENDPOINT_URL=https://a.example", "MIRRORVIP_IMDS_ENDPOINT=http://b.example:81", "MIRRORVIP_REGION=eu-west-1"},
     "acquire region=eu-west-1 endpoint=a.example:443 imds=b.example:81", ERR_OK},
    {"names of AWS", {"AWS_REGION=eu-west-1", "AWS_ENDPOINT_URL=https://a.example", "AWS_CA_BUNDLE=/b", "AWS_EC2_METADATA_SERVICE_ENDPOINT=http://b.example"},
     "acquire region=eu-west-1 endpoint=a.example:443 imds=b.example:80 sts=a.example:443 ca=/b", ERR_OK},
    {"a role", {"MIRRORVIP_ASSUME_ROLE=arn:aws:iam::123456789012:role/m", "MIRRORVIP_EXTERNAL_ID=abc", "MIRRORVIP_STS_ENDPOINT_URL=https://sts.example"},
     "acquire role=arn:aws:iam::123456789012:role/m external=abc sts=sts.example:443", ERR_OK},
    {"each API's endpoint before the general one", {"AWS_ENDPOINT_URL=https://a.example", "AWS_ENDPOINT_URL_STS=https://b.example"},
     "acquire endpoint=a.example:443 sts=b.example:443", ERR_OK},
    {"no role", {"MIRRORVIP_ASSUME_ROLE=mirror"}, "MIRRORVIP_ASSUME_ROLE: 'mirror' is no role, as arn:aws:iam::123456789012:role/NAME", ERR_USAGE},
    {"a plain endpoint of STS", {"AWS_ENDPOINT_URL_STS=http://localhost"}, "AWS_ENDPOINT_URL_STS: the endpoint URL must begin with https://", ERR_USAGE},
    {"ours before AWS's", {"AWS_DEFAULT_REGION=eu-west-3", "AWS_REGION=eu-west-2", "MIRRORVIP_REGION=eu-west-1"}, "acquire region=eu-west-1", ERR_OK},
    {"AWS_REGION before the default", {"AWS_DEFAULT_REGION=eu-west-3", "AWS_REGION=eu-west-2"}, "acquire region=eu-west-2", ERR_OK},
    {"EC2's endpoint before the general one", {"AWS_ENDPOINT_URL=https://a.example", "AWS_ENDPOINT_URL_EC2=https://b.example"},
     "acquire endpoint=b.example:443 sts=a.example:443", ERR_OK},
    {"endpoints are not to be looked at", {"AWS_ENDPOINT_URL=https://a.example", "AWS_ENDPOINT_URL_EC2=rubbish", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=True"},
     "acquire", ERR_OK},
    {"AWS's endpoints are not, ours is", {"MIRRORVIP_ENDPOINT_URL=https://a.example", "AWS_ENDPOINT_URL=rubbish", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true"},
     "acquire endpoint=a.example:443", ERR_OK},
    {"endpoints are to be looked at", {"AWS_ENDPOINT_URL=https://a.example", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=false"}, "acquire endpoint=a.example:443 sts=a.example:443", ERR_OK},
    {"variants of AWS", {"AWS_USE_FIPS_ENDPOINT=true", "AWS_USE_DUALSTACK_ENDPOINT=true"}, "acquire fips dual-stack", ERR_OK},
    {"our variants before AWS's", {"MIRRORVIP_FIPS=false", "AWS_USE_FIPS_ENDPOINT=true", "MIRRORVIP_DUAL_STACK=true", "AWS_USE_DUALSTACK_ENDPOINT=false"},
     "acquire dual-stack", ERR_OK},
    {"metadata over IPv6", {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=ipv6"}, "acquire imds=fd00:ec2::254:80", ERR_OK},
    {"metadata over IPv4", {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=IPv4"}, "acquire", ERR_OK},
    {"the endpoint before its mode", {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=IPv6", "AWS_EC2_METADATA_SERVICE_ENDPOINT=http://b.example"},
     "acquire imds=b.example:80", ERR_OK},
    {"empty is absent", {"MIRRORVIP_REGION=", "AWS_REGION=eu-west-2", "MIRRORVIP_VIP="}, "acquire region=eu-west-2", ERR_OK},
    {"a proxy", {"HTTPS_PROXY=http://p.example:3128"}, "acquire proxy=p.example:3128", ERR_OK},
    {"a proxy in small letters first", {"HTTPS_PROXY=http://p.example", "https_proxy=q.example", "NO_PROXY=a,b", "no_proxy=c"},
     "acquire proxy=q.example:80 but=c", ERR_OK},
    {"our proxy first, without exceptions", {"HTTPS_PROXY=http://p.example", "MIRRORVIP_PROXY=r.example:8080", "NO_PROXY=*"},
     "acquire proxy=r.example:8080", ERR_OK},
    {"no proxy of ours", {"HTTPS_PROXY=http://p.example", "MIRRORVIP_PROXY=none"}, "acquire", ERR_OK},
    {"a proxy with a password", {"HTTPS_PROXY=http://u:SECRET@p.example/", "NO_PROXY=a"}, "acquire proxy=p.example:80 authorized but=a", ERR_OK},
    {"proxies for others", {"http_proxy=http://p.example", "HTTP_PROXY=http://p.example", "ALL_PROXY=http://p.example", "all_proxy=http://p.example", "NO_PROXY=*"},
     "acquire", ERR_OK},
    {"keys", {"AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=wJalrSECRET", "AWS_SESSION_TOKEN=FwoSECRET"}, "acquire credentials", ERR_OK},
    {"keys without a token", {"AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=wJalrSECRET"}, "acquire credentials", ERR_OK},
    {"empty keys", {"AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=", "AWS_SESSION_TOKEN="}, "acquire", ERR_OK},
    {"half of the keys", {"AWS_ACCESS_KEY_ID=AKIAEXAMPLE"}, "only one is set; set both, or neither", ERR_USAGE},
    {"the other half is passed over", {"AWS_SECRET_ACCESS_KEY=wJalrSECRET"}, "acquire", ERR_OK},
    {"what leads to keys", {"HOME=/root", "AWS_PROFILE=ops", "AWS_SHARED_CREDENTIALS_FILE=/c", "AWS_CONFIG_FILE=/d", "AWS_ROLE_ARN=r", "AWS_ROLE_SESSION_NAME=s",
     "AWS_WEB_IDENTITY_TOKEN_FILE=/t", "AWS_EC2_METADATA_DISABLED=True"},
     "acquire home=/root profile=ops credentials=/c config=/d role=r session=s token=/t no-instance", ERR_OK},
    {"the profile's other name first", {"AWS_PROFILE=a", "AWS_DEFAULT_PROFILE=b"}, "acquire profile=b", ERR_OK},
    {"a container", {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/a", "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://b/", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/f",
     "AWS_CONTAINER_AUTHORIZATION_TOKEN=wJalrSECRET"}, "acquire relative=/a full=http://b/ authorization=/f authorized", ERR_OK},
    {"an instance is asked unless it says true", {"AWS_EC2_METADATA_DISABLED=1"}, "acquire", ERR_OK},
    {"an authorization that is none", {"AWS_CONTAINER_AUTHORIZATION_TOKEN=wJalr\r\nX: y"}, "AWS_CONTAINER_AUTHORIZATION_TOKEN: it holds no token of one line", ERR_IDENTITY},
    {"tags", {"MIRRORVIP_TAG=mirrorvip=yes, Env=a=b"}, "acquire tag=mirrorvip=yes tag=Env=a=b", ERR_OK},
    {"a bad secret", {"AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=wJalr SECRET"}, "the secret access key holds a byte that no key has", ERR_IDENTITY},
    {"a bad value", {"MIRRORVIP_VIP=10.9.0"}, "MIRRORVIP_VIP: '10.9.0' is no IP address", ERR_USAGE},
    {"a bad value of AWS's", {"AWS_REGION=nowhere"}, "AWS_REGION: 'nowhere' is no region", ERR_USAGE},
    {"a bad proxy", {"https_proxy=http://u:wJalrSECRET@p.example/x"}, "https_proxy: the proxy's URL is not of the form", ERR_USAGE},
    {"a bad variant", {"AWS_USE_FIPS_ENDPOINT=1"}, "AWS_USE_FIPS_ENDPOINT: it is 'true' or 'false', not '1'", ERR_USAGE},
    {"a plain endpoint", {"AWS_ENDPOINT_URL=http://localhost:4566"}, "AWS_ENDPOINT_URL: the endpoint URL must begin with https://", ERR_USAGE},
};

static void test_environment(void **state)
{
    const struct environment_row *row = *state;
    start(false);
    assert_true(TAKE("acquire"));
    bool ok = take_environment(row->variables);
    if (row->kind == ERR_OK) {
        assert_accepted(ok, &e);
        assert_string_equal(shown(), row->expected);
    } else {
        assert_refused(ok, &e, row->kind, row->expected);
        assert_null(strstr(e.text, "wJalr"));
        assert_false(o.chain.has_keys);
    }
}

/* --- The configuration */

struct config_row {
    const char *name;
    struct slice text;
    const char *expected;
    bool refused;
};

static const struct config_row configs[] = {
    {"empty", LIT(""), "acquire", false},
    {"comments and blank lines", LIT("# the VIP\n\n   \t\n  # more\n"), "acquire", false},
    {"keys", LIT("vip = 10.9.0.1/32\ninterface=ens5\n\tdeadline =\t9  \nguard = /bin/test a = b\n"),
     "acquire vip=10.9.0.1/32 interface=ens5 deadline=9 guard=/bin/test a = b", false},
    {"more keys", LIT("route-table = rtb-00000001, rtb-00000002\ntables = existing\nregion = eu-west-1\nca-bundle = /b"),
     "acquire table=rtb-00000001 table=rtb-00000002 region=eu-west-1 ca=/b existing", false},
    {"endpoints", LIT("endpoint-url = https://a.example\nimds-endpoint = http://b.example\n"), "acquire endpoint=a.example:443 imds=b.example:80", false},
    {"a role", LIT("assume-role = arn:aws:iam::123456789012:role/m\nexternal-id = x/y\nsts-endpoint-url = https://c.example\n"),
     "acquire role=arn:aws:iam::123456789012:role/m external=x/y sts=c.example:443", false},
    {"an external id that is none", LIT("external-id = a;b\n"), "line 1: 'a,b' is no external id: 2 to 1224 letters", true},
    {"a proxy with a password", LIT("proxy = http://u:p@p.example:3128\n"), "acquire proxy=p.example:3128 authorized", false},
    {"no line end", LIT("vip = 10.9.0.1"), "acquire vip=10.9.0.1", false},
    {"an unknown key", LIT("\nvpi = 10.9.0.1\n"), "/etc/mirrorvip.conf, line 2: 'vpi' is no key", true},
    {"a secret key", LIT("secret-access-key = wJalrSECRET\n"), "line 1: 'secret-access-key' is no key", true},
    {"an empty key", LIT("= 10.9.0.1\n"), "line 1: '' is no key", true},
    {"a key twice", LIT("vip = 10.9.0.1\nregion = eu-west-1\nvip = 10.9.0.1\n"), "line 3: 'vip' stands twice", true},
    {"tables twice", LIT("route-table = rtb-00000001\nroute-table = rtb-00000002\n"), "line 2: 'route-table' stands twice", true},
    {"no value", LIT("vip =\n"), "line 1: 'vip' has no value", true},
    {"no key", LIT("10.9.0.1\n"), "line 1: no 'key = value'", true},
    {"a section that does not end", LIT("[vip\n"), "line 1: no '[section]'", true},
    {"a section without a name", LIT("[ ]\n"), "line 1: '' is no section's name: 1 to 31 letters, digits and -_.", true},
    {"a section with a bad name", LIT("[a b]\n"), "line 1: 'a b' is no section's name", true},
    {"a section with a long name", LIT("[0123456789abcdef0123456789abcdef]\n"), "is no section's name", true},
    {"a section twice", LIT("[a]\n[b]\n[ a ]\n"), "line 3: section 'a' stands twice", true},
    {"too many sections", LIT("[a]\n[b]\n[c]\n[d]\n[e]\n[f]\n[g]\n[h]\n[i]\n"), "line 9: more than 8 sections", true},
    {"a key of the run in a section", LIT("[a]\nvip = 10.9.0.1\nregion = eu-west-1\n"),
     "line 3: 'region' is no key of a section, as it holds for the whole run; put it before the first section", true},
    {"a key twice in a section", LIT("tables = all\n[a]\ntables = all\n[b]\ntables = all\ntables = all\n"), "line 6: 'tables' stands twice", true},
    {"which sections", LIT("section = a\n[a]\n"), "line 1: 'section' is no key", true},
    {"what belongs to a run", LIT("dry-run = yes\n"), "line 1: 'dry-run' is no key", true},
    {"to wait", LIT("wait = yes\n"), "line 1: 'wait' is no key", true},
    {"routes", LIT("route = yes\n"), "line 1: 'route' is no key", true},
    {"verbose", LIT("verbose = yes\n"), "line 1: 'verbose' is no key", true},
    {"another configuration", LIT("config = /c\n"), "line 1: 'config' is no key", true},
    {"CR LF", LIT("vip = 10.9.0.1\r\n"), "line 1: a control or non-ASCII byte (is it saved with CR LF line ends?)", true},
    {"CR LF on a blank line", LIT("vip = 10.9.0.1\n\r\n"), "line 2: a control or non-ASCII byte", true},
    {"NUL", LIT("vip = 10.9.0.1\0\n"), "line 1: a control", true},
    {"a byte order mark", LIT("\xef\xbb\xbfvip = 10.9.0.1\n"), "line 1: a control or non-ASCII byte", true},
    {"a deletion", LIT("guard = /bin/pr\x7f\n"), "line 1: a control or non-ASCII byte", true},
    {"Latin-1", LIT("guard = /bin/pr\xfc" "fe\n"), "line 1: a control or non-ASCII byte", true},
    {"a bad value", LIT("# x\nvip = 10.9.0\n"), "line 2: '10.9.0' is no IP address", true},
    {"a bad proxy", LIT("proxy = http://u:SECRET@p.example/path\n"), "line 1: the proxy's URL is not of the form", true},
    {"a bad deadline", LIT("deadline = 10000\n"), "line 1: the deadline is a whole number", true},
};

static void test_config(void **state)
{
    const struct config_row *row = *state;
    start(false);
    assert_true(TAKE("acquire"));
    bool ok = take_config(row->text);
    if (row->refused) {
        assert_refused(ok, &e, ERR_USAGE, row->expected);
        assert_null(strstr(e.text, "SECRET"));
    } else {
        assert_accepted(ok, &e);
        assert_string_equal(shown(), row->expected);
    }
}

static void test_long_line(void **state)
{
    static const struct input line = LONG_INPUT("guard = /", "x", 1 << 20, "\n");
    struct slice text = input_make(&line);
    (void)state;
    start(false);
    assert_refused(take_config(text), &e, ERR_USAGE, "line 1: the guard command is longer than 511 bytes");
    slice_free(text);
}

/* --- Sections */

#define OWNER "eni-0a1b2c3d4e5f67890"

struct section_row {
    const char *name;
    const char *arguments[10];
    const char *config;
    const char *expected; /* sections, or a part of the refusal */
    bool refused;
};

static const struct section_row sections[] = {
    {"none", {"acquire"}, "vip = 10.9.0.1\n", "", false},
    {"two", {"acquire"}, "[web]\nvip = 10.9.0.1\n\n[db-1.a]\nvip = 10.9.0.2/32\ninterface = eth1\n",
     "[web :1 vip=10.9.0.1][db-1.a :2 vip=10.9.0.2/32 interface=eth1]", false},
    {"what holds for all, unless a section says otherwise", {"acquire"},
     "route-table = rtb-00000001\ntables = existing\ninterface = ens5\nonly-if-owner = nobody\n"
     "[a]\nvip = 10.9.0.1\n[b]\nvip = 10.9.0.2\nroute-table = rtb-00000002\ntables = all\ninterface = ens6\nonly-if-owner = " OWNER "\n",
     "[a :1 vip=10.9.0.1 interface=ens5 table=rtb-00000001 from=nobody existing]"
     "[b :2 vip=10.9.0.2 interface=ens6 table=rtb-00000002 from=" OWNER "]", false},
    {"the tags of one of them", {"acquire"}, "tag = a=1\n[a]\nvip = 10.9.0.1\n[b]\nvip = 10.9.0.2\ntag = x=y, z=1\n[c]\nvip = 10.9.0.3\n",
     "[a :1 vip=10.9.0.1 tag=a=1][b :2 vip=10.9.0.2 tag=x=y tag=z=1][c :3 vip=10.9.0.3 tag=a=1]", false},
    {"what the command line says holds for all", {"acquire", "--route-table", "rtb-00000009", "--interface", "ens9"},
     "route-table = rtb-00000001\n[a]\nvip = 10.9.0.1\n[b]\nvip = 10.9.0.2\nroute-table = rtb-00000002\ninterface = ens6\n",
     "[a :1 vip=10.9.0.1 interface=ens9 table=rtb-00000009][b :2 vip=10.9.0.2 interface=ens9 table=rtb-00000009]", false},
    {"one of them keeps its label", {"acquire", "--section", "b"}, "[a]\nvip = 10.9.0.1\n[b]\nvip = 10.9.0.2\n", "[b :2 vip=10.9.0.2]", false},
    {"two of three", {"acquire", "--section", "c", "--section=a"}, "[a]\nvip = 10.9.0.1\n[b]\nvip = 10.9.0.2\n[c]\nvip = 10.9.0.3\n",
     "[a :1 vip=10.9.0.1][c :3 vip=10.9.0.3]", false},
    {"two in one value", {"acquire", "--section", "c, a"}, "[a]\nvip = 10.9.0.1\n[b]\nvip = 10.9.0.2\n[c]\nvip = 10.9.0.3\n",
     "[a :1 vip=10.9.0.1][c :3 vip=10.9.0.3]", false},
    {"follow is told the VIPs", {"follow"}, "[a]\nvip = 10.9.0.1\n", "[a :1 vip=10.9.0.1]", false},
    {"one that is not there", {"acquire", "--section", "c"}, "[a]\nvip = 10.9.0.1\n", "there is no section 'c' in /etc/mirrorvip.conf", true},
    {"one where there are none", {"acquire", "--section", "c"}, "vip = 10.9.0.1\n", "there is no section 'c' in /etc/mirrorvip.conf", true},
    {"without a VIP", {"acquire"}, "[a]\nvip = 10.9.0.1\n[b]\ntables = all\n", "section 'b' of /etc/mirrorvip.conf has no VIP; add vip =", true},
    {"the tables of one by name and by tag", {"acquire"}, "[a]\nvip = 10.9.0.1\n[b]\nvip = 10.9.0.2\ntag = a=1\nroute-table = rtb-00000001\n",
     "section 'b': the tables are named one by one or by a tag, not both", true},
    {"one VIP twice", {"acquire", "--section", "a"}, "[a]\nvip = 10.9.0.1\n[b]\nvip = 10.9.0.2\n[c]\nvip = 10.9.0.1/32\n",
     "sections 'a' and 'c' have one VIP, 10.9.0.1; give each one of its own", true},
    {"a VIP for all", {"acquire"}, "vip = 10.9.0.9\n[a]\nvip = 10.9.0.1\n", "none can be given for all; choose some of them with --section", true},
    {"a VIP beside them", {"acquire", "--vip", "10.9.0.9"}, "[a]\nvip = 10.9.0.1\n", "none can be given for all; choose some of them with --section", true},
};

static void test_sections(void **state)
{
    const struct section_row *row = *state;
    start(false);
    assert_accepted(take(row->arguments) && take_config(slice_of(row->config)), &e);
    bool ok = options_check(&o, &e);
    if (row->refused) {
        assert_refused(ok, &e, ERR_USAGE, row->expected);
    } else {
        assert_accepted(ok, &e);
        assert_string_equal(sections_shown(), row->expected);
    }
}

static void test_sections_of_the_environment(void **state)
{
    (void)state;
    start(false);
    assert_accepted(TAKE("acquire") && ENVIRONMENT("MIRRORVIP_SECTION=b,a", "MIRRORVIP_TABLES=existing"), &e);
    assert_accepted(CONFIG("[a]\nvip = 10.9.0.1\ntables = all\n[b]\nvip = 10.9.0.2\n[c]\nvip = 10.9.0.3\n") && options_check(&o, &e), &e);
    assert_string_equal(sections_shown(), "[a :1 vip=10.9.0.1 existing][b :2 vip=10.9.0.2 existing]");
    start(false);
    assert_accepted(TAKE("acquire") && ENVIRONMENT("MIRRORVIP_VIP=10.9.0.9") && CONFIG("[a]\nvip = 10.9.0.1\n"), &e);
    assert_refused(options_check(&o, &e), &e, ERR_USAGE, "none can be given for all");
    start(false);
    assert_refused(TAKE("acquire", "--section", "a;b"), &e, ERR_USAGE, "--section: 'a,b' is no section's name");
    start(false);
    assert_refused(TAKE("acquire", "--section", "1,2,3,4,5,6,7,8,9"), &e, ERR_USAGE, "--section: more than 8 sections are named");
    /* With file capabilities, too: it only chooses among what root has written. */
    start(true);
    assert_accepted(TAKE("acquire", "--section", "a"), &e);
}

/* --- Which wins */

static void test_precedence(void **state)
{
    (void)state;
    start(false);
    assert_true(TAKE("acquire", "--vip", "10.9.0.1", "--route-table", "rtb-00000001"));
    assert_accepted(ENVIRONMENT("MIRRORVIP_VIP=10.9.0.2", "MIRRORVIP_REGION=eu-west-2", "MIRRORVIP_ROUTE_TABLE=rtb-00000002"), &e);
    assert_accepted(CONFIG("vip = 10.9.0.3\nregion = eu-west-3\ndeadline = 33\nroute-table = rtb-00000003\n"), &e);
    assert_string_equal(shown(), "acquire vip=10.9.0.1 table=rtb-00000001 region=eu-west-2 deadline=33");
}

/* What a stronger source has set is not even looked at in the weaker one; a misspelt key still is. */
static void test_weaker_is_not_looked_at(void **state)
{
    (void)state;
    start(false);
    assert_true(TAKE("acquire", "--vip", "10.9.0.1"));
    assert_accepted(ENVIRONMENT("MIRRORVIP_VIP=rubbish"), &e);
    assert_accepted(CONFIG("vip = rubbish\n"), &e);
    assert_string_equal(shown(), "acquire vip=10.9.0.1");
    assert_refused(CONFIG("vip = rubbish\nvip = rubbish\n"), &e, ERR_USAGE, "stands twice");
}

/* --- What goes together */

static void test_check(void **state)
{
    static const struct {
        const char *fips;
        const char *dual_stack;
        const char *endpoint; /* in the file: from wherever it comes */
        bool refused;
    } rows[] = {
        {"false", "false", "", false},
        {"true", "true", "", false},
        {"false", "false", "endpoint-url = https://a.example\n", false},
        {"true", "false", "endpoint-url = https://a.example\n", true},
        {"false", "true", "endpoint-url = https://a.example\n", true},
        {"true", "false", "sts-endpoint-url = https://a.example\n", false},
        {"true", "false", "sts-endpoint-url = https://a.example\nassume-role = arn:aws:iam::123456789012:role/m\n", true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        start(false);
        assert_true(TAKE("acquire", "--fips", rows[i].fips, "--dual-stack", rows[i].dual_stack));
        assert_true(take_config(slice_of(rows[i].endpoint)));
        if (rows[i].refused)
            assert_refused(options_check(&o, &e), &e, ERR_USAGE, "neither --fips nor --dual-stack can go with it");
        else
            assert_accepted(options_check(&o, &e), &e);
    }
}

static void test_route(void **state)
{
    struct origin api = {.host = "ec2.eu-central-1.amazonaws.com", .port = 443, .tls = true};
    (void)state;
    start(false);
    assert_true(TAKE("acquire"));
    options_route(&o, &api);
    assert_null(api.proxy);
    assert_accepted(ENVIRONMENT("HTTPS_PROXY=http://p.example", "NO_PROXY=sts.eu-central-1.amazonaws.com"), &e);
    options_route(&o, &api);
    assert_ptr_equal(api.proxy, &o.proxy);
    memcpy(api.host, "sts", 3);
    options_route(&o, &api);
    assert_null(api.proxy);
}

/* --- Of a program with file capabilities the caller is not trusted */

static void test_secure_arguments(void **state)
{
    static const struct {
        const char *name;
        const char *value;
        bool restricted;
    } rows[] = {
        {"--vip", "10.9.0.1", true},
        {"--interface", "ens5", true},
        {"--endpoint-url", "https://a.example", true},
        {"--imds-endpoint", "http://a.example", true},
        {"--ca-bundle", "/b", true},
        {"--guard", "/bin/true", true},
        {"--proxy", "p.example", true},
        {"--config", "/c", true},
        {"--assume-role", "arn:aws:iam::123456789012:role/m", true},
        {"--external-id", "abc", true},
        {"--sts-endpoint-url", "https://a.example", true},
        {"--route-table", "rtb-00000001", false},
        {"--tables", "existing", false},
        {"--tag", "a=b", false},
        {"--region", "eu-west-1", false},
        {"--fips", "true", false},
        {"--dual-stack", "true", false},
        {"--deadline", "5", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        start(true);
        bool ok = TAKE("acquire", rows[i].name, rows[i].value);
        if (rows[i].restricted)
            assert_refused(ok, &e, ERR_USAGE, " may only stand in /etc/mirrorvip.conf, as this program has file capabilities");
        else
            assert_accepted(ok, &e);
    }
    start(true);
    assert_accepted(TAKE("acquire", "--dry-run", "-v"), &e);
    start(true);
    assert_accepted(TAKE("release", "--route"), &e);
}

static void test_secure_environment(void **state)
{
    (void)state;
    start(true);
    assert_true(TAKE("acquire"));
    assert_accepted(ENVIRONMENT("MIRRORVIP_VIP=10.9.0.9", "AWS_REGION=rubbish", "MIRRORVIP_DEADLINE=1", "AWS_ACCESS_KEY_ID=AKIA",
                                "AWS_SECRET_ACCESS_KEY=wJalr", "MIRRORVIP_CONFIG=/c", "HTTPS_PROXY=http://p.example", "NO_PROXY=*", "HOME=/home/caller",
                                "AWS_PROFILE=ops", "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://localhost/", "AWS_WEB_IDENTITY_TOKEN_FILE=/t"),
                    &e);
    assert_string_equal(shown(), "acquire");
}

static void test_secure_config(void **state)
{
    (void)state;
    start(true);
    assert_true(TAKE("acquire"));
    assert_accepted(CONFIG("vip = 10.9.0.1\nendpoint-url = https://a.example\nguard = /bin/true\n"), &e);
    assert_string_equal(shown(), "acquire vip=10.9.0.1 endpoint=a.example:443 guard=/bin/true");
}

/* --- All sources together */

/* Once the alias is down no label tells what the VIP is. */
static void test_follow_is_told_the_vip(void **state)
{
    (void)state;
    start(false);
    assert_accepted(TAKE("follow", "--every", "10"), &e);
    assert_refused(options_check(&o, &e), &e, ERR_USAGE, "follow must be told the VIP");
    err_clear(&e);
    assert_accepted(CONFIG("vip = 10.9.0.1\nevery = 60s\n") && options_check(&o, &e), &e);
    assert_string_equal(shown(), "follow vip=10.9.0.1 every=10");
    start(false);
    assert_accepted(TAKE("acquire") && CONFIG("every = 60s\n") && options_check(&o, &e), &e);
    assert_string_equal(shown(), "acquire every=60");
}

/* Nor can a notice's run be told by a label which VIP it is about. */
static void test_notify_is_told_the_vip(void **state)
{
    (void)state;
    start(false);
    assert_accepted(TAKE("notify", "again", "main"), &e);
    assert_refused(options_check(&o, &e), &e, ERR_USAGE, "notify must be told the VIP");
    err_clear(&e);
    assert_accepted(CONFIG("vip = 10.9.0.1\n") && options_check(&o, &e), &e);
}

/* What is no option is an error of the program's own. */
static void test_no_option(void **state)
{
    (void)state;
    for (int none = OPTION_COUNT; none <= OPTION_COUNT + 1; none++) {
        start(false);
        assert_refused(option_take(&o, (enum option)none, S("x"), &e), &e, ERR_BUG, "an option that nothing takes");
    }
}

/* There are two ways to say which tables. Of a weaker source neither counts where a stronger one has used either; in one they contradict. */
static void test_tables_or_a_tag(void **state)
{
    (void)state;
    start(false);
    assert_accepted(TAKE("acquire", "--tag", "a=1") && ENVIRONMENT("MIRRORVIP_ROUTE_TABLE=rtb-00000001") && CONFIG("route-table = rtb-00000002\n") &&
                    options_check(&o, &e), &e);
    assert_string_equal(shown(), "acquire tag=a=1");
    start(false);
    assert_accepted(TAKE("acquire", "--route-table", "rtb-00000001") && ENVIRONMENT("MIRRORVIP_TAG=a=1") && CONFIG("tag = a=2\n") && options_check(&o, &e), &e);
    assert_string_equal(shown(), "acquire table=rtb-00000001");
    start(false);
    assert_accepted(TAKE("acquire", "--route-table", "rtb-00000001", "--tag", "a=1"), &e);
    assert_refused(options_check(&o, &e), &e, ERR_USAGE, "not both; leave --route-table or --tag out");
    start(false);
    assert_accepted(TAKE("acquire") && ENVIRONMENT("MIRRORVIP_ROUTE_TABLE=rtb-00000001", "MIRRORVIP_TAG=a=1"), &e);
    assert_refused(options_check(&o, &e), &e, ERR_USAGE, "not both");
    start(false);
    assert_accepted(TAKE("acquire") && CONFIG("tag = a=1, b = 2\nroute-table = rtb-00000001\n"), &e);
    assert_refused(options_check(&o, &e), &e, ERR_USAGE, "not both");
}

/* The words of who calls a front end: of OCF more are no matter, of a notice they are no notice. */
static void test_many_words(void **state)
{
    (void)state;
    start(false);
    assert_accepted(TAKE("notify", "a", "b", "c", "d"), &e);
    assert_int_equal(o.word_count, LIMIT_WORDS);
    start(false);
    assert_refused(TAKE("notify", "a", "b", "c", "d", "e"), &e, ERR_USAGE, "more than 4 words behind the options");
    start(false);
    assert_accepted(TAKE("ocf", "start", "b", "c", "d", "e"), &e);
    assert_int_equal(o.word_count, LIMIT_WORDS);
}

/* What is secret in it does not stay where a core or /proc shows it; the rest does. */
static void test_forgotten_environment(void **state)
{
    char secret[] = "AWS_SECRET_ACCESS_KEY=SECRET", token[] = "AWS_SESSION_TOKEN=SECRET=", bearer[] = "AWS_CONTAINER_AUTHORIZATION_TOKEN=SECRET";
    char ours[] = "MIRRORVIP_PROXY=http://u:SECRET@p", theirs[] = "https_proxy=SECRET", upper[] = "HTTPS_PROXY=SECRET";
    char id[] = "AWS_ACCESS_KEY_ID=AKIA", longer[] = "AWS_SECRET_ACCESS_KEY_FILE=/x", bare[] = "AWS_SESSION_TOKEN";
    char *environment[] = {secret, token, bearer, ours, theirs, upper, id, longer, bare, NULL};
    (void)state;
    options_forget_environment(environment);
    for (size_t i = 0; i < 6; i++) {
        const char *value = strchr(environment[i], '=') + 1;
        assert_int_equal(strlen(value), 0);
    }
    assert_memory_equal(secret + sizeof secret - 7, "\0\0\0\0\0\0", 7);
    assert_string_equal(id, "AWS_ACCESS_KEY_ID=AKIA");
    assert_string_equal(longer, "AWS_SECRET_ACCESS_KEY_FILE=/x");
    assert_string_equal(bare, "AWS_SESSION_TOKEN");
}

/* An external id is of a role, wherever the two come from. */
static void test_check_role(void **state)
{
    (void)state;
    start(false);
    assert_true(TAKE("acquire", "--external-id", "abc"));
    assert_refused(options_check(&o, &e), &e, ERR_USAGE, "--external-id belongs to --assume-role");
    err_clear(&e);
    assert_accepted(CONFIG("assume-role = arn:aws:iam::123456789012:role/m\n") && options_check(&o, &e), &e);
    start(false);
    assert_true(TAKE("acquire", "--sts-endpoint-url", "https://a.example"));
    assert_accepted(options_check(&o, &e), &e);
}

/* A file may be named anywhere; that metrics are asked for says the command line alone. */
static void test_metrics_file(void **state)
{
    (void)state;
    start(false);
    assert_true(TAKE("status") && CONFIG("prometheus = /run/m.prom\n"));
    assert_string_equal(shown(), "status into=/run/m.prom");
    start(false);
    assert_true(TAKE("status", "--prometheus") && CONFIG("prometheus = /run/m.prom\n"));
    assert_string_equal(shown(), "status prometheus into=/run/m.prom");
    start(false);
    assert_true(TAKE("status", "--prometheus") && ENVIRONMENT("MIRRORVIP_PROMETHEUS=/run/e.prom") && CONFIG("prometheus = /run/m.prom\n"));
    assert_string_equal(shown(), "status prometheus into=/run/e.prom");
    start(false);
    assert_true(TAKE("status", "--prometheus", "-") && CONFIG("prometheus = /run/m.prom\n"));
    assert_string_equal(shown(), "status prometheus");
}

int main(void)
{
    static struct suite suite;
    SUITE_ROWS(&suite, test_accepted, accepted);
    SUITE_ROWS(&suite, test_refused, refused);
    SUITE_TEST(&suite, test_lengths);
    SUITE_TEST(&suite, test_many_tables);
    SUITE_ROWS(&suite, test_environment, environments);
    SUITE_ROWS(&suite, test_config, configs);
    SUITE_TEST(&suite, test_long_line);
    SUITE_ROWS(&suite, test_sections, sections);
    SUITE_TEST(&suite, test_sections_of_the_environment);
    SUITE_TEST(&suite, test_precedence);
    SUITE_TEST(&suite, test_weaker_is_not_looked_at);
    SUITE_TEST(&suite, test_check);
    SUITE_TEST(&suite, test_many_words);
    SUITE_TEST(&suite, test_forgotten_environment);
    SUITE_TEST(&suite, test_check_role);
    SUITE_TEST(&suite, test_route);
    SUITE_TEST(&suite, test_secure_arguments);
    SUITE_TEST(&suite, test_secure_environment);
    SUITE_TEST(&suite, test_secure_config);
    SUITE_TEST(&suite, test_follow_is_told_the_vip);
    SUITE_TEST(&suite, test_notify_is_told_the_vip);
    SUITE_TEST(&suite, test_no_option);
    SUITE_TEST(&suite, test_metrics_file);
    SUITE_TEST(&suite, test_tables_or_a_tag);
    return suite_run(&suite, "app/options");
}
