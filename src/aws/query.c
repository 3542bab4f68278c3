#include "aws/query.h"

#include <string.h>

/* EC2's errors stand in a list, those of the other APIs alone. */
static const struct query_step in_document[] = {{"Response", QUERY_FAILURE}, {"ErrorResponse", QUERY_ERRORS}, {"", QUERY_UNKNOWN}};
static const struct query_step in_failure[] = {{"Errors", QUERY_ERRORS}, {"", QUERY_UNKNOWN}};
static const struct query_step in_errors[] = {{"Error", QUERY_ERROR}, {"", QUERY_UNKNOWN}};
static const struct query_step in_error[] = {{"Code", QUERY_ERROR_CODE}, {"Message", QUERY_ERROR_MESSAGE}, {"", QUERY_UNKNOWN}};

static const struct query_step *const error_steps[QUERY_REPLY] = {
    [QUERY_DOCUMENT] = in_document,
    [QUERY_FAILURE] = in_failure,
    [QUERY_ERRORS] = in_errors,
    [QUERY_ERROR] = in_error,
};

static bool is_named(const struct query_step *step, struct slice name)
{
    return step->name[0] == name.at[0] && name.len < sizeof step->name && step->name[name.len] == '\0' &&
           slice_eq(slice_make(step->name, name.len), name);
}

/* `among` may be NULL. */
static uint8_t step(const struct query_step *among, struct slice name)
{
    for (; among && among->name[0]; among++)
        if (is_named(among, name))
            return among->to;
    return QUERY_UNKNOWN;
}

/* "ACTIONResponse" */
static bool is_own_root(const struct query_reply *r, struct slice name)
{
    return slice_skip(&name, r->action) && slice_is(name, "Response");
}

static uint8_t place_of(const struct query_reply *r, unsigned depth, struct slice name)
{
    uint8_t from = r->place[depth - 1];
    if (depth == 1 && is_own_root(r, name))
        return QUERY_REPLY;
    return step(from < QUERY_REPLY ? error_steps[from] : r->kind->steps[from], name);
}

void query_start(struct query_reply *r, const struct query_kind *kind, const char *action, struct buf text)
{
    r->xml.text = text;
    r->kind = kind;
    r->action = action;
    r->also = NULL;
    query_restart(r);
}

static void restart(struct query_reply *r)
{
    r->code[0] = r->message[0] = '\0';
    r->garbled = false;
    r->place[0] = QUERY_DOCUMENT;
    r->inside[0] = 0;
    xml_start(&r->xml, r->xml.text);
    r->kind->restart(r);
}

void query_restart(struct query_reply *r)
{
    for (; r; r = r->also)
        restart(r);
}

static bool may_repeat(const struct query_reply *r, uint8_t place)
{
    return place == QUERY_UNKNOWN || place == QUERY_ERROR || (r->kind->repeatable >> place & 1);
}

/* Notes that the place has been seen in the element around it; false when it must not be seen again. */
static bool note_place(struct query_reply *r, unsigned depth, uint8_t place)
{
    uint64_t bit = UINT64_C(1) << place;
    bool again = r->inside[depth - 1] & bit;
    r->inside[depth - 1] |= bit;
    r->inside[depth] = 0;
    return !again || may_repeat(r, place);
}

static bool open_element(struct query_reply *r, struct err *e)
{
    unsigned depth = xml_depth(&r->xml);
    struct slice name = xml_name(&r->xml);
    uint8_t place = place_of(r, depth, name);
    if (depth == 1 && place == QUERY_UNKNOWN)
        return err_set(e, ERR_NETWORK, "not a reply to %s: it is a '%s'", r->action, err_printable(name).text);
    if (!note_place(r, depth, place))
        return err_set(e, ERR_NETWORK, "a reply to %s holds '%s' twice in one place", r->action, err_printable(name).text);
    r->place[depth] = place;
    if (place == QUERY_UNKNOWN)
        xml_skip(&r->xml);
    r->kind->open(r, place);
    return true;
}

void query_show(struct slice text, char *to, size_t cap)
{
    struct printable shown = err_printable(text);
    size_t len = strlen(shown.text) < cap ? strlen(shown.text) : cap - 1;
    memcpy(to, shown.text, len);
    to[len] = '\0';
}

/* Below the first line of a refused signature STS quotes the request that it expected, session token and all. */
static struct slice first_line(struct slice message)
{
    struct slice rest = slice_trim_of(message, " \t\r\n");
    return slice_cut(&rest, '\n');
}

static bool close_element(struct query_reply *r, struct err *e)
{
    struct slice text = xml_text(&r->xml);
    uint8_t place = r->place[xml_depth(&r->xml)];
    if (place == QUERY_ERROR_CODE)
        query_show(text, r->code, sizeof r->code);
    if (place == QUERY_ERROR_MESSAGE)
        query_show(first_line(text), r->message, sizeof r->message);
    return r->kind->close(r, place, text, e);
}

static bool decode(struct query_reply *r, struct slice body, struct err *e)
{
    for (;;) {
        switch (xml_next(&r->xml, &body, e)) {
        case XML_MORE:
            return true;
        case XML_OPEN:
            if (!open_element(r, e))
                return false;
            break;
        case XML_CLOSE:
            if (!close_element(r, e))
                return false;
            break;
        default:
            return false;
        }
    }
}

