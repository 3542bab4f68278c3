/*
 * anchors: Amazon's five root certificates as trust anchors, made and checked when the program is built.
 *
 * Layer: host. The definitions are generated (vendor/anchors.c); this declares them.
 */
#ifndef HOST_ANCHORS_H
#define HOST_ANCHORS_H

#include <bearssl.h>
#include <stddef.h>

extern const br_x509_trust_anchor anchors_builtin[];
extern const size_t anchors_builtin_count;

#endif
