#include "host/guard.h"

#include "base/text.h"
#include "host/child.h"
#include "host/clock.h"
#include "host/process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_US UINT64_C(5000000)
#define CANNOT_RUN 127 /* as a shell says it */

static bool is_wanted;
static struct child guard;

static size_t split(char *text, char *words[LIMIT_GUARD_WORDS + 1])
{
    size_t count = 0;
    for (char *at = text; *at && count < LIMIT_GUARD_WORDS;) {
        at += strspn(at, " \t");
        if (!*at)
            break;
        words[count++] = at;
        at += strcspn(at, " \t");
        if (*at)
            *at++ = '\0';
    }
    words[count] = NULL;
    return count;
}

/* What it says is for nobody: the run has one final line. */
static void null_descriptors(void)
{
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd <= 2; fd++)
        if (dup2(null, fd) < 0)
            (void)close(fd);
    if (null > 2)
        (void)close(null);
}

static void execute(const char *command)
{
    static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    char text[LIMIT_GUARD_COMMAND];
    char *words[LIMIT_GUARD_WORDS + 1];
    char *environment[] = {path, NULL};
    (void)slice_copy(slice_of(command), text, sizeof text);
    null_descriptors();
    if (split(text, words) > 0)
        (void)execve(words[0], words, environment);
    _exit(CANNOT_RUN);
}

/* Once more where a signal came between. */
static bool goes_on(ssize_t result)
{
    return result < 0 && errno == EINTR;
}

static bool byte_get(int fd, unsigned char *byte)
{
    ssize_t got;
    while (goes_on(got = read(fd, byte, 1)))
        continue;
    return got == 1;
}

static bool byte_put(int fd, unsigned char byte)
{
    ssize_t put;
    while (goes_on(put = write(fd, &byte, 1)))
        continue;
    return put == 1;
}

static unsigned char run(const char *command)
{
    int how = 0;
    pid_t parent = getpid();
    pid_t pid = fork(), ended = pid;
    if (pid == 0) {
        child_tie(parent);
        execute(command);
    }
    while (pid > 0 && goes_on(ended = waitpid(pid, &how, 0)))
        continue;
    if (ended < 0)
        return CANNOT_RUN;
    return WIFEXITED(how) ? (unsigned char)WEXITSTATUS(how) : (unsigned char)(128 + WTERMSIG(how));
}

/* Waits for the word to begin, runs the command in a child of its own, and hands its status back as one byte; and again. */
static void wait_and_run(const void *command, int fd)
{
    unsigned char go;
    while (byte_get(fd, &go) && byte_put(fd, run(command)))
        continue;
}

bool guard_prepare(const char *command, struct err *e)
{
    is_wanted = command[0] != '\0';
    if (!is_wanted || child_start(&guard, wait_and_run, command))
        return true;
    return err_set(e, ERR_NOTPRIMARY, "the guard cannot be started: %s", strerror(errno));
}

static bool judge(ssize_t got, unsigned char status, bool interrupted, int *said, struct err *e)
{
    *said = -1;
    if (got < 0 && interrupted)
        return err_set(e, ERR_INTERRUPTED, "a signal asked to end while the guard command ran");
    if (got < 0)
        return err_set(e, ERR_NOTPRIMARY, "the guard command did not end in its time");
    if (got == 0 || status == CANNOT_RUN)
        return err_set(e, ERR_NOTPRIMARY, "the guard command could not be run");
    *said = status;
    return status == 0 || err_set(e, ERR_NOTPRIMARY, "the guard command said no (status %u); run it on the primary", status);
}

bool guard_run(uint64_t deadline_us, bool interruptible, int *said, struct err *e)
{
    unsigned char status = CANNOT_RUN;
    uint64_t limit_us = clock_now_us() + LIMIT_US;
    ssize_t got = 0;
    *said = 0;
    if (!is_wanted)
        return true;
    if (guard.pid != 0 && byte_put(guard.fd, 0))
        got = child_read(&guard, &status, 1, limit_us < deadline_us ? limit_us : deadline_us, interruptible);
    bool yes = judge(got, status, interruptible && process_interrupted(), said, e);
    if (!yes)
        guard_end();
    return yes;
}

void guard_end(void)
{
    child_end(&guard);
}
