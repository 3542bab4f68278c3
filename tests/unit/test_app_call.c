/*
 * call: what is repeated and what never: reads until they are answered, writes only after an answer that says that they
 * were not carried out. Faults, rows 12 to 14, 37, 38, 43, 44, 52, 65, 80 to 83.
 */
#include "scripted_world.h"

#include "aws/endpoint.h"

static struct scripted s;
static struct app app; /* the world asks it for the run's deadlines */
static struct world world;
static struct skew skew;
static struct api api;
static struct call calls[LIMIT_TABLES];
static struct ec2_write_reply written[LIMIT_TABLES];
static struct ec2_reply replies[2];
static char bodies[LIMIT_TABLES][256];
static struct ec2_tables tables;
static char token[LIMIT_PAGE_TOKEN];
static struct buf next_page;

static unsigned renewals;
static bool renewal_fails;

/* Keys as the metadata service would give them. */
static bool renew(void *context, struct err *e)
{
    (void)context;
    renewals++;
    if (renewal_fails)
        return err_set(e, ERR_IDENTITY, "no keys");
    s.region.given++;
    (void)snprintf(api.credentials.session_token.reveal, sizeof api.credentials.session_token.reveal, SESSION_TOKEN "%u", s.region.given);
    return true;
}

static void start(size_t count)
{
    struct err e = {0};
    scripted_start(&s, count);
    app.deadline_us = app.write_deadline_us = s.now_us + 60 * SECOND;
    s.app = &app;
    world = scripted_world(&s);
    skew = (struct skew){0};
    api = (struct api){.service = "ec2", .skew = &skew};
    assert_true(region_make(slice_of("eu-central-1"), &api.region));
    assert_true(endpoint_make("ec2", &api.region, (struct endpoint_variant){0}, &api.origin, &e));
    assert_true(credentials_make(slice_of("ASIAEXAMPLE"), slice_of(SECRET_KEY), slice_of(""), &api.credentials, &e));
    api.renew = renew;
    renewal_fails = false;
    assert_true(renew(NULL, &e));
    renewals = 0;
    tables.count = 0;
    next_page = BUF_OF(token);
}

static struct cidr destination(void)
{
    struct cidr cidr;
    assert_true(cidr_make(slice_of(OVERLAY), &cidr));
    return cidr;
}

static void prepare_read(void)
{
    struct ec2_selection all = {.named = 0};
    struct buf body = BUF_OF(bodies[0]);
    assert_true(vpc_id_make(slice_of(OUR_VPC), &all.vpc));
    ec2_put_describe_tables(&body, &all, buf_slice(&next_page));
    ec2_reply_start_tables(&replies[0], destination(), &tables, &next_page);
    call_start(&calls[0], &replies[0].query, &body, false);
}

static void prepare_writes(enum ec2_write write)
{
    struct eni_id eni;
    assert_true(eni_id_make(slice_of(OUR_ENI), &eni));
    for (size_t i = 0; i < s.region.count; i++) {
        struct table_id id;
        struct buf body = BUF_OF(bodies[i]);
        assert_true(table_id_make(slice_of(s.region.tables[i].id), &id));
        ec2_put_write(&body, write, &id, destination(), &eni);
        ec2_write_reply_start(&written[i], write);
        call_start(&calls[i], &written[i].query, &body, true);
    }
}

static void run(size_t count, uint64_t allowed_us, bool interruptible)
{
    calls_run(&world, &api, calls, count, s.now_us + allowed_us, interruptible);
    assert_string_equal(s.broken, "");
    for (size_t i = 0; i < count; i++) {
        assert_int_not_equal(calls[i].end, CALL_PENDING);
        if (calls[i].end != CALL_ANSWERED || calls[i].answer != QUERY_DONE)
            assert_int_not_equal(calls[i].exchange.err.kind, ERR_OK);
        assert_false(holds_secret(calls[i].exchange.err.text));
    }
}

/* --- One fault on the first attempt */

