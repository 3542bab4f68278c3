#include "host/terminal.h"

#include "host/process.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define COLUMNS_USUAL 80
#define COLUMNS_MOST 1000

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value ? value : "";
}

static bool has_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *value = "";
    for (size_t i = 0; i < sizeof names / sizeof *names && !value[0]; i++)
        value = variable(names[i]);
    return strcasestr(value, "UTF-8") || strcasestr(value, "UTF8");
}

static bool is_dumb(void)
{
    return !variable("TERM")[0] || strcmp(variable("TERM"), "dumb") == 0;
}

void terminal_screen(int fd, struct screen *screen)
{
    struct winsize size = {0};
    uint64_t columns;
    *screen = (struct screen){.utf8 = has_utf8()};
    if (!isatty(fd))
        return;
    (void)ioctl(fd, TIOCGWINSZ, &size);
    if (!slice_u64(slice_of(variable("COLUMNS")), COLUMNS_MOST, &columns) || columns == 0)
        columns = size.ws_col > 0 ? size.ws_col : COLUMNS_USUAL;
    screen->columns = (size_t)columns;
    screen->rows = size.ws_row;
    screen->colours = !is_dumb() && !variable("NO_COLOR")[0];
    screen->redrawn = !is_dumb();
}

static struct termios before;
static bool changed;

/* The key that quits is the terminal's own: it sends SIGQUIT, so that no read has to wait for it. */
void terminal_keys_start(void)
{
    struct termios mode;
    if (!isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) != getpgrp() || tcgetattr(STDIN_FILENO, &before) != 0)
        return;
    process_note_signal(SIGQUIT);
    mode = before;
    mode.c_cc[VQUIT] = 'q';
    mode.c_lflag |= ISIG;
    mode.c_lflag &= ~(tcflag_t)ECHO;
    changed = tcsetattr(STDIN_FILENO, TCSANOW, &mode) == 0;
}

void terminal_keys_end(void)
{
    if (changed)
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    changed = false;
}
