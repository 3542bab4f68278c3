/*
 * metadata: items behind a session token, over a service that is early, busy, switched off or not there. Faults, rows 73
 * to 78.
 */
#include "scripted_world.h"

#define ITEM "/latest/meta-data/placement/region"

static struct scripted s;
static struct app app; /* the world asks it for the run's deadlines */
static struct world world;
static struct metadata metadata;
static struct err e;
static struct slice body;

static void start(void)
{
    struct origin origin = imds_origin(false);
    scripted_start(&s, 1);
    memset(&e, 0, sizeof e);
    app.deadline_us = app.write_deadline_us = s.now_us + 60 * SECOND;
    s.app = &app;
    world = scripted_world(&s);
    metadata_start(&metadata, &world, &origin);
}

static bool get(const char *path)
{
    return metadata_get(&metadata, path, s.now_us + 20 * SECOND, &body, &e);
}

static void assert_got(const char *path, const char *expected)
{
    assert_accepted(get(path), &e);
    assert_slice(body, slice_of(expected));
    assert_string_equal(s.broken, "");
}

/* The times of the attempts at `path`, from the first on. */
static uint64_t waited_us(uint64_t from_us)
{
    return s.now_us - from_us;
}

static void test_one_token(void **state)
{
    (void)state;
    start();
    assert_got(ITEM, "eu-central-1");
    assert_got(INTERFACES "vpc-id", OUR_VPC);
    assert_int_equal(count_of(&s, IMDS_TOKEN_PATH), 1);
    assert_int_equal(s.effects, 3);
}

/* A token that has run out is replaced, once, and the item asked for again. */
static void test_stale_token(void **state)
{
    (void)state;
    start();
    assert_got(ITEM, "eu-central-1");
    s.region.metadata_token = 1;
    assert_got(ITEM, "eu-central-1");
    assert_int_equal(count_of(&s, IMDS_TOKEN_PATH), 2);
    assert_int_equal(count_of(&s, ITEM), 3);
    assert_int_equal(count_of(&s, "wait"), 0);
}

static void test_item_stays_401(void **state)
{
    (void)state;
    start();
    add_reply_fault(&s, ITEM, 1, UINT32_MAX, STALE_401);
    assert_refused(get(ITEM), &e, ERR_IDENTITY, "answers " ITEM " with status 401");
    assert_int_equal(count_of(&s, ITEM), 2);
}

/* What passes is tried again after 0.25, 0.5 and 1 s. */
static void test_retries(void **state)
{
    static const struct {
        const char *path;
        enum outcome_name goes;
    } rows[] = {
        {IMDS_TOKEN_PATH, STALE_401}, {IMDS_TOKEN_PATH, FAILS_500}, {IMDS_TOKEN_PATH, UNAVAILABLE}, {IMDS_TOKEN_PATH, LOST_BEFORE},
        {ITEM, FAILS_500},            {ITEM, UNAVAILABLE},          {ITEM, CUT_SHORT},              {ITEM, LOST_BEFORE},
    };
    static const uint64_t waits_us[] = {250000, 750000, 1750000};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (unsigned fails = 1; fails <= 3; fails++) {
            start();
            uint64_t from_us = s.now_us;
            add_reply_fault(&s, rows[i].path, 1, fails, rows[i].goes);
            assert_got(ITEM, "eu-central-1");
            assert_int_equal(count_of(&s, rows[i].path), fails + 1);
            assert_in_range(waited_us(from_us), waits_us[fails - 1], waits_us[fails - 1] + 50000);
        }
}

static void test_refused_connection(void **state)
{
    (void)state;
    start();
    add_fault(&s, 1, 1, NO_CONNECTION);
    assert_got(ITEM, "eu-central-1");
    start();
    add_fault(&s, 1, UINT32_MAX, NO_CONNECTION);
    assert_refused(get(ITEM), &e, ERR_IDENTITY,
                   "does not answer (Connection refused); check that it is enabled and that a firewall lets 169.254.169.254 through");
    assert_int_equal(count_of(&s, "unsent"), 4);
}