struct row {
    const char *name;
    enum outcome_name goes;
    enum call_end end;
    unsigned sent; /* requests that have left */
    const char *part; /* of the error; NULL: done */
};

static const struct row reads[] = {
    {"read, well", GOES_WELL, CALL_ANSWERED, 1, NULL},
    {"read, lost before", LOST_BEFORE, CALL_ANSWERED, 2, NULL},
    {"read, lost after", LOST_AFTER, CALL_ANSWERED, 2, NULL},
    {"read, cut", CUT_SHORT, CALL_ANSWERED, 2, NULL},
    {"read, hangs", HANGS_BEFORE, CALL_ANSWERED, 2, NULL},
    {"read, 500", FAILS_500, CALL_ANSWERED, 2, NULL},
    {"read, 503", UNAVAILABLE, CALL_ANSWERED, 2, NULL},
    {"read, throttled", THROTTLED, CALL_ANSWERED, 2, NULL},
    {"read, token expired", BAD_TOKEN, CALL_ANSWERED, 2, NULL},
    {"read, forbidden", FORBIDDEN, CALL_ANSWERED, 1, "DescribeRouteTables: HTTP 403 UnauthorizedOperation"},
    {"read, refused", NO_SUCH_ENI, CALL_ANSWERED, 1, "HTTP 400 InvalidNetworkInterfaceID.NotFound"},
    {"read, 401 without a code", STALE_401, CALL_ANSWERED, 1, "HTTP 401 without an error code"},
    {"read, redirect", MOVED, CALL_FAILED, 1, "unexpected redirect (HTTP 302), which is not followed"},
    {"read, HTML", PORTAL, CALL_FAILED, 1, "its content is no XML"},
    {"read, empty", EMPTY_200, CALL_FAILED, 1, "not whole"},
    {"read, bad XML", BAD_XML, CALL_FAILED, 1, "not a reply to DescribeRouteTables: it is a 'ReplaceRouteResponse'"},
    {"read, other XML", OTHER_XML, CALL_FAILED, 1, "it is a 'DescribeVpcsResponse'"},
    {"read, garbage", GARBAGE, CALL_FAILED, 1, "malformed reply"},
    {"read, no length", NO_LENGTH, CALL_FAILED, 1, "malformed reply: it has no length"},
};

static void test_read(void **state)
{
    const struct row *row = *state;
    start(3);
    prepare_read();
    add_reply_fault(&s, "DescribeRouteTables", 1, 1, row->goes);
    run(1, 20 * SECOND, true);
    assert_int_equal(calls[0].end, row->end);
    assert_int_equal(count_of(&s, "DescribeRouteTables"), row->sent);
    if (row->part) {
        assert_non_null(strstr(calls[0].exchange.err.text, row->part));
        return;
    }
    assert_int_equal(calls[0].answer, QUERY_DONE);
    assert_int_equal(tables.count, 3); /* nothing of a reply that was cut is left */
}