static bool take(struct query_reply *r, unsigned status, struct slice body, struct err *e)
{
    if (r->garbled || decode(r, body, e))
        return true;
    if (status == 200)
        return false;
    err_clear(e);
    r->garbled = true;
    return true;
}

bool query_take(struct query_reply *r, unsigned status, struct slice body, struct err *e)
{
    bool ok = true;
    for (; ok && r; r = r->also)
        ok = take(r, status, body, e);
    return ok;
}

/* SDKs agree on the throttling codes; EC2 itself uses the first two. */
static const struct query_code codes[] = {
    {"RequestLimitExceeded", "", QUERY_THROTTLED},
    {"EC2ThrottledException", "", QUERY_THROTTLED},
    {"Throttling", "", QUERY_THROTTLED},
    {"ThrottlingException", "", QUERY_THROTTLED},
    {"ThrottledException", "", QUERY_THROTTLED},
    {"RequestThrottled", "", QUERY_THROTTLED},
    {"RequestThrottledException", "", QUERY_THROTTLED},
    {"TooManyRequestsException", "", QUERY_THROTTLED},
    {"SlowDown", "", QUERY_THROTTLED},
    {"BandwidthLimitExceeded", "", QUERY_THROTTLED},
    {"AuthFailure", "", QUERY_UNAUTHENTIC},
    {"ExpiredToken", "", QUERY_UNAUTHENTIC},
    {"ExpiredTokenException", "", QUERY_UNAUTHENTIC},
    {"InvalidClientTokenId", "", QUERY_UNAUTHENTIC},
    {"InvalidSignatureException", "", QUERY_UNAUTHENTIC},
    {"RequestExpired", "", QUERY_UNAUTHENTIC},
    {"RequestTimeTooSkewed", "", QUERY_UNAUTHENTIC},
    {"SignatureDoesNotMatch", "", QUERY_UNAUTHENTIC},
    {"UnrecognizedClientException", "", QUERY_UNAUTHENTIC},
};

static const struct query_code *code_among(const struct query_code *list, size_t count, const struct query_reply *r)
{
    for (size_t i = 0; i < count; i++)
        if (slice_is(slice_of(r->code), list[i].code) && slice_starts(slice_of(r->message), list[i].beginning))
            return &list[i];
    return NULL;
}

static enum query_answer answer_of(const struct query_reply *r, unsigned status)
{
    const struct query_code *found = code_among(r->kind->codes, r->kind->code_count, r);
    if (!found)
        found = code_among(codes, sizeof codes / sizeof *codes, r);
    if (found)
        return found->answer;
    /* A success that none of these APIs has, or a failure of AWS's own, leaves open what was done. */
    bool open = status < 400 || status >= 500;
    return status == 429 ? QUERY_THROTTLED : open ? QUERY_PASSING : QUERY_REFUSED;
}

bool query_end(struct query_reply *r, unsigned status, enum query_answer *answer, struct err *e)
{
    if (status != 200) {
        *answer = answer_of(r, status);
        return true;
    }
    if (!xml_is_done(&r->xml) || r->place[1] != QUERY_REPLY)
        return err_set(e, ERR_NETWORK, "the reply to %s is not whole", r->action);
    return r->kind->end(r, answer, e);
}

static const struct query_cure cures[] = {
    {"AuthFailure", "check the credentials and this host's clock"},
    {"SignatureDoesNotMatch", "check the credentials and this host's clock"},
    {"RequestExpired", "check this host's clock"},
};

static const char *cure_among(const struct query_cure *list, size_t count, const struct query_reply *r)
{
    for (size_t i = 0; i < count; i++)
        if (slice_starts(slice_of(r->code), list[i].beginning) || slice_starts(slice_of(r->message), list[i].beginning))
            return list[i].cure;
    return "";
}

static const char *cure_of(const struct query_reply *r)
{
    const char *own = cure_among(r->kind->cures, r->kind->cure_count, r);
    return own[0] ? own : cure_among(cures, sizeof cures / sizeof *cures, r);
}

/* AWS adds an encoded blob of some kilobytes that only another API can read; the words before it may be cut. */
static struct slice message_without_blob(const struct query_reply *r)
{
    const char *blob = strstr(r->message, "Encoded ");
    struct slice text = slice_of(r->message);
    if (blob)
        text.len = (size_t)(blob - r->message);
    return slice_trim(text);
}

bool query_explain(const struct query_reply *r, unsigned status, enum query_answer answer, struct err *e)
{
    static const enum err_kind kinds[] = {
        [QUERY_NO_ROUTE] = ERR_REFUSED,    [QUERY_ROUTE_EXISTS] = ERR_REFUSED, [QUERY_THROTTLED] = ERR_THROTTLED,
        [QUERY_UNAUTHENTIC] = ERR_REFUSED, [QUERY_PASSING] = ERR_NETWORK,      [QUERY_REFUSED] = ERR_REFUSED,
    };
    const char *cure = cure_of(r);
    struct printable message = err_printable(message_without_blob(r));
    if (status == 200)
        return err_set(e, kinds[answer], "%s: AWS answered without saying that it did it", r->action);
    return err_set(e, kinds[answer], "%s: HTTP %u %s%s%s%s%s", r->action, status, r->code[0] ? r->code : "without an error code",
                   message.text[0] ? ": " : "", message.text, cure[0] ? "; " : "", cure);
}