/* A hop limit of 1 seen from a container: the connection stands, the token never comes. */
static void test_hop_limit(void **state)
{
    (void)state;
    start();
    uint64_t from_us = s.now_us;
    add_reply_fault(&s, IMDS_TOKEN_PATH, 1, UINT32_MAX, HANGS_BEFORE);
    assert_refused(get(ITEM), &e, ERR_IDENTITY, "in a container raise the instance's metadata hop limit to 2");
    assert_int_equal(count_of(&s, IMDS_TOKEN_PATH), 4);
    assert_int_equal(count_of(&s, ITEM), 0); /* nothing is asked for without a token: no version 1 */
    assert_in_range(waited_us(from_us), 5750000, 5800000);
}

/* Four attempts, no more; then what the last one said. */
static void test_for_ever(void **state)
{
    static const struct {
        enum outcome_name goes;
        const char *part;
    } rows[] = {
        {STALE_401, "answers " IMDS_TOKEN_PATH " with status 401"},
        {FAILS_500, "answers " IMDS_TOKEN_PATH " with status 500"},
        {UNAVAILABLE, "answers " IMDS_TOKEN_PATH " with status 503"},
        {LOST_BEFORE, "does not answer the request for a token (the other side ended the connection)"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        start();
        add_reply_fault(&s, IMDS_TOKEN_PATH, 1, UINT32_MAX, rows[i].goes);
        assert_refused(get(ITEM), &e, ERR_IDENTITY, rows[i].part);
        assert_int_equal(count_of(&s, IMDS_TOKEN_PATH), 4);
    }
}

/* What another attempt would not better ends at once. */
static void test_at_once(void **state)
{
    static const struct {
        const char *path;
        enum outcome_name goes;
        const char *part;
    } rows[] = {
        {IMDS_TOKEN_PATH, FORBIDDEN, "enable IMDSv2"},
        {IMDS_TOKEN_PATH, BAD_TOKEN, "with status 400"},
        {IMDS_TOKEN_PATH, MOVED, "with status 302"},
        {IMDS_TOKEN_PATH, PORTAL, "gave no token"},
        {IMDS_TOKEN_PATH, EMPTY_200, "gave an empty token"},
        {ITEM, FORBIDDEN, "enable IMDSv2"},
        {ITEM, MOVED, "with status 302"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        start();
        add_reply_fault(&s, rows[i].path, 1, 1, rows[i].goes);
        assert_refused(get(ITEM), &e, ERR_IDENTITY, rows[i].part);
        assert_int_equal(count_of(&s, rows[i].path), 1);
        assert_int_equal(count_of(&s, "wait"), 0);
    }
}

static void test_not_found(void **state)
{
    (void)state;
    start();
    assert_refused(get("/latest/meta-data/nothing"), &e, ERR_IDENTITY, "/latest/meta-data/nothing with status 404");
    start();
    s.region.odd_path = IMDS_ROLES_PATH;
    s.region.odd_status = 404;
    s.region.odd_body = "";
    assert_refused(get(IMDS_ROLES_PATH), &e, ERR_IDENTITY, "no IAM role is attached to this instance; attach an instance profile");
}

static void test_size(void **state)
{
    static char text[LIMIT_IMDS_REPLY + 2];
    (void)state;
    memset(text, 'x', sizeof text - 1);
    start();
    s.region.odd_path = ITEM;
    s.region.odd_status = 200;
    s.region.odd_body = text + 1;
    assert_got(ITEM, text + 1);
    s.region.odd_body = text;
    assert_refused(get(ITEM), &e, ERR_IDENTITY, "the metadata service's answer for " ITEM " is longer than 8192 bytes");
}

/* A deadline that comes before the next attempt ends it early; one that has come already sends nothing. */
static void test_deadline(void **state)
{
    (void)state;
    start();
    add_reply_fault(&s, IMDS_TOKEN_PATH, 1, UINT32_MAX, FAILS_500);
    uint64_t deadline_us = s.now_us + 600000;
    assert_refused(metadata_get(&metadata, ITEM, deadline_us, &body, &e), &e, ERR_IDENTITY, "with status 500");
    assert_int_equal(count_of(&s, IMDS_TOKEN_PATH), 2);
    assert_true(s.now_us < deadline_us);
    start();
    assert_refused(metadata_get(&metadata, ITEM, s.now_us, &body, &e), &e, ERR_IDENTITY, "does not answer (no answer in the time there was)");
    assert_int_equal(count_of(&s, "unsent"), 1);
}

static void test_signal(void **state)
{
    (void)state;
    start();
    s.interrupted = true;
    assert_refused(get(ITEM), &e, ERR_INTERRUPTED, "a signal asked to end");
    start();
    add_reply_fault(&s, ITEM, 1, 1, SIGNALLED_BEFORE);
    assert_refused(get(ITEM), &e, ERR_INTERRUPTED, "a signal asked to end");
    start(); /* in the pause between two attempts */
    add_fault(&s, 1, 1, FAILS_500);
    add_fault(&s, 2, 2, SIGNALLED);
    assert_refused(get(ITEM), &e, ERR_INTERRUPTED, "a signal asked to end");
    assert_int_equal(s.effects, 3);
}

/* A stale token, a new one, and then no item. */
static void test_no_item_for_the_new_token(void **state)
{
    (void)state;
    start();
    add_reply_fault(&s, ITEM, 1, 1, STALE_401);
    add_reply_fault(&s, ITEM, 2, UINT32_MAX, LOST_BEFORE);
    assert_refused(get(ITEM), &e, ERR_IDENTITY, "the metadata service does not answer");
    assert_int_equal(count_of(&s, IMDS_TOKEN_PATH), 2);
}

/* A signal that comes with an answer that would be asked for again. */
static void interrupt_with_reply(struct scripted *w, struct buf *reply)
{
    (void)reply;
    w->interrupted = true;
}

static void test_signal_after_a_failure(void **state)
{
    (void)state;
    start();
    s.damage = interrupt_with_reply;
    add_reply_fault(&s, IMDS_TOKEN_PATH, 1, UINT32_MAX, FAILS_500);
    assert_refused(get(ITEM), &e, ERR_IDENTITY, "with status 500");
    assert_int_equal(s.effects, 1);
}

/* Garbage in HTTP's place is no answer; it is tried again, as a service that starts may say anything. */
static void test_garbage(void **state)
{
    (void)state;
    start();
    add_reply_fault(&s, ITEM, 1, 2, GARBAGE);
    assert_got(ITEM, "eu-central-1");
    start();
    add_reply_fault(&s, ITEM, 1, UINT32_MAX, NO_LENGTH);
    assert_refused(get(ITEM), &e, ERR_IDENTITY, "malformed reply: it has no length");
}

/* Of this program's own defects none is the service's. */
static void test_a_bug(void **state)
{
    (void)state;
    start();
    world.exchange = exchange_with_a_bug;
    assert_refused(get(ITEM), &e, ERR_BUG, "more than 4 peers");
}

static void put_too_much(const struct fetch *f, struct buf *request)
{
    (void)f;
    for (size_t i = 0; i <= LIMIT_REQUEST; i++)
        buf_putc(request, 'x');
}

static void test_too_large(void **state)
{
    (void)state;
    start();
    metadata.fetch.put = put_too_much;
    assert_false(fetch_run(&metadata.fetch, s.now_us + SECOND));
    assert_int_equal(metadata.fetch.exchange.err.kind, ERR_BUG);
    assert_string_equal(metadata.fetch.exchange.err.text, "a request does not fit its buffer of 12288 bytes");
    assert_int_equal(s.replies, 0);
    assert_int_equal(count_of(&s, "wait"), 0);
}

int main(void)
{
    static struct suite suite;
    SUITE_TEST(&suite, test_one_token);
    SUITE_TEST(&suite, test_stale_token);
    SUITE_TEST(&suite, test_item_stays_401);
    SUITE_TEST(&suite, test_retries);
    SUITE_TEST(&suite, test_refused_connection);
    SUITE_TEST(&suite, test_hop_limit);
    SUITE_TEST(&suite, test_for_ever);
    SUITE_TEST(&suite, test_at_once);
    SUITE_TEST(&suite, test_not_found);
    SUITE_TEST(&suite, test_size);
    SUITE_TEST(&suite, test_deadline);
    SUITE_TEST(&suite, test_signal);
    SUITE_TEST(&suite, test_no_item_for_the_new_token);
    SUITE_TEST(&suite, test_signal_after_a_failure);
    SUITE_TEST(&suite, test_garbage);
    SUITE_TEST(&suite, test_a_bug);
    SUITE_TEST(&suite, test_too_large);
    return suite_run(&suite, "app/metadata");
}
