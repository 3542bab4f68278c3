/*
 * log: the system's log, syslog's socket /dev/log. It can neither block nor fail the run.
 *
 * Layer: host.
 * Specification: RFC 3164 in the form of a host's own programs, "<PRIORITY>TAG[PID]: TEXT": time and host name are the
 * daemon's to add. Facility daemon. A datagram is a message; where the daemon reads a stream, NUL ends one.
 * Lifetime: the socket is opened for one call, so that a daemon that was started anew in the meantime is no matter. What
 * the sealed process may do suffices for that.
 */
#ifndef HOST_LOG_H
#define HOST_LOG_H

#include "base/error.h"
#include "base/text.h"

/*
 * Sends each line of `steps` as information, then `end`, one line too, with its severity, as far as the log takes them
 * within OUTPUT_PATIENCE_US. NULL, or why the log did not take them all.
 */
const char *log_write(struct slice steps, struct slice end, enum severity severity);

#endif
