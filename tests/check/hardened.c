/*
 * hardened: what the hardening does, tried out. Compiled and linked as the binary is, with its own objects of the host: each
 * probe is a process that does what it must not be able to do, and tells by its end whether it could. What cannot be done on
 * every machine, a call by the numbers of another one, is asked of the filters themselves.
 *
 * What a kernel lacks, Landlock or seccomp, is let pass, and named.
 */
#include "host/process.h"
#include "host/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

enum { HELD = 0, BROKEN = 1, ABSENT = 2, DETECTED = 'S', INHERITED = 77, LITTER = 256 };

static int told[2]; /* a pipe: what a probe says before it ends */

/* Not static, so that it is laid out for others to read: const, but the loader has to write it. */
extern const char *const hardened_relocated[];
const char *const hardened_relocated[] = {"a place in memory that is known when the program is loaded"};

static int write_to_relocated_data(void)
{
    const char *volatile *at = (const char *volatile *)(uintptr_t)hardened_relocated;
    process_start();
    *at = NULL;
    return BROKEN;
}

/* The linker has every call of the one come to the other, which is to be seen at work, and goes on to the end of it. */
void __wrap___stack_chk_fail(void);
_Noreturn void __real___stack_chk_fail(void);
void __wrap___stack_chk_fail(void)
{
    (void)!write(told[1], &(char){DETECTED}, 1);
    __real___stack_chk_fail();
}

static __attribute__((noinline)) void flip(volatile char *array, size_t len)
{
    for (size_t i = 0; i < len; i++)
        array[i] = (char)~array[i];
}

static __attribute__((noinline)) int smash_the_stack(void)
{
    char array[16];
    flip(array, sizeof array + sizeof(void *));
    return BROKEN;
}

static int run_data(void)
{
    static unsigned char code[64]; /* zeros are an instruction of both machines that does no harm, or none at all */
    void (*run)(void);
    memcpy(&run, &(void *){code}, sizeof run);
    run();
    return BROKEN;
}

static int write_to_code(void)
{
    int (*here)(void) = write_to_code;
    volatile char *code;
    memcpy((void *)&code, &here, sizeof code);
    *code = 0;
    return BROKEN;
}

static __attribute__((noinline)) bool is_any_set(volatile char *array, size_t len)
{
    bool any = false;
    for (size_t i = 0; i < len; i++)
        any |= array[i] != 0;
    return any;
}

static __attribute__((noinline)) void litter(void)
{
    char array[LITTER] = {0};
    flip(array, sizeof array);
}

static __attribute__((noinline)) bool finds_litter(void)
{
    char array[LITTER];
    return is_any_set(array, sizeof array);
}

static int read_what_was_left(void)
{
    litter();
    return finds_litter() ? BROKEN : HELD;
}

static int leave_a_core(void)
{
    struct rlimit core;
    process_start();
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 && getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 ? HELD : BROKEN;
}

static int gain_rights(void)
{
    process_confine();
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? HELD : BROKEN;
}

static int inherit(void)
{
    struct stat st, null;
    (void)dup2(told[1], INHERITED);
    for (int fd = 0; fd <= 2; fd++)
        (void)close(fd);
    process_start();
    for (int fd = 0; fd <= 2; fd++)
        if (fstat(fd, &st) != 0 || stat("/dev/null", &null) != 0 || st.st_rdev != null.st_rdev)
            return BROKEN;
    return fcntl(INHERITED, F_GETFD) < 0 && errno == EBADF ? HELD : BROKEN;
}

/* From <linux/landlock.h>: which version of it the kernel has. */
#define LANDLOCK_CREATE_RULESET 444
#define LANDLOCK_VERSION 1u

