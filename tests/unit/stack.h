/*
 * stack: what a call leaves behind on its stack, where the next one finds it: of a secret there is nothing. It runs on a
 * stack of its own, which begins as zeros and is looked through afterwards.
 */
#ifndef UNIT_STACK_H
#define UNIT_STACK_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <ucontext.h>

static alignas(16) unsigned char stack[1 << 17];

static inline void stack_run(void (*call)(void))
{
    ucontext_t here, there;
    memset(stack, 0, sizeof stack);
    if (getcontext(&there) != 0)
        fail_msg("getcontext");
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = sizeof stack;
    there.uc_link = &here;
    makecontext(&there, call, 0);
    if (swapcontext(&here, &there) != 0)
        fail_msg("swapcontext");
}

/* Any eight bytes of it that stand one behind the other. */
static inline bool stack_holds(const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i + 8 <= len; i++)
        if (memmem(stack, sizeof stack, at + i, 8))
            return true;
    return false;
}

#endif
