/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /: how it stands, seen at a glance. What is wrong comes first, with what to do; then what will
 * end; then the daemon itself, unless it is that which is in trouble.
 */
#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/cert/json_text.h"
#include "daemon/web/exchange.h"
#include "daemon/web/html.h"
#include "daemon/web/page.h"
#include "daemon/web/routes.h"
#include "daemon/web/timeline.h"

#include <inttypes.h>
#include <string.h>

#define PROBLEMS "10" /* of them at once */
#define KINDS 12      /* of them to pick from: the worst, then the most frequent */

/* The counts of a document, in the order of urgency, and the states that they count. */
static const struct {
        const char *count, *state;
} TILES[] = {
        { "critical", "error" },
        { "warning", "warning" },
        { "failing", "failing" },
        { "unknown", "unknown" },
        { "ok", "ok" },
};

/* How the problems are narrowed down. */
static const char *const FILTERS[] = { "q", "severity", "code", "label", "silenced", "offset" };

/* The documents that it is made of. */
struct overview {
        json_t *problems, *health, *timeline;
};

static json_t *ask(struct web_exchange *x, const char *command)
{
        return web_ask_for(x, json_must(json_pack("{s:s}", "command", command)));
}

static json_t *ask_problems(struct web_exchange *x)
{
        json_t *request = json_must(json_pack("{s:s, s:s}", "command", "problems", "limit",
                                              PROBLEMS));

        for (size_t i = 0; i < ARRAY_LEN(FILTERS); i++) {
                const char *value = web_param(x, FILTERS[i]);

                if (value && *value)
                        json_object_set_new(request, FILTERS[i], json_must(json_string(value)));
        }
        return web_ask_for(x, request);
}

static void overview_done(struct overview *o)
{
        json_decref(o->problems);
        json_decref(o->health);
        json_decref(o->timeline);
}

static int64_t count_of(const struct overview *o, const char *key)
{
        return json_integer_value(json_object_get(json_object_get(o->health, "endpoints_total"),
                                                  key));
}

static void put_endpoints(struct buf *b, int64_t n)
{
        html_count(b, n);
        html_printf(b, n == 1 ? " endpoint" : " endpoints");
}

/* The one sentence, for who reads no further. */
static void put_headline(struct buf *b, const struct overview *o)
{
        int64_t critical = count_of(o, "critical"), warning = count_of(o, "warning");
        int64_t failing = count_of(o, "failing"), all = count_of(o, "all");
        char at[TIME_STR_MAX];

        html_printf(b, "<header class=\"heading\"><h1>");
        if (all == 0) {
                html_printf(b, "Nothing is watched yet");
        } else if (critical > 0) {
                put_endpoints(b, critical);
                html_printf(b, critical == 1 ? " needs you now" : " need you now");
        } else if (warning > 0) {
                put_endpoints(b, warning);
                html_printf(b, warning == 1 ? " needs you soon" : " need you soon");
        } else if (failing > 0) {
                put_endpoints(b, failing);
                html_printf(b, " cannot be reached");
        } else if (count_of(o, "ok") == 0) {
                html_printf(b, "The first looks are under way");
        } else {
                html_printf(b, "All is well");
        }
        html_printf(b, "</h1><p class=\"aside\">as of %s</p></header>\n",
                    time_str(html_instant(json_object_get(o->health, "at")), at));
        if (all == 0)
                html_printf(b, "<p>List what to watch below <code>endpoints:</code> in %s, then "
                               "run <code>systemctl reload notafter</code>.</p>\n",
                            html_text_of(o->health, "config_file"));
}

/* How the fleet is divided, as one bar. */
static void put_shares(struct buf *b, const struct overview *o)
{
        double all = (double)count_of(o, "all"), x = 0;

        html_printf(b, "<svg class=\"shares\" width=\"100%%\" height=\"8\" aria-hidden=\"true\">");
        for (size_t i = 0; i < ARRAY_LEN(TILES); i++) {
                double share = 100 * (double)count_of(o, TILES[i].count) / all;

                if (share > 0)
                        html_printf(b, "<rect class=\"fill-%s\" x=\"%.3f%%\" width=\"%.3f%%\" "
                                       "height=\"8\"/>", TILES[i].state, x, share);
                x += share;
        }
        html_printf(b, "</svg>\n");
}