static const struct row writes[] = {
    {"write, well", GOES_WELL, CALL_ANSWERED, 1, NULL},
    {"write, lost before", LOST_BEFORE, CALL_LOST, 1, "ended the connection"},
    {"write, lost after", LOST_AFTER, CALL_LOST, 1, "ended the connection"},
    {"write, cut", CUT_SHORT, CALL_LOST, 1, "ended the connection"},
    {"write, hangs", HANGS_BEFORE, CALL_LOST, 1, "no answer"},
    {"write, hangs after", HANGS_AFTER, CALL_LOST, 1, "no answer"},
    {"write, 500", FAILS_500, CALL_LOST, 1, "HTTP 500 InternalError"},
    {"write, 500 after", FAILS_500_AFTER, CALL_LOST, 1, "HTTP 500 InternalError"},
    {"write, 503", UNAVAILABLE, CALL_LOST, 1, "HTTP 503 Unavailable"},
    {"write, redirect", MOVED, CALL_LOST, 1, "unexpected redirect"},
    {"write, HTML", PORTAL, CALL_LOST, 1, "its content is no XML"},
    {"write, empty", EMPTY_200, CALL_LOST, 1, "not whole"},
    {"write, bad XML", BAD_XML, CALL_LOST, 1, "not whole"},
    {"write, other XML", OTHER_XML, CALL_LOST, 1, "it is a 'DescribeVpcsResponse'"},
    {"write, false", SAYS_FALSE, CALL_LOST, 1, "AWS answered without saying that it did it"},
    {"write, garbage", GARBAGE, CALL_LOST, 1, "malformed reply"},
    {"write, no length", NO_LENGTH, CALL_LOST, 1, "malformed reply"},
    {"write, throttled", THROTTLED, CALL_FAILED, 1, "RequestLimitExceeded"},
    {"write, token expired", BAD_TOKEN, CALL_FAILED, 1, "ExpiredToken"},
    {"write, forbidden", FORBIDDEN, CALL_ANSWERED, 1, "ReplaceRoute: HTTP 403"},
    {"write, refused", NO_SUCH_ENI, CALL_ANSWERED, 1, "HTTP 400"},
};

static void test_write(void **state)
{
    const struct row *row = *state;
    start(1);
    prepare_writes(EC2_REPLACE_ROUTE);
    add_reply_fault(&s, "ReplaceRoute", 1, 1, row->goes);
    run(1, 20 * SECOND, false);
    assert_int_equal(calls[0].end, row->end);
    assert_int_equal(calls[0].again, row->goes == THROTTLED || row->goes == BAD_TOKEN);
    assert_int_equal(count_of(&s, "ReplaceRoute"), row->sent);
    if (row->part)
        assert_non_null(strstr(calls[0].exchange.err.text, row->part));
    else
        assert_string_equal(s.region.tables[0].target, OUR_ENI);
}

/* What the region itself says of a route that is not as it was thought to be. */
static void test_answers(void **state)
{
    (void)state;
    start(2);
    region_target(&s.region, 0, "");
    prepare_writes(EC2_REPLACE_ROUTE);
    run(2, 20 * SECOND, false);
    assert_int_equal(calls[0].answer, QUERY_NO_ROUTE);
    assert_int_equal(calls[1].answer, QUERY_DONE);
    prepare_writes(EC2_CREATE_ROUTE);
    run(2, 20 * SECOND, false);
    assert_int_equal(calls[0].answer, QUERY_DONE);
    assert_int_equal(calls[1].answer, QUERY_ROUTE_EXISTS);
}

/* --- No connection: nothing has left; a read tries again, a write may be tried again by whoever has looked */

static void test_unsent(void **state)
{
    (void)state;
    start(2);
    prepare_writes(EC2_REPLACE_ROUTE);
    add_fault(&s, 1, 2, NO_CONNECTION);
    run(2, 20 * SECOND, false);
    assert_int_equal(calls[0].end, CALL_FAILED);
    assert_true(calls[0].again && calls[1].again);
    assert_int_equal(count_of(&s, "ReplaceRoute"), 0);
    start(2);
    prepare_read();
    add_fault(&s, 1, 3, NO_CONNECTION);
    run(1, 20 * SECOND, false);
    assert_int_equal(calls[0].answer, QUERY_DONE);
    start(1);
    prepare_read();
    add_fault(&s, 1, UINT32_MAX, NO_PASSAGE);
    run(1, 20 * SECOND, true);
    assert_int_equal(calls[0].end, CALL_FAILED);
    assert_false(calls[0].again);
    assert_int_equal(calls[0].exchange.err.kind, ERR_NETWORK);
    assert_int_equal(s.effects, 1);
    start(1);
    prepare_writes(EC2_REPLACE_ROUTE);
    add_fault(&s, 1, UINT32_MAX, NO_TLS);
    run(1, 20 * SECOND, false);
    assert_int_equal(calls[0].end, CALL_FAILED);
    assert_false(calls[0].again);
    assert_int_equal(calls[0].exchange.err.kind, ERR_TLS);
    assert_int_equal(s.effects, 1);
}

