#include "host/process.h"

#include "base/text.h"
#include "host/sandbox.h"
#include "host/wait.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DESCRIPTORS_MOST 65536 /* closed one by one where the kernel cannot close a range */

static volatile sig_atomic_t interrupted;
static bool restricted;
static char lacking[96]; /* what did not take effect, in words */

static void note(bool took_effect, const char *what)
{
    struct buf b = {lacking, strlen(lacking), sizeof lacking, false};
    if (took_effect || strstr(lacking, what))
        return;
    buf_putf(&b, "%s%s", b.len > 0 ? ", " : "", what);
    (void)buf_text(&b);
}

/* A closed standard descriptor would be taken by the first socket, and a log line would go into TLS. */
static void standard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", O_RDWR);
}

void process_close_from(int first)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, ~0u, 0u) == 0)
        return;
#endif
    struct rlimit limit;
    rlim_t most = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS_MOST ? limit.rlim_cur : DESCRIPTORS_MOST;
    for (int fd = first; (rlim_t)fd < most; fd++)
        (void)close(fd);
}

static void note_signal(int signal)
{
    (void)signal;
    interrupted = 1;
}

void process_signals(void)
{
    static const int noted[] = {SIGTERM, SIGINT, SIGHUP};
    struct sigaction action = {.sa_handler = note_signal};
    sigset_t mask;
    sigemptyset(&mask);
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < sizeof noted / sizeof *noted; i++) {
        (void)sigaction(noted[i], &action, NULL);
        sigaddset(&mask, noted[i]);
    }
    /* A reader that has gone, or a file that may not grow, is an error of write(2), not the end of a run. */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)signal(SIGCHLD, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &mask, NULL);
}

void process_note_signal(int number)
{
    struct sigaction action = {.sa_handler = note_signal};
    sigset_t held;
    sigfillset(&action.sa_mask);
    sigemptyset(&held);
    sigaddset(&held, number);
    (void)sigprocmask(SIG_BLOCK, &held, NULL);
    (void)sigaction(number, &action, NULL);
}

static void no_traces(void)
{
    struct rlimit none = {0, 0};
    note(setrlimit(RLIMIT_CORE, &none) == 0, "core limit");
    note(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "dumpable");
    (void)umask(077);
}

/* The linker's own; where it is less where it should be is the base. No PT_PHDR says so: the linker leaves that out. */
extern const ElfW(Dyn) _DYNAMIC[] __attribute__((visibility("hidden")));

/* musl relocates a static program but leaves the relocated data writable: what PT_GNU_RELRO names is closed here. */
static void seal_relocations(void)
{
    const char *headers = (const char *)getauxval(AT_PHDR);
    size_t count = getauxval(AT_PHNUM);
    size_t size = getauxval(AT_PHENT);
    uintptr_t page = getauxval(AT_PAGESZ);
    ElfW(Phdr) relro = {.p_type = PT_NULL}, dynamic = {.p_type = PT_NULL};
    for (size_t i = 0; headers && i < count; i++) {
        ElfW(Phdr) header;
        memcpy(&header, headers + i * size, sizeof header);
        if (header.p_type == PT_GNU_RELRO)
            relro = header;
        if (header.p_type == PT_DYNAMIC)
            dynamic = header;
    }
    if (page == 0 || relro.p_type == PT_NULL || dynamic.p_type == PT_NULL)
        return;
    uintptr_t start = (uintptr_t)_DYNAMIC - dynamic.p_vaddr + relro.p_vaddr;
    uintptr_t from = start & ~(page - 1);
    uintptr_t to = (start + relro.p_memsz) & ~(page - 1);
    note(mprotect((void *)from, to - from, PROT_READ) == 0, "RELRO");
}

void process_start(void)
{
    standard_descriptors();
    process_close_from(STDERR_FILENO + 1);
    process_signals();
    no_traces();
    seal_relocations();
    restricted = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

bool process_interrupted(void)
{
    if (!interrupted)
        (void)wait_ready(NULL, 0, 0);
    return interrupted != 0;
}

void process_confine(void)
{
    note(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
    note(sandbox_keep_net_admin(), "capabilities");
}

bool process_is_secure(void)
{
    return getauxval(AT_SECURE) != 0;
}

bool process_was_restricted(void)
{
    return restricted;
}

const char *process_seal(bool changes_alias)
{
    note(changes_alias || sandbox_drop_all(), "capabilities");
    note(sandbox_deny_files(NULL, 0), "Landlock");
    note(sandbox_limit_calls(changes_alias), "seccomp");
    return lacking[0] ? lacking : NULL;
}