static void put_tiles(struct buf *b, const struct overview *o)
{
        html_printf(b, "<nav class=\"panel\" aria-label=\"Endpoints by state\">"
                       "<ul class=\"tiles\"><li><a href=\"/endpoints\"><b>");
        html_count(b, count_of(o, "all"));
        html_printf(b, "</b> <span>endpoints</span></a></li>");
        for (size_t i = 0; i < ARRAY_LEN(TILES); i++) {
                int64_t n = count_of(o, TILES[i].count);

                html_printf(b, "<li class=\"%s%s\"><a href=\"/endpoints?state=%s\"><b>",
                            TILES[i].state, n ? "" : " zero", TILES[i].state);
                html_count(b, n);
                html_printf(b, "</b> ");
                page_badge(b, TILES[i].state);
                html_printf(b, "</a></li>");
        }
        html_printf(b, "</ul>\n");
        if (count_of(o, "all") > 0)
                put_shares(b, o);
        html_printf(b, "</nav>\n");
}

static void put_chip(struct buf *b, const struct web_exchange *x, const json_t *row)
{
        const char *code = html_text_of(row, "code"), *chosen = web_param(x, "code");
        bool on = chosen && strcmp(chosen, code) == 0;
        AUTO_FREE char *url = page_url_with(x, "/", "code", on ? NULL : code);

        html_printf(b, "<li class=\"%s\"><a class=\"chip\" href=\"%s#problems\"%s>%s <b>",
                    html_text_of(row, "severity"), url, on ? " aria-current=true" : "",
                    html_text_of(row, "title"));
        html_count(b, json_integer_value(json_object_get(row, "endpoints")));
        html_printf(b, "</b></a></li>\n");
}

/* What sorts there are: a press shows those of one only, and all again. */
static void put_chips(struct buf *b, const struct web_exchange *x, const struct overview *o)
{
        const json_t *by_code = json_object_get(o->problems, "by_code"), *row;
        size_t i;

        if (json_array_size(by_code) < 2 && !web_param(x, "code"))
                return;
        html_printf(b, "<ul class=\"chips\" aria-label=\"By kind\">\n");
        json_array_foreach(by_code, i, row)
                if (i < KINDS)
                        put_chip(b, x, row);
        if (web_param(x, "code"))
                html_printf(b, "<li><a class=\"chip\" href=\"/#problems\">Show all</a></li>\n");
        html_printf(b, "</ul>\n");
}

static void put_problems(struct buf *b, const struct web_exchange *x, const struct overview *o)
{
        int64_t now_s = html_instant(json_object_get(o->problems, "at"));
        const json_t *problems = json_object_get(o->problems, "problems"), *problem;
        size_t i;

        html_printf(b, "<section class=\"panel\" aria-labelledby=\"problems\"><header>"
                       "<h2 id=\"problems\">Open problems</h2><p class=\"aside\">");
        if (json_array_size(problems) > 0)
                html_printf(b, "the worst first, then the youngest");
        html_printf(b, "</p></header>\n");
        put_chips(b, x, o);
        json_array_foreach(problems, i, problem)
                page_problem(b, problem, now_s);
        if (json_array_size(problems) == 0)
                html_printf(b, "<p class=\"empty\">None.</p>\n");
        page_pager(b, x, "/", o->problems);
        html_printf(b, "</section>\n");
}

static void put_number(struct buf *b, const char *name, const json_t *n, const char *unit)
{
        if (!json_is_integer(n))
                return;
        html_printf(b, "<div><dt>%s</dt><dd>", name);
        html_count(b, json_integer_value(n));
        html_printf(b, "%s</dd></div>", unit);
}