/* --- Deadlines */

/* Until there is no time left, and not beyond; the last cause is what is told. */
static void test_for_ever(void **state)
{
    static const struct {
        enum outcome_name goes;
        enum err_kind kind;
        unsigned most; /* attempts: full jitter, so about twice those of the longest pauses */
    } rows[] = {{THROTTLED, ERR_THROTTLED, 40}, {UNAVAILABLE, ERR_NETWORK, 60}, {LOST_BEFORE, ERR_NETWORK, 60}, {NO_CONNECTION, ERR_NETWORK, 60}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        start(1);
        uint64_t deadline_us = s.now_us + 20 * SECOND;
        prepare_read();
        add_fault(&s, 1, UINT32_MAX, rows[i].goes);
        run(1, 20 * SECOND, true);
        assert_int_equal(calls[0].end, CALL_FAILED);
        assert_int_equal(calls[0].exchange.err.kind, rows[i].kind);
        assert_in_range(calls[0].attempts, 5, rows[i].most);
        assert_in_range(s.now_us, deadline_us - 4 * SECOND, deadline_us + EXCHANGE_US);
    }
}

/* An attempt that hangs leaves half of the time for another. */
static void test_half_of_the_time(void **state)
{
    (void)state;
    start(2);
    uint64_t from_us = s.now_us;
    prepare_read();
    add_reply_fault(&s, "DescribeRouteTables", 1, 1, HANGS_BEFORE);
    run(1, 20 * SECOND, true);
    assert_int_equal(calls[0].end, CALL_ANSWERED);
    assert_in_range(s.now_us - from_us, 10 * SECOND, 10 * SECOND + 200000);
}

static void test_too_late(void **state)
{
    (void)state;
    start(1);
    prepare_writes(EC2_REPLACE_ROUTE);
    run(1, 0, false);
    assert_int_equal(calls[0].end, CALL_FAILED);
    assert_int_equal(calls[0].exchange.err.kind, ERR_DEADLINE);
    assert_int_equal(writes_sent(&s), 0);
}

/* What came of the attempt before says more than that time was up in the next one. */
static void test_the_cause_before_the_deadline(void **state)
{
    (void)state;
    start(1);
    prepare_read();
    add_reply_fault(&s, "DescribeRouteTables", 1, 1, FAILS_500);
    unsigned second = s.effects + 3; /* after the first and a wait */
    add_fault(&s, second, second, STOPPED);
    run(1, 20 * SECOND, true);
    assert_int_equal(calls[0].attempts, 2);
    assert_int_equal(calls[0].exchange.err.kind, ERR_NETWORK);
    assert_non_null(strstr(calls[0].exchange.err.text, "InternalError"));
    /* Nothing of it is left for the next call. */
    prepare_read();
    app.deadline_us = s.now_us + SECOND;
    run(1, 0, true);
    assert_int_equal(calls[0].exchange.err.kind, ERR_DEADLINE);
}

/* Whether it was the call's time that was up or only the attempt's, of which the later ones have ever less. */
static void test_the_cause_before_no_answer(void **state)
{
    (void)state;
    start(1);
    prepare_read();
    add_reply_fault(&s, "DescribeRouteTables", 1, 1, FAILS_500);
    add_reply_fault(&s, "DescribeRouteTables", 2, 99, HANGS_BEFORE);
    run(1, 3 * SECOND, true);
    assert_int_equal(calls[0].end, CALL_FAILED);
    assert_true(calls[0].attempts > 2);
    assert_int_equal(calls[0].exchange.err.kind, ERR_NETWORK);
    assert_non_null(strstr(calls[0].exchange.err.text, "InternalError"));
}

/* --- Clocks and keys */

