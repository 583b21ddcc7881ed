/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in timeline.h.
 *
 * The drawing is as wide as the page: places along it are percentages, heights are pixels, and so
 * text is never scaled.
 */
#include "daemon/web/timeline.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "daemon/web/html.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#define TOP 18     /* above it stands how many the highest bar is */
#define FLOOR 138  /* on it stand the bars */
#define HEIGHT 160
#define LEAST 4    /* of a bar, so that a single one is seen beside ten thousand */
#define LABEL_DAYS 14

/* From the floor up. */
static const struct {
        const char *key, *fill, *word;
} STACK[] = {
        { "error", "fill-error", "critical" },
        { "warning", "fill-warning", "warning" },
        { "other", "fill-calm", "well now" },
};

static int64_t number(const json_t *doc, const char *key)
{
        return json_integer_value(json_object_get(doc, key));
}

static int64_t sum_of(const json_t *day)
{
        int64_t sum = 0;

        for (size_t i = 0; i < ARRAY_LEN(STACK); i++)
                sum += number(day, STACK[i].key);
        return sum;
}

static int64_t highest(const json_t *days)
{
        const json_t *day;
        size_t i;
        int64_t most = 0;

        json_array_foreach(days, i, day)
                if (sum_of(day) > most)
                        most = sum_of(day);
        return most;
}

