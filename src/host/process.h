/*
 * process: what makes this a safe process, whoever started it and however.
 *
 * Layer: host. All of it is best effort where a kernel may lack it: hardening never stands between a host and its VIP.
 */
#ifndef HOST_PROCESS_H
#define HOST_PROCESS_H

#include <stdbool.h>

/*
 * First thing in main: descriptors 0 to 2 are open and all others closed; default signals, but that those below are noted
 * and that what may come of a write is an error of that write; no core, not dumpable; the relocated data is read-only;
 * umask 077.
 */
void process_start(void);
/* The part of it that is about signals, for a child that has the default ones. */
void process_signals(void);
/* One more signal that asks the run to end, as those do. */
void process_note_signal(int signal);
/* Closes that descriptor and all above it. */
void process_close_from(int first);
/* Whether SIGTERM, SIGINT or SIGHUP has come. They are held back but for this look, which lets in what waits, and wait.h's. */
bool process_interrupted(void);
/*
 * No new privileges, and of all capabilities only CAP_NET_ADMIN is left. Later than process_start() for the guard's sake:
 * the operator's command runs with the rights of whoever called the program, so it is forked off before.
 */
void process_confine(void);
/* Whether the program was started with more rights than its caller has (AT_SECURE). */
bool process_is_secure(void);
/* Whether it was started under no_new_privs, which silently takes file capabilities away. */
bool process_was_restricted(void);
/*
 * No file can be opened, no program run and, unless `changes_alias`, no address changed from here on: the last capability
 * goes, Landlock denies the file system, seccomp allows only what the rest of a run needs. NULL, or in words what of all
 * that this module does did not take effect here.
 */
const char *process_seal(bool changes_alias);

#endif