static void test_skew(void **state)
{
    static const int64_t errors_s[] = {-86400, -301, 301, 3600, 86400};
    (void)state;
    for (size_t i = 0; i < COUNT(errors_s); i++) {
        start(1);
        s.clock_error_s = errors_s[i];
        prepare_read();
        run(1, 20 * SECOND, true);
        assert_int_equal(calls[0].answer, QUERY_DONE);
        assert_int_equal(count_of(&s, "DescribeRouteTables"), 2);
        assert_int_equal(skew.s, -errors_s[i]);
        assert_int_equal(renewals, 0);
        prepare_writes(EC2_REPLACE_ROUTE); /* the next call is signed rightly at once */
        run(1, 20 * SECOND, false);
        assert_int_equal(calls[0].answer, QUERY_DONE);
        assert_int_equal(count_of(&s, "ReplaceRoute"), 1);
    }
}

/* A small difference of the clocks explains nothing: the keys are renewed. */
static void test_small_skew(void **state)
{
    (void)state;
    start(1);
    s.clock_error_s = 240;
    s.region.valid = 2;
    prepare_read();
    run(1, 20 * SECOND, true);
    assert_int_equal(calls[0].answer, QUERY_DONE);
    assert_int_equal(skew.s, 0);
    assert_int_equal(renewals, 1);
}

/* A clock that is off hides keys that are old: one is corrected, then the other. */
static void test_skew_and_old_keys(void **state)
{
    (void)state;
    start(1);
    s.clock_error_s = -600;
    s.region.valid = 2;
    prepare_read();
    run(1, 20 * SECOND, true);
    assert_int_equal(calls[0].answer, QUERY_DONE);
    assert_int_equal(skew.s, 600);
    assert_int_equal(renewals, 1);
    assert_int_equal(calls[0].attempts, 3);
}

static void test_renewed_once_for_all(void **state)
{
    (void)state;
    start(5);
    s.region.valid = 2;
    prepare_writes(EC2_REPLACE_ROUTE);
    run(5, 20 * SECOND, false);
    /* The first is signed with the old keys, and so is every other that is in flight with it. */
    for (size_t i = 0; i < 5; i++)
        assert_true(calls[i].again);
    assert_int_equal(renewals, 1);
    prepare_writes(EC2_REPLACE_ROUTE);
    run(5, 20 * SECOND, false);
    assert_true(region_is_ours(&s.region));
    assert_int_equal(renewals, 1);
}

static void test_refused_again(void **state)
{
    (void)state;
    start(1);
    s.region.valid = 99;
    prepare_read();
    run(1, 20 * SECOND, false);
    assert_int_equal(calls[0].end, CALL_FAILED);
    assert_int_equal(calls[0].attempts, 2);
    assert_int_equal(calls[0].exchange.err.kind, ERR_REFUSED);
    assert_non_null(strstr(calls[0].exchange.err.text, "HTTP 400 ExpiredToken"));
    assert_int_equal(renewals, 1);
    prepare_writes(EC2_REPLACE_ROUTE);
    run(1, 20 * SECOND, false);
    assert_false(calls[0].again); /* what was corrected once is not corrected again */
    assert_int_equal(renewals, 1);
}

/* Keys of the environment cannot be fetched again; a service that gives none leaves the refusal standing. */
static void test_not_renewed(void **state)
{
    (void)state;
    start(1);
    api.renew = NULL;
    s.region.valid = 99;
    prepare_read();
    run(1, 20 * SECOND, true);
    assert_int_equal(calls[0].end, CALL_FAILED);
    assert_int_equal(calls[0].attempts, 1);
    start(1);
    renewal_fails = true;
    s.region.valid = 99;
    prepare_read();
    run(1, 20 * SECOND, true);
    assert_int_equal(calls[0].end, CALL_FAILED);
    assert_int_equal(calls[0].attempts, 1);
    assert_non_null(strstr(calls[0].exchange.err.text, "ExpiredToken"));
}

/* --- Signals */

