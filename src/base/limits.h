/*
 * limits: every size that bounds untrusted input or fixed memory, in one place.
 *
 * Layer: base. A limit is refused when exceeded, never silently cut, unless its line says so.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* Words of the program */
#define LIMIT_ERR_TEXT 1024       /* bytes of one error, cut beyond */
#define LIMIT_UNTRUSTED_TEXT 256  /* bytes of a peer's text inside an error, cut beyond */
#define LIMIT_FINDING_TEXT 1280   /* bytes of one finding: an error, its kind's cure, and a section's name before them */
#define LIMIT_CONFIG_FILE 65536   /* bytes of the configuration file */
#define LIMIT_SHARED_FILE 65536   /* bytes of each of the two files that the SDKs share */
#define LIMIT_GUARD_COMMAND 512   /* bytes of the guard command */
#define LIMIT_GUARD_WORDS 16      /* words of the guard command */
#define LIMIT_PATH 256            /* bytes of a path in an option */
#define LIMIT_PROXY_USER 256      /* bytes of a proxy's user and password together */
#define LIMIT_MARKS 64            /* steps that a timeline keeps */
#define LIMIT_SECTION 32          /* bytes of a section's name with its NUL */
#define LIMIT_WORDS 4             /* words that a cluster manager calls with */
#define LIMIT_VIPS 8              /* sections of the configuration, one for each VIP */

/* The host */
#define LIMIT_LABEL 16            /* IFNAMSIZ: an interface name or alias label with its NUL */
#define LIMIT_ADDRESS_TEXT 46     /* INET6_ADDRSTRLEN: an address or a prefix in words with its NUL */
#define LIMIT_ADDRESSES 1024      /* addresses of the host that are looked at */
#define LIMIT_CONNECTIONS 16      /* connections to one origin at once */
#define LIMIT_RESOLVED 8          /* addresses of one name that are tried */

/* HTTP */
#define LIMIT_REQUEST 12288       /* bytes of one request, head and body */
#define LIMIT_HTTP_HEAD 16384     /* bytes of a reply's head, interim replies included, and of its trailers */
#define LIMIT_HTTP_BODY 33554432  /* bytes of a reply's body, framing excluded */
#define LIMIT_HTTP_INTERIM 5      /* 1xx replies before the final one */

/* XML and JSON */
#define LIMIT_XML_DEPTH 16        /* open elements */
#define LIMIT_XML_NAME 48         /* bytes of an element's or attribute's name */
#define LIMIT_XML_TEXT 4096       /* bytes of a leaf's text kept, cut beyond; EC2's keep LIMIT_PAGE_TOKEN, or what is shown, and one */
#define LIMIT_XML_ATTRIBUTES 8    /* attributes of one element */
#define LIMIT_JSON_DEPTH 16       /* open objects and arrays */

/* AWS */
#define LIMIT_TABLES 256          /* route tables of one VPC that are looked at (AWS's own quota: 200) */
#define LIMIT_NAMED_TABLES 100    /* route tables that are named one by one */
#define LIMIT_POLICY_TABLES 60    /* route tables that a policy names, so that it fits into the 6144 characters of a managed one */
#define LIMIT_OWNERS 16           /* interfaces that a VIP may be taken from, named one by one */
#define LIMIT_ROLE_ARN 639        /* bytes of a role's ARN: path 512, name 64 */
#define LIMIT_EXTERNAL_ID 1224    /* bytes of an external id: AWS's own limit */
#define LIMIT_ROLES 5             /* roles that are assumed one with the keys of the other */
#define LIMIT_BEARER 8192         /* bytes of a web identity's token, or of one for a container's credentials */
#define LIMIT_CONTAINER_PATH 1024 /* bytes of the path that a container's credentials have */
#define LIMIT_TAGS 4              /* tags that a route table must have, all of them */
#define LIMIT_TAG_KEY 128         /* bytes of a tag's key: AWS's own limit, of characters */
#define LIMIT_TAG_VALUE 256       /* bytes of a tag's value: AWS's own limit, of characters */
#define LIMIT_PAGES 64            /* pages of one listing */
#define LIMIT_PAGE_TOKEN 2047     /* bytes of a NextToken; a reply keeps one more, so a cut one is never used */
#define LIMIT_NAME_TAG 64         /* bytes of a Name tag, shown only, cut beyond */
#define LIMIT_SUBNETS 512         /* subnets of one VPC (AWS's own quota: 200) */
#define LIMIT_VPC_CIDRS 64        /* CIDR blocks of one VPC or subnet, of one family */
#define LIMIT_IMDS_REPLY 8192     /* bytes of one metadata item */
#define LIMIT_IMDS_TOKEN 1024     /* bytes of an IMDSv2 session token */
#define LIMIT_ACCESS_KEY 128      /* bytes of an access key id */
#define LIMIT_SECRET_KEY 128      /* bytes of a secret access key */
#define LIMIT_SESSION_TOKEN 4096  /* bytes of a session token */

#endif