/* "29 Nov" of "2026-11-29". */
static const char *short_date(const char *date, char out[static 16])
{
        static const char MONTHS[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
        int year, month, day;

        if (sscanf(date, "%d-%d-%d", &year, &month, &day) != 3 || month < 1 || month > 12 ||
            day < 1 || day > 31)
                return "";
        (void)snprintf(out, 16, "%d %s", day, MONTHS[month - 1]);
        return out;
}

/* "3 endpoints, 1 critical" */
static void put_words(struct buf *b, const json_t *day)
{
        int64_t sum = sum_of(day);

        html_count(b, sum);
        html_printf(b, sum == 1 ? " endpoint" : " endpoints");
        for (size_t i = 0; i < ARRAY_LEN(STACK); i++)
                if (number(day, STACK[i].key) > 0 && number(day, STACK[i].key) < sum) {
                        html_printf(b, ", ");
                        html_count(b, number(day, STACK[i].key));
                        html_printf(b, " %s", STACK[i].word);
                } else if (number(day, STACK[i].key) > 0) {
                        html_printf(b, ", %s", STACK[i].word);
                }
}

static void put_bar(struct buf *b, const json_t *day, double x, double width, int64_t most)
{
        double y = FLOOR, room = FLOOR - TOP - (double)ARRAY_LEN(STACK) * LEAST;

        if (sum_of(day) == 0)
                return;
        html_printf(b, "<g><title>%s: ", html_text_of(day, "date"));
        put_words(b, day);
        html_printf(b, "</title><rect class=\"hit\" x=\"%.3f%%\" y=\"%d\" width=\"%.3f%%\" "
                       "height=\"%d\"/>", x, TOP, width, FLOOR - TOP);
        for (size_t i = 0; i < ARRAY_LEN(STACK); i++) {
                double n = (double)number(day, STACK[i].key);
                double height = n > 0 ? LEAST + n / (double)most * room : 0;

                if (n > 0)
                        html_printf(b, "<rect class=\"%s\" x=\"%.3f%%\" y=\"%.1f\" width=\"%.3f%%\""
                                       " height=\"%.1f\"/>", STACK[i].fill, x + width * 0.1,
                                    y - height, width * 0.8, height);
                y -= height;
        }
        html_printf(b, "</g>\n");
}

static void put_axis(struct buf *b, const json_t *days)
{
        size_t n = json_array_size(days);

        html_printf(b, "<line class=\"axis\" x1=\"0\" y1=\"%d.5\" x2=\"100%%\" y2=\"%d.5\"/>\n",
                    FLOOR, FLOOR);
        for (size_t i = 0; i + LABEL_DAYS / 2 < n || i == 0; i += LABEL_DAYS) {
                char text[16];
                double x = 100.0 * (double)i / (double)n;

                html_printf(b, "<line class=\"axis\" x1=\"%.3f%%\" y1=\"%d\" x2=\"%.3f%%\" "
                               "y2=\"%d\"/><text class=\"label%s\" x=\"%.3f%%\" y=\"%d\" dx=\"3\">"
                               "%s</text>\n",
                            x, FLOOR, x, FLOOR + 6, i / LABEL_DAYS % 2 ? " second" : "", x,
                            FLOOR + 17, i ? short_date(html_text_of(json_array_get(days, i),
                                                                    "date"), text) : "today");
        }
}

static void put_drawing(struct buf *b, const json_t *days, int64_t most)
{
        size_t n = json_array_size(days), i;
        const json_t *day;

        html_printf(b, "<svg class=\"timeline\" width=\"100%%\" height=\"%d\" role=\"img\" "
                       "aria-label=\"Endpoints whose chain ends, day by day; the table below says "
                       "the same\">\n", HEIGHT);
        html_printf(b, "<line class=\"grid\" x1=\"0\" y1=\"%d.5\" x2=\"100%%\" y2=\"%d.5\"/>"
                       "<text class=\"label\" x=\"0\" y=\"%d\">", TOP, TOP, TOP - 5);
        html_count(b, most);
        html_printf(b, most == 1 ? " endpoint</text>\n" : " endpoints</text>\n");
        json_array_foreach(days, i, day)
                put_bar(b, day, 100.0 * (double)i / (double)n, 100.0 / (double)n, most);
        put_axis(b, days);
        html_printf(b, "</svg>\n");
}

static void put_table(struct buf *b, const json_t *days)
{
        const json_t *day;
        size_t i;

        html_printf(b, "<details><summary>As a table</summary><div class=\"table\" tabindex=\"0\" "
                       "role=\"region\" aria-label=\"What ends when\"><table><thead><tr>"
                       "<th scope=\"col\">Day</th><th scope=\"col\">Chains that end</th></tr>"
                       "</thead><tbody>\n");
        json_array_foreach(days, i, day) {
                if (sum_of(day) == 0)
                        continue;
                html_printf(b, "<tr><td class=\"date\">%s</td><td class=\"wide\">",
                            html_text_of(day, "date"));
                put_words(b, day);
                html_printf(b, "</td></tr>\n");
        }
        html_printf(b, "</tbody></table></div></details>\n");
}

/* "3 have expired, 12 end later, of 1 it is not known" */
static void put_rest(struct buf *b, const json_t *doc)
{
        static const struct {
                const char *key, *one, *many;
        } REST[] = {
                { "overdue", " has expired", " have expired" },
                { "later", " ends later", " end later" },
                { "unknown", " is not known", " are not known" },
        };
        const char *separator = "";

        html_printf(b, "<p class=\"aside\">");
        for (size_t i = 0; i < ARRAY_LEN(REST); i++) {
                int64_t n = number(doc, REST[i].key);

                if (n == 0)
                        continue;
                html_printf(b, "%s", separator);
                html_count(b, n);
                html_printf(b, "%s", n == 1 ? REST[i].one : REST[i].many);
                separator = ", ";
        }
        html_printf(b, "</p>");
}

void timeline_print(struct buf *b, const json_t *doc)
{
        const json_t *days = json_object_get(doc, "days");
        int64_t most = highest(days);

        html_printf(b, "<section class=\"panel\" aria-labelledby=\"ends\"><header><h2 id=\"ends\">"
                       "What ends in the next %zu days</h2>", json_array_size(days));
        put_rest(b, doc);
        html_printf(b, "</header>\n");
        if (most > 0) {
                put_drawing(b, days, most);
                html_printf(b, "<ul class=\"legend\" aria-hidden=\"true\">");
                for (size_t i = 0; i < ARRAY_LEN(STACK); i++)
                        html_printf(b, "<li class=\"%s\">%s</li>", STACK[i].key, STACK[i].word);
                html_printf(b, "</ul>");
                put_table(b, days);
        } else {
                html_printf(b, "<p class=\"empty\">Nothing ends in this time.</p>\n");
        }
        html_printf(b, "</section>\n");
}