/* What else a person should know of the daemon: each a sentence in a box. */
static void put_troubles(struct buf *b, const json_t *health)
{
        static const struct {
                const char *key, *before;
        } TROUBLES[] = {
                { "trouble", "notafter itself is in trouble: " },
                { "store_error", "What is learned cannot be written: " },
                { "refused", "A new configuration was not taken: " },
                { "warning", "" },
        };
        size_t disabled = json_array_size(json_object_get(health, "disabled_receivers"));

        for (size_t i = 0; i < ARRAY_LEN(TROUBLES); i++)
                if (*html_text_of(health, TROUBLES[i].key))
                        html_printf(b, "<p class=\"banner %s\" role=\"status\">%s%s</p>\n",
                                    i == 3 ? "warning" : "error", TROUBLES[i].before,
                                    html_text_of(health, TROUBLES[i].key));
        if (json_is_false(json_object_get(health, "clock_synchronised")))
                html_printf(b, "<p class=\"banner warning\" role=\"status\">The clock of this host "
                               "is not synchronised: ends of certificates are judged by it all the "
                               "same.</p>\n");
        if (disabled > 0)
                html_printf(b, "<p class=\"banner error\" role=\"status\">%zu %s: alerts do not "
                               "arrive there. <a href=\"/queue\">Why</a></p>\n", disabled,
                            disabled == 1 ? "receiver is switched off" :
                            "receivers are switched off");
}

static void put_health(struct buf *b, const struct overview *o)
{
        const json_t *health = o->health, *probes = json_object_get(health, "probes");
        int64_t now_s = html_instant(json_object_get(health, "at"));

        html_printf(b, "<section class=\"panel\" aria-labelledby=\"daemon\"><header>"
                       "<h2 id=\"daemon\">The daemon</h2>");
        if (json_is_true(json_object_get(health, "healthy")))
                page_badge_word(b, "ok", "well");
        else
                page_badge_word(b, "error", "in trouble");
        html_printf(b, "</header>\n<dl class=\"strip\"><div><dt>Started</dt><dd>");
        html_time(b, json_object_get(health, "started"), now_s);
        html_printf(b, "</dd></div>");
        put_number(b, "Looks so far", json_object_get(probes, "done"), "");
        put_number(b, "Running now", json_object_get(probes, "running"), "");
        put_number(b, "Late by", json_object_get(probes, "lag_ms"), " ms");
        put_number(b, "Workers", json_object_get(health, "workers"), "");
        html_printf(b, "<div><dt>Alerts</dt><dd><a href=\"/queue\">%zu %s</a></dd></div>",
                    json_array_size(json_object_get(health, "receivers")),
                    json_array_size(json_object_get(health, "receivers")) == 1 ? "receiver" :
                    "receivers");
        html_printf(b, "<div><dt>Configuration</dt><dd class=\"mono\">%s</dd></div></dl>"
                       "</section>\n", html_text_of(health, "config_file"));
}

static void print(struct web_exchange *x, const struct overview *o)
{
        struct buf b = BUF_INIT(PAGE_MAX_BYTES);
        int64_t critical = count_of(o, "critical");
        AUTO_FREE char *title = critical ? mem_printf("%" PRId64 " critical", critical)
                                         : mem_strdup("Overview");

        page_begin(&b, PAGE_OVERVIEW, title);
        put_troubles(&b, o->health);
        put_headline(&b, o);
        put_tiles(&b, o);
        put_problems(&b, x, o);
        timeline_print(&b, o->timeline);
        put_health(&b, o);
        page_end(x, &b, 200);
}

void answer_overview(struct web_exchange *x)
{
        struct overview o = { .problems = ask_problems(x) };

        if (o.problems)
                o.health = ask(x, "health");
        if (o.health)
                o.timeline = ask(x, "timeline");
        if (o.timeline)
                print(x, &o);
        overview_done(&o);
}
