#include "aws/profile.h"

#include <string.h>

struct reader {
    enum profile_file file;
    struct slice name;
    struct profile *profile;
    bool in_section;
    bool is_own;         /* the section is the profile's */
    bool has_key;        /* the section has had one: */
    enum profile_key key; /* which one of ours, or PROFILE_KEY_COUNT */
    size_t indent;       /* of its line */
};

static enum profile_key key_of(struct slice name)
{
    static const char *const names[] = {
#define X(key, text) text,
        PROFILE_KEYS(X)
#undef X
    };
    int key = 0;
    while (key < PROFILE_KEY_COUNT && !slice_is_nocase(name, names[key]))
        key++;
    return (enum profile_key)key;
}

static struct slice trim(struct slice s)
{
    return slice_trim_of(s, " \t\r\f\v");
}

/* What stands between '[' and the last ']' of a line, whatever comes after it. */
static bool header_cut(struct slice line, struct slice *header)
{
    size_t end = line.len;
    if (line.at[0] != '[')
        return false;
    while (line.at[--end] != ']')
        if (end == 0)
            return false;
    *header = slice_make(line.at + 1, end - 1);
    return header->len > 0;
}

/* The name in `profile NAME`, which may have quotes around it. */
static bool profile_cut(struct slice header, struct slice *name)
{
    if (!slice_skip(&header, "profile"))
        return false;
    *name = trim(header);
    if (name->at == header.at) /* no blank behind the word */
        return false;
    char quote = name->len > 1 && name->at[0] == name->at[name->len - 1] ? name->at[0] : '\0';
    if (quote == '"' || quote == '\'')
        *name = slice_make(name->at + 1, name->len - 2);
    return true;
}

static bool names_profile(const struct reader *r, struct slice header)
{
    struct slice name = header;
    bool is_name = r->file == PROFILE_CREDENTIALS_FILE || slice_is(header, "default") || profile_cut(header, &name);
    return is_name && slice_eq(name, r->name);
}

static bool take_header(struct reader *r, struct slice header, struct err *e)
{
    r->in_section = true;
    r->has_key = false;
    r->is_own = names_profile(r, header);
    if (r->is_own && r->profile->present)
        return err_set(e, ERR_IDENTITY, "the profile stands there twice; leave one of them");
    r->profile->present |= r->is_own;
    return true;
}

static bool value_cut(struct slice line, struct slice *key, struct slice *value)
{
    size_t at = 0;
    while (at < line.len && line.at[at] != '=' && line.at[at] != ':')
        at++;
    *key = trim(slice_make(line.at, at));
    if (at == line.len || key->len == 0)
        return false;
    *value = trim(slice_make(line.at + at + 1, line.len - at - 1));
    return true;
}

static bool take_value(struct reader *r, struct slice line, struct err *e)
{
    struct slice key, value;
    if (!r->in_section)
        return err_set(e, ERR_IDENTITY, "no section comes before it; mend the file");
    if (!value_cut(line, &key, &value))
        return err_set(e, ERR_IDENTITY, "no 'key = value'; mend the file");
    r->has_key = true;
    r->key = r->is_own ? key_of(key) : PROFILE_KEY_COUNT;
    if (r->key == PROFILE_KEY_COUNT)
        return true;
    if (r->profile->value[r->key].at)
        return err_set(e, ERR_IDENTITY, "a key that stands twice; leave one of them");
    r->profile->value[r->key] = value;
    return true;
}

static bool take_line(struct reader *r, struct slice whole, struct err *e)
{
    struct slice header, line = trim(whole);
    size_t indent = (size_t)(line.at - whole.at);
    if (line.len == 0 || *line.at == '#' || *line.at == ';')
        return true;
    if (r->has_key && indent > r->indent)
        return r->key == PROFILE_KEY_COUNT || err_set(e, ERR_IDENTITY, "it goes on with a value that takes one line; mend the file");
    r->indent = indent;
    return header_cut(line, &header) ? take_header(r, header, e) : take_value(r, line, e);
}

bool profile_find(struct slice text, enum profile_file file, struct slice name, struct profile *profile, struct err *e)
{
    struct reader r = {.file = file, .name = name, .profile = profile};
    memset(profile, 0, sizeof *profile);
    for (unsigned number = 1; text.len > 0; number++)
        if (!take_line(&r, slice_cut(&text, '\n'), e))
            return err_prefix(e, "line %u", number);
    return true;
}
