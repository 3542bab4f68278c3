#include "host/random.h"

#include "host/child.h"
#include "host/process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define DEVICE "/dev/urandom"
#define DEVICE_MAJOR 1 /* Documentation/admin-guide/devices.txt */
#define DEVICE_MINOR 9

static bool has_call = true;
static int device = -1;
static int why_no_device;

/* A file of that name in a careless container may be anything. */
static bool is_device(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && major(st.st_rdev) == DEVICE_MAJOR && minor(st.st_rdev) == DEVICE_MINOR;
}

void random_open(void)
{
    char byte;
    has_call = getrandom(&byte, sizeof byte, GRND_NONBLOCK) >= 0 || errno != ENOSYS;
    if (has_call)
        return;
    device = open(DEVICE, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    why_no_device = errno;
    if (device < 0 || is_device(device))
        return;
    (void)close(device);
    device = -1;
    why_no_device = ENODEV;
}

static void await_pool(const void *context, int fd)
{
    char byte;
    (void)context;
    while (getrandom(&byte, sizeof byte, 0) < 0 && errno == EINTR)
        ;
    (void)!write(fd, "", 1);
}

bool random_await(uint64_t deadline_us, struct err *e)
{
    char byte;
    struct child child;
    if (!has_call || getrandom(&byte, sizeof byte, GRND_NONBLOCK) >= 0 || errno != EAGAIN)
        return true;
    if (!child_start(&child, await_pool, NULL))
        return true; /* random_bytes() says what is lacking, if it still is */
    bool ready = child_read(&child, &byte, sizeof byte, deadline_us, true) == sizeof byte;
    child_end(&child);
    if (ready)
        return true;
    if (process_interrupted())
        return err_set(e, ERR_INTERRUPTED, "a signal asked to end while the kernel's random source was awaited");
    return err_set(e, ERR_DEADLINE, "the kernel's random source is not ready, as it may be soon after a boot; run it again");
}

static ssize_t some(void *bytes, size_t len)
{
    if (has_call)
        return getrandom(bytes, len, GRND_NONBLOCK);
    if (device >= 0)
        return read(device, bytes, len);
    errno = why_no_device;
    return -1;
}

bool random_bytes(void *bytes, size_t len, struct err *e)
{
    size_t got = 0;
    while (got < len) {
        ssize_t more = some((char *)bytes + got, len - got);
        if (more < 0 && errno == EINTR)
            continue;
        if (more <= 0)
            return err_set(e, ERR_BUG, "no random source: %s: %s; mirrorvip needs getrandom(2) or " DEVICE, has_call ? "getrandom" : DEVICE,
                           more < 0 ? strerror(errno) : "no bytes");
        got += (size_t)more;
    }
    return true;
}

uint32_t random_bits(void)
{
    uint32_t bits = 0;
    (void)!some(&bits, sizeof bits);
    return bits;
}
