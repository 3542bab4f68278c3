/*
 * watched SOCKET CALLS PROGRAM [ARGUMENT ...]: executes a program whose system calls somebody else answers.
 *
 * CALLS are numbers with commas between them, or "all". The kernel hands them to the listener, which goes out through
 * the socket; execve is always among them, so that the listener knows when the program begins.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST 64

static struct sock_filter code[2 * MOST + 4];
static unsigned short count;

static void put(unsigned short op, unsigned char if_so, unsigned char if_not, unsigned k)
{
    code[count++] = (struct sock_filter){op, if_so, if_not, k};
}

/* This answer if it is this call. */
static void put_case(long call, unsigned answer)
{
    put(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (unsigned)call);
    put(BPF_RET | BPF_K, 0, 0, answer);
}

static void put_filter(char *calls)
{
    put(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
    if (strcmp(calls, "all") == 0) {
        put_case(SYS_sendmsg, SECCOMP_RET_ALLOW);
        put(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_USER_NOTIF);
        return;
    }
    put_case(SYS_execve, SECCOMP_RET_USER_NOTIF);
    for (char *at = strtok(calls, ","); at && count < 2 * MOST; at = strtok(NULL, ","))
        put_case(atol(at), SECCOMP_RET_USER_NOTIF);
    put(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
}

/* sendmsg is never among the calls of a list of its own accord: nobody could answer it yet. */
static int hand_over(int door, int listener)
{
    char byte = 0;
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {.head = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    struct iovec bytes = {&byte, 1};
    struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    memcpy(CMSG_DATA(&control.head), &listener, sizeof listener);
    return sendmsg(door, &message, 0) == 1;
}

int main(int argc, char **argv, char **environment)
{
    if (argc < 4)
        return 99;
    put_filter(argv[2]);
    struct sock_fprog filter = {count, code};
    long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
    if (listener < 0 || !hand_over(atoi(argv[1]), (int)listener))
        return 99;
    (void)execve(argv[3], argv + 3, environment);
    return 99;
}
