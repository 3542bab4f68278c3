/*
 * sandbox: rights given up, each as far as the kernel knows how.
 *
 * Layer: host. A kernel that lacks one, or a filter that was there before us, leaves the program as it was: false.
 * The constants are the kernel's own ABI, written out because musl has no headers for them.
 */
#ifndef HOST_SANDBOX_H
#define HOST_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

/* Capabilities: all but CAP_NET_ADMIN; then all. */
bool sandbox_keep_net_admin(void);
bool sandbox_drop_all(void);
/* CAP_NET_ADMIN is there, and in effect. */
bool sandbox_has_net_admin(void);
/* Landlock: no file or folder can be opened, made or removed, but that the files named, where they are, can be read. */
bool sandbox_deny_files(const char *const *but, size_t count);
/*
 * seccomp: any system call beyond sockets, clocks, waiting and ending kills the process with SIGSYS; with `changes_alias`,
 * any beyond those and what host/iface, host/iface6 and lock_claim() need.
 */
bool sandbox_limit_calls(bool changes_alias);
/* seccomp: any system call that the C library's resolver does not make fails with EPERM. */
bool sandbox_limit_resolver(void);

#endif