static int open_a_file(void)
{
    if (syscall(LANDLOCK_CREATE_RULESET, NULL, 0, LANDLOCK_VERSION) < 1)
        return ABSENT;
    process_confine();
    return sandbox_deny_files(NULL, 0) && open("/", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES ? HELD : BROKEN;
}

static int make_another_call(void)
{
    if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
        return ABSENT;
    process_confine();
    (void)process_seal(false);
    (void)umask(0);
    return BROKEN;
}

/* Where a filter is noted, instead of put in place; NULL: it is put in place. */
static struct sock_fprog *noted;

int __wrap_prctl(int what, ...);
int __real_prctl(int what, ...);
int __wrap_prctl(int what, ...)
{
    va_list list;
    unsigned long with[4];
    va_start(list, what);
    for (size_t i = 0; i < sizeof with / sizeof *with; i++)
        with[i] = va_arg(list, unsigned long);
    va_end(list);
    if (what != PR_SET_SECCOMP || noted == NULL)
        return __real_prctl(what, with[0], with[1], with[2], with[3]);
    memcpy(noted, (const void *)with[1], sizeof *noted);
    return 0;
}

/* What the kernel would do with the call. Ours load, compare and answer; at anything else the call would be lost sight of. */
static uint32_t answer(const struct sock_fprog *filter, const struct seccomp_data *call)
{
    uint32_t loaded = 0;
    for (size_t at = 0; at < filter->len; at++) {
        const struct sock_filter *step = &filter->filter[at];
        if (step->code == (BPF_RET | BPF_K))
            return step->k;
        if (step->code == (BPF_LD | BPF_W | BPF_ABS) && step->k <= sizeof *call - sizeof loaded)
            memcpy(&loaded, (const char *)call + step->k, sizeof loaded);
        else if (step->code == (BPF_JMP | BPF_JEQ | BPF_K))
            at += loaded == step->k ? step->jt : step->jf;
        else
            break;
    }
    return SECCOMP_RET_ALLOW;
}

enum { ABOVE_ALL_CALLS = 1024, X32 = 0x40000000 };

static bool lets_any_pass(const struct sock_fprog *filter, uint32_t machine, int base)
{
    for (int nr = base; nr < base + ABOVE_ALL_CALLS; nr++)
        if (answer(filter, &(struct seccomp_data){.arch = machine, .nr = nr}) == SECCOMP_RET_ALLOW)
            return true;
    return false;
}

/* The same number is another call on another machine, and in a program of 32 bits; x32 has numbers of its own on the same one. */
static bool is_for_one_machine(const struct sock_fprog *filter)
{
    static const uint32_t machines[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM};
    int passed = 0;
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
        passed += lets_any_pass(filter, machines[i], 0) + 2 * lets_any_pass(filter, machines[i], X32);
    return passed == 1;
}

static int call_by_other_numbers(void)
{
    struct sock_fprog filter;
    noted = &filter;
    bool run = sandbox_limit_calls(false) && is_for_one_machine(&filter);
    bool following_run = sandbox_limit_calls(true) && is_for_one_machine(&filter);
    bool resolver = sandbox_limit_resolver() && is_for_one_machine(&filter);
    return run && following_run && resolver ? HELD : BROKEN;
}

struct probe {
    const char *name;
    int (*run)(void);
    int signal; /* that ends it; 0: it tells itself */
    bool is_told; /* and it says so first */
};

static const struct probe probes[] = {
    {"RELRO", write_to_relocated_data, SIGSEGV, false},
    {"stack protector", smash_the_stack, SIGSEGV, true},
    {"no data runs", run_data, SIGSEGV, false},
    {"no code is written", write_to_code, SIGSEGV, false},
    {"variables start as 0", read_what_was_left, 0, false},
    {"no core", leave_a_core, 0, false},
    {"no new privileges", gain_rights, 0, false},
    {"descriptors", inherit, 0, false},
    {"Landlock", open_a_file, 0, false},
    {"seccomp", make_another_call, SIGSYS, false},
    {"seccomp of other machines", call_by_other_numbers, 0, false},
};

static int outcome(const struct probe *p)
{
    int status;
    char said = 0;
    (void)!pipe2(told, O_CLOEXEC | O_NONBLOCK);
    pid_t child = fork();
    if (child == 0)
        _exit(p->run());
    if (child < 0 || waitpid(child, &status, 0) != child)
        return BROKEN;
    bool heard = read(told[0], &said, 1) == 1 && said == DETECTED;
    (void)close(told[0]);
    (void)close(told[1]);
    if (p->signal == 0)
        return WIFEXITED(status) ? WEXITSTATUS(status) : BROKEN;
    if (WIFEXITED(status) && WEXITSTATUS(status) == ABSENT)
        return ABSENT;
    return WIFSIGNALED(status) && WTERMSIG(status) == p->signal && heard == p->is_told ? HELD : BROKEN;
}

int main(void)
{
    int bad = 0;
    (void)!write(STDOUT_FILENO, "hardened:", 9);
    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++) {
        int result = outcome(&probes[i]);
        dprintf(STDOUT_FILENO, "%s %s%s", i ? "," : "", probes[i].name, result == HELD ? "" : result == ABSENT ? " not here" : " BROKEN");
        bad |= result == BROKEN;
    }
    dprintf(STDOUT_FILENO, "\n");
    return bad;
}
