#include "host/rights.h"

#include "host/process.h"
#include "host/sandbox.h"

#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <linux/capability.h>

#define PROGRAM "/proc/self/exe"

/* Little-endian on disk, as both machines are. The first set holds the capabilities below 32 in all revisions. */
static bool has_file_capability(void)
{
    struct vfs_ns_cap_data file = {0};
    ssize_t got = getxattr(PROGRAM, "security.capability", &file, sizeof file);
    return got >= (ssize_t)XATTR_CAPS_SZ_1 && (file.magic_etc & VFS_CAP_FLAGS_EFFECTIVE) != 0 &&
           (file.data[0].permitted >> CAP_NET_ADMIN & 1) != 0;
}

void rights_get(struct host_rights *out)
{
    struct statvfs system;
    *out = (struct host_rights){
        .may_change_addresses = sandbox_has_net_admin(),
        .restricted = process_was_restricted(),
        .nosuid = statvfs(PROGRAM, &system) == 0 && (system.f_flag & ST_NOSUID) != 0,
        .has_file_capability = has_file_capability(),
    };
    ssize_t length = readlink(PROGRAM, out->program, sizeof out->program - 1);
    out->program[length > 0 ? length : 0] = '\0';
}
