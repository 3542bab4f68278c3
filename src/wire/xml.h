/*
 * xml: a strict scanner for the XML that AWS answers with, fed as it arrives, keeping no document.
 *
 * Layer: wire, pure.
 * Specification: XML 1.0 (fifth edition), a subset of what is well-formed: one element with its children, attributes
 * (checked, then forgotten), character data, character references and the five named entities, UTF-8. Refused, though
 * XML has them: DTDs and with them all other entities, comments, CDATA sections, processing instructions except an
 * XML declaration at the very start, names outside ASCII, a byte order mark. Namespaces are not resolved: a name's
 * prefix is dropped, so that names are local names.
 * Trust: input is untrusted. The scanner is total, gives the same answer for every split, and its memory is this struct and the
 * text that it is given. Limits: LIMIT_XML_DEPTH, LIMIT_XML_NAME, LIMIT_XML_ATTRIBUTES; text of an element beyond what its place holds
 * is dropped: nothing that is believed is that long.
 */
#ifndef WIRE_XML_H
#define WIRE_XML_H

#include "base/error.h"
#include "base/text.h"
#include "wire/utf8.h"

#include <stdbool.h>
#include <stdint.h>

enum xml_event {
    XML_MORE,  /* all input is used up */
    XML_OPEN,  /* an element begins: xml_name(); xml_depth() counts it */
    XML_CLOSE, /* an element ends: xml_name(), xml_text(); xml_depth() still counts it */
    XML_BAD,   /* refused; the error says why */
};

struct xml {
    uint8_t state;
    uint8_t depth;
    uint8_t told;         /* the depth of the deepest elements that events are about */
    uint8_t attributes;
    uint8_t matched;      /* bytes of a closing name or of "<?xml" that agreed so far */
    char quote;
    bool after_cr;        /* a LF now belongs to the CR before it */
    bool whole;           /* the element just opened has ended as well: its end is the next event */
    bool ended;           /* the last event was the end of an element, which is still on the stack */
    uint8_t noncharacter; /* bytes of U+FFFE or U+FFFF so far */
    uint8_t brackets;     /* of a "]]" in text that a '>' may not follow */
    uint8_t reference_len;
    char reference[12];
    struct utf8 utf8;
    uint32_t attribute_names[LIMIT_XML_ATTRIBUTES];
    uint8_t name_len[LIMIT_XML_DEPTH];
    uint8_t prefix_len[LIMIT_XML_DEPTH]; /* of a name, with its colon */
    char names[LIMIT_XML_DEPTH][LIMIT_XML_NAME];
    struct buf text; /* the caller's */
};

/* `text` is where an element's text goes, and stays the caller's. */
void xml_start(struct xml *x, struct buf text);
/* Takes bytes off the front of `*in` until there is something to say. After XML_BAD it must not be called. */
enum xml_event xml_next(struct xml *x, struct slice *in, struct err *e);
/*
 * To be called after XML_OPEN or XML_CLOSE: nothing more is told of the elements in the innermost open one, after XML_CLOSE the one
 * around what has ended; its own end is the next event. What they hold is checked as ever, so that the same documents are refused,
 * but costs much less.
 */
void xml_skip(struct xml *x);
/* Whether the document is complete: the root has ended, and xml_next() has said XML_MORE after it. */
bool xml_is_done(const struct xml *x);

/* The local name of the element that the last event was about. */
struct slice xml_name(const struct xml *x);
/* After XML_CLOSE: the text directly before the end, decoded; for an element with children, what follows the last child. */
struct slice xml_text(const struct xml *x);
/* Open elements; 1 for the root. */
unsigned xml_depth(const struct xml *x);

#endif