/* A call that may be interrupted ends where it is: before, on its way, in a pause. */
static void test_interrupted(void **state)
{
    (void)state;
    start(1);
    s.interrupted = true;
    prepare_read();
    run(1, 20 * SECOND, true);
    assert_int_equal(calls[0].exchange.err.kind, ERR_INTERRUPTED);
    start(1);
    prepare_read();
    add_fault(&s, 1, 1, SIGNALLED_AFTER);
    run(1, 20 * SECOND, true);
    assert_int_equal(calls[0].end, CALL_FAILED);
    assert_int_equal(calls[0].exchange.err.kind, ERR_INTERRUPTED);
    start(1);
    prepare_read();
    add_fault(&s, 1, 1, THROTTLED);
    add_fault(&s, 2, 2, SIGNALLED);
    run(1, 20 * SECOND, true);
    assert_int_equal(calls[0].exchange.err.kind, ERR_INTERRUPTED);
    assert_int_equal(count_of(&s, "DescribeRouteTables"), 1);
}

/* One that may not is carried to its end, pauses and repetitions included. */
static void test_not_interrupted(void **state)
{
    (void)state;
    start(2);
    s.interrupted = true;
    prepare_writes(EC2_REPLACE_ROUTE);
    run(2, 20 * SECOND, false);
    assert_true(region_is_ours(&s.region));
    start(2);
    s.interrupted = true;
    prepare_read();
    add_reply_fault(&s, "DescribeRouteTables", 1, 2, THROTTLED);
    run(1, 20 * SECOND, false);
    assert_int_equal(calls[0].answer, QUERY_DONE);
    assert_int_equal(calls[0].attempts, 3);
    assert_int_equal(count_of(&s, "wait"), 2);
}

/* A clock that was corrected once and is off again, and one of which nothing is told, are no clock's fault: the keys are. */
static void jump(struct scripted *w, unsigned n, enum effect effect)
{
    (void)effect;
    if (n == 2)
        w->clock_error_s += 3600;
}

static void test_skew_twice(void **state)
{
    (void)state;
    start(1);
    s.clock_error_s = -600;
    s.before = jump;
    prepare_read();
    run(1, 20 * SECOND, true);
    assert_int_equal(skew.s, 600);
    assert_int_equal(renewals, 1);
    assert_int_not_equal(calls[0].answer, QUERY_DONE);
}

