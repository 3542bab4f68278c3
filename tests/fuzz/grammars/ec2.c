/* ec2: replies of the EC2 Query API, and what is told of a listing of route tables: what a plan is made of, table by table. */
#include "../grammar.h"

#include "aws/ec2.h"

static struct ec2_write_reply written;
static struct ec2_reply reply;
static struct ec2_tables tables;
static char token_bytes[LIMIT_PAGE_TOKEN + 1];
static struct buf token = {token_bytes, 0, LIMIT_PAGE_TOKEN, false};

static const struct cidr destination = {.base = {.size = 4, .octets = {10, 9, 0, 1}}, .prefix = 32};

static void start_tables(void)
{
    memset(&tables, 0, sizeof tables);
    token.len = 0;
    ec2_reply_start_tables(&reply, destination, &tables, &token);
}

/* Nothing leaves the decoder that is not printable, ends within its array, and is empty or of its pattern. */
static void claim_route(const struct ec2_route *route)
{
    struct eni_id eni;
    claim(!route->eni.text[0] || eni_id_make(slice_of(route->eni.text), &eni));
    claim(memchr(route->target, '\0', sizeof route->target));
    for (const char *at = route->target; *at; at++)
        claim(*at >= ' ' && *at <= '~');
}

static void claim_table(const struct ec2_table *table)
{
    struct table_id id;
    struct vpc_id vpc;
    struct account_id owner;
    claim(table_id_make(slice_of(table->id.text), &id));
    claim(!table->vpc.text[0] || vpc_id_make(slice_of(table->vpc.text), &vpc));
    claim(!table->owner.text[0] || account_id_make(slice_of(table->owner.text), &owner));
    claim(memchr(table->name, '\0', sizeof table->name));
    claim_route(&table->route);
    claim_route(&table->propagated);
}

static void put_route(struct buf *out, const char *word, const struct ec2_route *route)
{
    if (route->present)
        buf_putf(out, " %s%s%s %s %s", word, route->alive ? "" : " dead", route->filtered ? " filtered" : "", route->eni.text, route->target);
}

static bool take(struct query_reply *query, struct pieces *in, unsigned status, enum query_answer *answer, struct err *e)
{
    struct slice piece;
    while (pieces_next(in, &piece))
        if (!query_take(query, status, piece, e))
            return false;
    return query_end(query, status, answer, e);
}

static bool tell(struct pieces *in, struct buf *out)
{
    enum query_answer answer;
    struct err e = {0};
    start_tables();
    if (!take(&reply.query, in, 200, &answer, &e))
        return refused(out, &e);
    claim(answer == QUERY_DONE && tables.count <= LIMIT_TABLES && token.len <= LIMIT_PAGE_TOKEN);
    for (size_t i = 0; i < tables.count; i++) {
        const struct ec2_table *table = &tables.at[i];
        claim_table(table);
        buf_putf(out, "%s %s %s %s%s%s", table->id.text, table->vpc.text, table->owner.text, table->name, table->edge ? " edge" : "",
                 table->ambiguous ? " ambiguous" : "");
        put_route(out, "static", &table->route);
        put_route(out, "propagated", &table->propagated);
        buf_putc(out, '\n');
    }
    buf_put(out, buf_slice(&token));
    return true;
}

static void take_whole(struct query_reply *query, struct slice input, unsigned status)
{
    struct pieces in = {input, input.len, 1, NULL};
    enum query_answer answer;
    char why[LIMIT_ERR_TEXT];
    struct buf b = BUF_OF(why);
    struct err e = {0};
    bool whole = take(query, &in, status, &answer, &e);
    if (whole && answer != QUERY_DONE)
        claim(!query_explain(query, status, answer, &e));
    if (!whole || answer != QUERY_DONE)
        (void)refused(&b, &e);
    free(in.copy);
}

/* The other replies, of any status. */
static void check(struct slice input)
{
    static const unsigned statuses[] = {200, 400, 403, 500, 503};
    static struct ec2_subnets subnets;
    struct eni_id eni = {"eni-0123456789abcdef0"};
    struct ec2_interface interface;
    unsigned status = statuses[input.len % (sizeof statuses / sizeof *statuses)];
    ec2_write_reply_start(&written, EC2_REPLACE_ROUTE);
    take_whole(&written.query, input, status);
    ec2_reply_start_interface(&reply, &eni, &interface);
    take_whole(&reply.query, input, 200);
    subnets.count = 0;
    token.len = 0;
    ec2_reply_start_subnets(&reply, &subnets, &token);
    take_whole(&reply.query, input, 200);
    claim(subnets.count <= LIMIT_SUBNETS);
    ec2_reply_start_associations(&reply, &subnets, &token);
    take_whole(&reply.query, input, 200);
}

const struct grammar grammar_ec2 = {"ec2", .in_pieces = true, .is_own = false, tell, check};
