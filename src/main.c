/*
 * main: makes the process safe, gathers what the run is asked to do, runs it, says how it ended.
 *
 * Output: what a verb shows goes to stdout; the timeline and the one final line "mirrorvip: KIND: text" to stderr and, if
 * asked for, to the system's log.
 */
#include "app/front/notice.h"
#include "app/front/ocf.h"
#include "app/show/look.h"
#include "app/report.h"
#include "app/rounds.h"
#include "app/run.h"
#include "app/service.h"
#include "app/show/show.h"
#include "app/show/watch.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/log.h"
#include "host/output.h"
#include "host/process.h"
#include "host/terminal.h"
#include "host/world_linux.h"

#include <poll.h>
#include <unistd.h>

extern char **environ;

/* The steps of a run, and what became of its lines in the system's log. */
#define STEPS_TEXT (TIMELINE_TEXT + TIMELINE_TEXT / LIMIT_MARKS)
#define SHOW_PATIENCE_US UINT64_C(1000000)

static struct app app;
static struct look look; /* status: what there is to show */
static bool looked;      /* by a round, else by this process */
static bool accepted;    /* the command line is, so that it is known what to show */
static struct screen on_stdout, on_stderr; /* as asked before the seal */
static char out_text[WATCH_TEXT];
static char config_text[LIMIT_CONFIG_FILE + 1];

/* The configuration file; the default one need not be there. */
static bool take_config(struct options *o, struct err *e)
{
    struct buf text = BUF_OF(config_text);
    if (!o->config_named && !file_exists(o->config))
        return true;
    bool ok = file_read(o->config, o->secure ? FILE_ROOTS : FILE_TRUSTED, &text, e) && options_take_config(o, buf_slice(&text), e);
    wipe(config_text, text.len); /* it may hold a proxy's password */
    return ok;
}

static bool take_environment(struct options *o, struct err *e)
{
    bool ok = options_take_environment(o, environ, e);
    options_forget_environment(environ);
    return ok;
}

static void forget(void)
{
    app_wipe(&app);
}

/* What this run will not use is not made ready, so that it cannot fail: an alias comes down without certificates. */
static bool open_world(const struct options *o, struct err *e)
{
    bool asks_api = (o->verb != VERB_RELEASE || o->delete_routes) && !o->local_only;
    bool asks_guard = (o->verb == VERB_ACQUIRE && !o->dry_run) || o->verb == VERB_CHECK;
    return world_linux_open(&app.world, asks_api ? o->ca_bundle : "", asks_guard ? o->guard : "", forget, e);
}

static bool take_sources(struct options *o, struct err *e)
{
    return (take_environment(o, e) && take_config(o, e) && options_check(o, e)) || ocf_goes_on(o, e);
}

/* Whose front end is called says in its own words which verb it is. */
static bool take_front(struct options *o, struct err *e)
{
    return o->verb == VERB_OCF ? ocf_take(o, environ, e) : o->verb != VERB_NOTIFY || notice_take(o, e);
}

static bool needs_no_world(const struct options *o)
{
    return o->verb == VERB_HELP || o->verb == VERB_VERSION || o->action >= OCF_METADATA;
}

/* A run of the verb in a process of its own, which ends with it. */
static void one_round(void *report)
{
    char text[LIMIT_ERR_TEXT];
    struct buf result = BUF_OF(text);
    struct err e = {0};
    (void)(open_world(&app.options, &e) && run_verb(&app, &result, &e));
    app_wipe(&app);
    world_linux_close();
    if (app.options.verb == VERB_STATUS)
        look_make(report, &app, clock_utc_s(), &result, &e);
    else
        service_report_make(&app, &result, &e, report);
}

static void write_stderr(struct slice steps, struct slice end, bool gives_reason, uint64_t until_us)
{
    static const char name[] = "mirrorvip: ";
    static const char reason[] = "ocf-exit-reason:"; /* as Pacemaker looks for it */
    char text[STEPS_TEXT + TIMELINE_CHART + 2 * REPORT_END + sizeof reason + sizeof name];
    struct buf lines = BUF_OF(text);
    buf_put(&lines, steps);
    if (gives_reason) {
        buf_puts(&lines, reason);
        buf_put(&lines, end);
        buf_putc(&lines, '\n');
    }
    buf_puts(&lines, name);
    buf_put(&lines, end);
    buf_putc(&lines, '\n');
    (void)output_write(STDERR_FILENO, buf_slice(&lines), until_us);
}

/* Before stderr has its lines, so that they can say what became of it. A run that did not begin has no timeline. */
static void write_log(struct slice steps, struct slice end, enum severity severity)
{
    uint64_t from_us = clock_now_us();
    const char *none = log_write(steps, end, severity);
    if (none && app.started_us > 0)
        timeline_add(&app.timeline, "log", from_us, clock_now_us(), "none: %s", none);
}

/* --- What runs in rounds */

/* Of a round, whose steps are its own process's. */
static void say(void *host, struct slice steps, struct slice end, enum err_kind kind)
{
    char text[STEPS_TEXT];
    struct buf all = BUF_OF(text);
    (void)host;
    if (app.options.syslog)
        write_log(steps, end, err_severity(kind));
    buf_put(&all, steps);
    report_put_steps(&all, &app);
    write_stderr(buf_slice(&all), end, false, clock_now_us() + OUTPUT_PATIENCE_US);
    app.timeline.count = 0; /* what became of it in the log is no step of the next round */
}

static void screen_of_stdout(void *host, struct screen *screen)
{
    (void)host;
    terminal_screen(STDOUT_FILENO, screen);
}