static void without_date(struct scripted *w, struct buf *reply)
{
    static const char body[] = ERROR_BODY("ExpiredToken", "The token is expired");
    if (w->replies > 1)
        return;
    reply->len = 0;
    buf_putf(reply, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/xml\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
}

static void test_no_date(void **state)
{
    (void)state;
    start(1);
    s.damage = without_date;
    prepare_read();
    run(1, 20 * SECOND, true);
    assert_int_equal(calls[0].answer, QUERY_DONE);
    assert_int_equal(skew.s, 0);
    assert_int_equal(renewals, 1);
}

/* A reply after which the connection ends, and one that something more comes behind, are whole, but nothing is asked behind them. */
static void close_it(struct scripted *w, struct buf *reply)
{
    static const char body[] = "<DescribeRouteTablesResponse><routeTableSet/></DescribeRouteTablesResponse>";
    (void)w;
    reply->len = 0;
    buf_putf(reply, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
}

static void add_to_it(struct scripted *w, struct buf *reply)
{
    (void)w;
    buf_puts(reply, "HTTP/1.1 408 Request Timeout\r\n");
}

static void test_the_last_of_a_connection(void **state)
{
    static const struct {
        void (*damage)(struct scripted *world, struct buf *reply);
        unsigned least, most; /* of the eight that end their connection; what comes behind may come too late to be seen */
    } rows[] = {{NULL, 0, 0}, {close_it, 8, 8}, {add_to_it, 1, 8}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        unsigned closings = 0;
        for (unsigned seed = 0; seed < 8; seed++) {
            start(1);
            s.seed = seed;
            s.damage = rows[i].damage;
            prepare_read();
            run(1, 20 * SECOND, true);
            assert_int_equal(calls[0].answer, QUERY_DONE);
            assert_int_equal(calls[0].attempts, 1);
            closings += s.closings;
        }
        assert_in_range(closings, rows[i].least, rows[i].most);
    }
}

/* Of two that are asked again the one that is due first goes first. */
static void test_one_is_due_later(void **state)
{
    (void)state;
    start(1);
    prepare_read();
    calls[1] = calls[0];
    ec2_reply_start_tables(&replies[1], destination(), &tables, NULL);
    calls[1].reply = &replies[1].query;
    add_reply_fault(&s, "DescribeRouteTables", 1, 1, BAD_TOKEN);
    add_reply_fault(&s, "DescribeRouteTables", 2, 2, THROTTLED);
    run(2, 20 * SECOND, true);
    assert_int_equal(calls[0].answer, QUERY_DONE);
    assert_int_equal(calls[1].answer, QUERY_DONE);
    assert_true(calls[0].sent_us < calls[1].sent_us);
    assert_int_equal(count_of(&s, "wait"), 1);
}

/* --- Many */

static void test_many(void **state)
{
    (void)state;
    start(LIMIT_TABLES);
    prepare_writes(EC2_REPLACE_ROUTE);
    add_reply_fault(&s, "ReplaceRoute", 1, 100, THROTTLED);
    run(LIMIT_TABLES, 20 * SECOND, false);
    size_t again = 0;
    for (size_t i = 0; i < LIMIT_TABLES; i++)
        again += calls[i].again;
    assert_int_equal(again, 100);
    assert_int_equal(count_of(&s, "ReplaceRoute"), LIMIT_TABLES);
}

static void test_too_large(void **state)
{
    static char form[LIMIT_REQUEST];
    const struct buf rows[] = {
        {form, sizeof form, sizeof form, false}, /* with its head more than a request holds */
        {form, 10, 11, true},                    /* cut before it came here */
    };
    (void)state;
    memset(form, 'x', sizeof form);
    for (size_t i = 0; i < COUNT(rows); i++) {
        start(1);
        ec2_write_reply_start(&written[0], EC2_REPLACE_ROUTE);
        call_start(&calls[0], &written[0].query, &rows[i], true);
        run(1, 20 * SECOND, false);
        assert_int_equal(calls[0].end, CALL_FAILED);
        assert_int_equal(calls[0].exchange.err.kind, ERR_BUG);
        assert_int_equal(writes_sent(&s), 0);
    }
}

int main(void)
{
    static struct suite suite;
    SUITE_ROWS(&suite, test_read, reads);
    SUITE_ROWS(&suite, test_write, writes);
    SUITE_TEST(&suite, test_answers);
    SUITE_TEST(&suite, test_unsent);
    SUITE_TEST(&suite, test_for_ever);
    SUITE_TEST(&suite, test_half_of_the_time);
    SUITE_TEST(&suite, test_too_late);
    SUITE_TEST(&suite, test_the_cause_before_the_deadline);
    SUITE_TEST(&suite, test_the_cause_before_no_answer);
    SUITE_TEST(&suite, test_skew);
    SUITE_TEST(&suite, test_small_skew);
    SUITE_TEST(&suite, test_skew_and_old_keys);
    SUITE_TEST(&suite, test_skew_twice);
    SUITE_TEST(&suite, test_no_date);
    SUITE_TEST(&suite, test_the_last_of_a_connection);
    SUITE_TEST(&suite, test_one_is_due_later);
    SUITE_TEST(&suite, test_renewed_once_for_all);
    SUITE_TEST(&suite, test_refused_again);
    SUITE_TEST(&suite, test_not_renewed);
    SUITE_TEST(&suite, test_interrupted);
    SUITE_TEST(&suite, test_not_interrupted);
    SUITE_TEST(&suite, test_many);
    SUITE_TEST(&suite, test_too_large);
    return suite_run(&suite, "app/call");
}
