#include "host/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

static bool keep(uint32_t capabilities)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct now[2] = {{0}};
    if (syscall(SYS_capget, &header, now) != 0)
        return false;
    struct __user_cap_data_struct kept[2] = {{.effective = now[0].permitted & capabilities, .permitted = now[0].permitted & capabilities}};
    return syscall(SYS_capset, &header, kept) == 0;
}

bool sandbox_keep_net_admin(void)
{
    return keep(UINT32_C(1) << CAP_NET_ADMIN);
}

bool sandbox_drop_all(void)
{
    return keep(0);
}

bool sandbox_has_net_admin(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct now[2] = {{0}};
    return syscall(SYS_capget, &header, now) == 0 && (now[0].effective >> CAP_NET_ADMIN & 1) != 0;
}

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

/* The first version of the interface knows thirteen rights; later kernels accept it. */
#define LANDLOCK_ALL_FILE_RIGHTS_V1 UINT64_C(0x1FFF)
#define LANDLOCK_READ_FILE UINT64_C(4)
#define LANDLOCK_PATH_BENEATH 1

static void let_read(long rules, const char *path)
{
    const struct {
        uint64_t allowed_access;
        int32_t parent_fd;
    } __attribute__((packed)) rule = {LANDLOCK_READ_FILE, open(path, O_PATH | O_CLOEXEC)};
    if (rule.parent_fd < 0)
        return;
    (void)syscall(SYS_landlock_add_rule, rules, LANDLOCK_PATH_BENEATH, &rule, 0);
    (void)close(rule.parent_fd);
}

bool sandbox_deny_files(const char *const *but, size_t count)
{
    const struct {
        uint64_t handled_access_fs;
    } rules = {LANDLOCK_ALL_FILE_RIGHTS_V1};
    long fd = syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
    if (fd < 0)
        return false;
    for (size_t i = 0; i < count; i++)
        let_read(fd, but[i]);
    bool denied = syscall(SYS_landlock_restrict_self, fd, 0) == 0;
    (void)close((int)fd);
    return denied;
}

#if defined __x86_64__
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define ANSWER(action) BPF_STMT(BPF_RET | BPF_K, action)
/* Falls through to the next line unless the number is this one. */
#define ALLOW(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), ANSWER(SECCOMP_RET_ALLOW)

/* The numbers are those of one architecture. */
#define BEGIN                                                                                                          \
    LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0), ANSWER(SECCOMP_RET_KILL_PROCESS), LOAD(nr)

#ifdef ARCHITECTURE
static bool apply(const struct sock_filter *filter, size_t count)
{
    const struct sock_fprog program = {(unsigned short)count, (struct sock_filter *)(uintptr_t)filter};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}
#endif

#ifdef SYS_poll
#define ALLOW_POLL ALLOW(poll), ALLOW(ppoll)
#else
#define ALLOW_POLL ALLOW(ppoll)
#endif

/* The connections; the log's tag; time, chance and signals; the guard's end, and ours. */
#define RUN_CALLS                                                                                                      \
    ALLOW(read), ALLOW(write), ALLOW(close), ALLOW(socket), ALLOW(connect), ALLOW(sendto), ALLOW(recvfrom),            \
        ALLOW(getsockopt), ALLOW(setsockopt), ALLOW_POLL, ALLOW(getpid), ALLOW(clock_gettime), ALLOW(getrandom),       \
        ALLOW(rt_sigprocmask), ALLOW(rt_sigreturn), ALLOW(restart_syscall), ALLOW(kill), ALLOW(wait4), ALLOW(exit),    \
        ALLOW(exit_group)

/* A call whose second argument must be one of so many. Both machines have its low half first. */
#define ONLY(call, count) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 2 * (count) + 2), LOAD(args[1])
#define IS(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, 1), ANSWER(SECCOMP_RET_ALLOW)
#define KILL ANSWER(SECCOMP_RET_KILL_PROCESS)

/* The addresses of host/iface and host/iface6, and the lock that is open already. */
#define ALIAS_CALLS                                                                                                    \
    ALLOW(fstat), ONLY(fcntl, 2), IS(F_SETLK), IS(F_GETLK), KILL, ONLY(ioctl, 10), IS(SIOCGIFCONF), IS(SIOCGIFADDR), \
        IS(SIOCGIFNETMASK), IS(SIOCGIFFLAGS), IS(SIOCGIFHWADDR), IS(SIOCGIFINDEX), IS(SIOCGIFNAME), IS(SIOCSIFADDR),   \
        IS(SIOCSIFNETMASK), IS(SIOCSIFFLAGS), KILL

bool sandbox_limit_calls(bool changes_alias)
{
#ifdef ARCHITECTURE
    static const struct sock_filter run[] = {BEGIN, RUN_CALLS, KILL};
    static const struct sock_filter following_run[] = {BEGIN, RUN_CALLS, ALIAS_CALLS, KILL};
    return changes_alias ? apply(following_run, sizeof following_run / sizeof *following_run) : apply(run, sizeof run / sizeof *run);
#else
    (void)changes_alias;
    return false;
#endif
}

bool sandbox_limit_resolver(void)
{
#ifdef ARCHITECTURE
    static const struct sock_filter filter[] = {
        BEGIN,
        /* its two files */
#ifdef SYS_open
        ALLOW(open),
#endif
        ALLOW(openat),
        ALLOW(fcntl),
        ALLOW(lseek),
        ALLOW(read),
        ALLOW(readv),
        ALLOW(close),
        /* the name servers */
        ALLOW(socket),
        ALLOW(bind),
        ALLOW(connect),
        ALLOW(getsockname),
        ALLOW(getsockopt),
        ALLOW(setsockopt),
        ALLOW(sendto),
        ALLOW(sendmsg),
        ALLOW(recvfrom),
        ALLOW(recvmsg),
        ALLOW_POLL,
        /* memory, time, the answer, the end */
        ALLOW(brk),
        ALLOW(mmap),
        ALLOW(mprotect),
        ALLOW(mremap),
        ALLOW(munmap),
        ALLOW(madvise),
        ALLOW(clock_gettime),
        ALLOW(clock_nanosleep),
        ALLOW(nanosleep),
        ALLOW(restart_syscall),
        ALLOW(rt_sigprocmask),
        ALLOW(rt_sigreturn),
        ALLOW(futex),
        ALLOW(write),
        ALLOW(exit),
        ALLOW(exit_group),
        ANSWER(SECCOMP_RET_ERRNO | EPERM),
    };
    return apply(filter, sizeof filter / sizeof *filter);
#else
    return false;
#endif
}