/* A picture that a slow terminal has not taken whole is drawn over by the next. */
static bool show(void *host, struct slice text)
{
    struct pollfd reader = {.fd = STDOUT_FILENO, .events = POLLOUT};
    (void)host;
    if (output_write(STDOUT_FILENO, text, clock_now_us() + SHOW_PATIENCE_US))
        return true;
    return poll(&reader, 1, 0) >= 0 && !(reader.revents & (POLLERR | POLLHUP | POLLNVAL));
}

static bool writes_file(const struct options *o)
{
    return o->verb == VERB_STATUS && o->form == FORM_PROMETHEUS && o->prometheus_file[0];
}

static bool is_service(const struct options *o)
{
    return (o->verb == VERB_FOLLOW || o->notice == NOTICE_AGAIN) && o->every_s > 0;
}

static bool runs_in_rounds(const struct options *o)
{
    return is_service(o) || (o->verb == VERB_STATUS && o->watch) || writes_file(o);
}

/* The file is written by who has kept the right to, has talked to nobody, and has seen no key but the environment's. */
static bool look_once(void)
{
    const struct world *w = &app.world;
    struct err e = {0};
    struct rounds once;
    rounds_start(&once, w, app.options.deadline_s, 1);
    if (!rounds_next(&once, &look, look_size(app.vip_count), &e) || !look_take(&look, app.vip_count, &e))
        look_fail(&look, w->utc_s(w->host), &e);
    return look.e.kind != ERR_BUG || !w->interrupted(w->host);
}

static bool look_on(void)
{
    struct buf text = BUF_OF(out_text);
    app.world.screen = screen_of_stdout;
    app.world.show = show;
    terminal_keys_start();
    bool any = watch(&app, text, &look);
    terminal_keys_end();
    return any;
}

/* As the latest look has ended this run ends. */
static bool serve(struct buf *result, struct err *e)
{
    world_linux_serve(&app.world, writes_file(&app.options), one_round);
    app.world.say = say;
    app.started_us = clock_now_us();
    vips_start(&app);
    if (is_service(&app.options))
        return service(&app, result);
    looked = app.options.watch ? look_on() : look_once();
    if (!looked)
        return err_set(e, ERR_INTERRUPTED, "a signal asked to end before anything was seen");
    buf_puts(result, look.result);
    *e = look.e;
    return e->kind == ERR_OK;
}

/* --- The end */

/* However it has ended: who reads it must not take what an earlier run has left for news. */
static void show_look(const struct buf *result, struct err *e)
{
    struct err cause = {0};
    if (!looked)
        look_make(&look, &app, clock_utc_s(), result, e);
    show_put(&look, app.options.form, &on_stdout, &app.out);
    if (!writes_file(&app.options))
        return;
    if (!file_replace(app.options.prometheus_file, buf_slice(&app.out), &cause) && (e->kind == ERR_OK || e->kind == ERR_DIFFERS))
        *e = cause;
    app.out.len = 0;
}

static void put_steps(struct buf *b)
{
    buf_puts(b, looked ? look.steps : "");
    report_put_steps(b, &app);
}

static void finish(const struct buf *result, struct err *e)
{
    char end_text[REPORT_END], steps_text[STEPS_TEXT + TIMELINE_CHART];
    struct buf end = BUF_OF(end_text), steps = BUF_OF(steps_text);
    bool says_how_it_ended = e->kind != ERR_OK || result->len > 0;
    if (accepted && app.options.verb == VERB_STATUS && !app.options.watch)
        show_look(result, e);
    report_put_end(&end, buf_slice(result), e);
    put_steps(&steps);
    if (says_how_it_ended && app.options.syslog)
        write_log(buf_slice(&steps), buf_slice(&end), err_severity(e->kind));
    uint64_t until_us = clock_now_us() + OUTPUT_PATIENCE_US;
    steps.len = 0;
    put_steps(&steps);
    if (!looked)
        report_put_chart(&steps, &app, &on_stderr);
    (void)output_write(STDOUT_FILENO, buf_slice(&app.out), app.deadline_us > until_us ? app.deadline_us : until_us);
    if (says_how_it_ended)
        write_stderr(buf_slice(&steps), buf_slice(&end), ocf_gives_reason(&app.options, e), clock_now_us() + OUTPUT_PATIENCE_US);
}

static bool run(int count, char **arguments, struct buf *result, struct err *e)
{
    struct options *o = &app.options;
    options_start(o, process_is_secure());
    accepted = options_take_arguments(o, count, arguments, e);
    if (!accepted || !take_front(o, e))
        return false;
    if (needs_no_world(o))
        return run_verb(&app, result, e);
    if (!take_sources(o, e))
        return false;
    if (runs_in_rounds(o))
        return serve(result, e);
    return (open_world(o, e) || (ocf_goes_on(o, e) && open_world(o, e))) && run_verb(&app, result, e);
}

int main(int argc, char **argv)
{
    char text[LIMIT_ERR_TEXT];
    struct buf result = BUF_OF(text);
    struct err e = {0};
    static char ocf[] = "ocf";
    process_start();
    app.out = BUF_OF(out_text);
    terminal_screen(STDOUT_FILENO, &on_stdout);
    terminal_screen(STDERR_FILENO, &on_stderr);
    on_stdout.redrawn = on_stderr.redrawn = false; /* what they get comes once */
    if (argc > 0 && ocf_is_agent(argv[0]))
        argv[0] = ocf; /* the verb is in the name */
    else if (argc > 0)
        argc--, argv++;
    (void)run(argc, argv, &result, &e);
    app_wipe(&app);
    world_linux_close();
    finish(&result, &e);
    return app.options.asked == VERB_OCF ? ocf_status(&app.options, &e) : err_status(e.kind);
}
