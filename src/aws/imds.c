#include "aws/imds.h"

#include "wire/http.h"

struct origin imds_origin(bool ipv6)
{
    static const struct origin v4 = {.host = "169.254.169.254", .port = 80, .given = true};
    static const struct origin v6 = {.host = "fd00:ec2::254", .port = 80, .given = true};
    return ipv6 ? v6 : v4;
}

void imds_put_token_request(struct buf *b, const struct origin *origin, unsigned ttl_s)
{
    http_put_request(b, "PUT", IMDS_TOKEN_PATH, origin);
    buf_puts(b, "X-aws-ec2-metadata-token-ttl-seconds: ");
    buf_put_u64(b, ttl_s);
    /* A PUT without a body still says so: a server may wait for one otherwise (RFC 9110, section 8.6). */
    buf_puts(b, "\r\nContent-Length: 0\r\n");
    http_put_body(b, slice_make("", 0));
}

void imds_put_get(struct buf *b, const struct origin *origin, const struct imds_token *token, const char *path)
{
    http_put_request(b, "GET", path, origin);
    http_put_header(b, "X-aws-ec2-metadata-token", slice_of(token->reveal));
    http_put_body(b, slice_make("", 0));
}

bool imds_token_decode(struct slice body, struct imds_token *token, struct err *e)
{
    if (body.len == 0)
        return err_set(e, ERR_IDENTITY, "the metadata service gave an empty token");
    for (size_t i = 0; i < body.len; i++)
        if (body.at[i] <= ' ' || body.at[i] > '~')
            return err_set(e, ERR_IDENTITY, "what answers as metadata service gave no token");
    return slice_copy(body, token->reveal, sizeof token->reveal) ||
           err_set(e, ERR_IDENTITY, "what answers as metadata service gave a token of more than %d bytes", LIMIT_IMDS_TOKEN);
}

static bool is_under(const char *path, const char *folder)
{
    return slice_starts(slice_of(path), folder);
}

bool imds_status_check(unsigned status, const char *path, struct err *e)
{
    if (status == 200)
        return true;
    if (status == 403)
        return err_set(e, ERR_IDENTITY, "the metadata service refuses %s (403): it is switched off for this instance; enable IMDSv2", path);
    if (status == 404 && is_under(path, IMDS_ROLES_PATH))
        return err_set(e, ERR_IDENTITY, "no IAM role is attached to this instance; attach an instance profile");
    return err_set(e, ERR_IDENTITY, "the metadata service answers %s with status %u", path, status);
}

static struct slice line_cut(struct slice *rest)
{
    return slice_trim_of(slice_cut(rest, '\n'), "\r");
}

bool imds_role_decode(struct slice body, struct role_name *role, struct err *e)
{
    struct slice rest = body;
    if (body.len == 0)
        return imds_status_check(404, IMDS_ROLES_PATH, e);
    struct slice line = line_cut(&rest);
    return role_name_make(line, role) ||
           err_set(e, ERR_IDENTITY, "the metadata service names a role '%s', which no role can be called", err_printable(line).text);
}

bool imds_cidrs_decode(struct slice body, bool ipv6, struct vpc_cidrs *cidrs, struct err *e)
{
    struct vpc_cidrs found = {0};
    struct slice rest = body;
    while (rest.len > 0) {
        struct slice line = line_cut(&rest);
        if (found.count == LIMIT_VPC_CIDRS)
            return err_set(e, ERR_IDENTITY, "the metadata service names more than %d CIDR blocks", LIMIT_VPC_CIDRS);
        struct cidr *cidr = &found.at[found.count++];
        if (!cidr_make(line, cidr) || ip_is_v6(cidr->base) != ipv6)
            return err_set(e, ERR_IDENTITY, "the metadata service names a CIDR block '%s'", err_printable(line).text);
    }
    if (found.count == 0)
        return err_set(e, ERR_IDENTITY, "the metadata service names no CIDR block");
    *cidrs = found;
    return true;
}
