/*
 * credentials: the keys that sign a request.
 *
 * Layer: aws, pure.
 * Trust: what a metadata service or an environment gives is untrusted; every field is checked to be bytes that fit a
 * header. The secret parts are structs of their own with one field named `reveal`, so that no formatter takes them by
 * accident and a search for that word finds every use.
 * Lifetime: whoever holds credentials wipes them.
 */
#ifndef AWS_CREDENTIALS_H
#define AWS_CREDENTIALS_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct secret_key {
    char reveal[LIMIT_SECRET_KEY + 1];
};

struct session_token {
    char reveal[LIMIT_SESSION_TOKEN + 1]; /* empty for long-term keys */
};

struct credentials {
    char access_key[LIMIT_ACCESS_KEY + 1];
    struct secret_key secret_key;
    struct session_token session_token;
    int64_t expires_s; /* UTC; 0: nobody has said */
};

/* A token that serves whoever shows it: a web identity's, or one that a container's credential server asks for. */
struct bearer {
    char reveal[LIMIT_BEARER + 1];
};

/* From a file's bytes or a variable's: of one line, blanks and line ends around it left out. IDENTITY; an error shows none of it. */
bool bearer_make(struct slice text, struct bearer *bearer, struct err *e);

/* From three texts, the last of which may be empty. IDENTITY names the one that is wrong, and shows none. */
bool credentials_make(struct slice access_key, struct slice secret_key, struct slice session_token, struct credentials *c,
                      struct err *e);
/* Overwrites what it holds, if it holds anything, and touches no memory beyond. */
void credentials_wipe(struct credentials *c);
/*
 * From the JSON of the metadata service or of a container's credential server. Code must be "Success" where there is
 * one, a token must be there, no key may stand twice. Expiration is told, and nothing is refused for it: SDKs use
 * expired credentials while there is nothing newer, and AWS decides.
 */
bool credentials_decode(struct slice json, struct credentials *c, struct err *e);

#endif
