/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked for, on the command line and in a configuration file. Whatever is wrong with it is
 * said before anything is looked at.
 */
#include "common/base/addr.h"
#include "common/base/lookup.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/base/text.h"
#include "common/cert/chain_file.h"
#include "common/cert/crls.h"
#include "common/cert/names.h"
#include "common/cert/trust.h"
#include "config/arena.h"
#include "config/model.h"
#include "config/value.h"
#include "daemon/app/commands.h"
#include "daemon/app/look.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_TIMEOUT_MS 10000

const struct arg_option LOOK_OPTIONS[] = {
        { "file", 'f', "FILE", offsetof(struct look_options, file),
          "look at a file of certificates; - is standard input" },
        { "hostname", 'H', "NAME", offsetof(struct look_options, hostname),
          "name to find in the certificate, and SNI" },
        { "at", 0, "TIME", offsetof(struct look_options, at),
          "judge as of 2026-11-29, 2026-11-29T12:00:00Z or @SECONDS" },
        { "ca-file", 0, "FILE", offsetof(struct look_options, ca_file),
          "trust these anchors instead of the system's" },
        { "crl-file", 0, "FILE", offsetof(struct look_options, crl_file),
          "revocation lists; a server certificate they do not cover fails" },
        { "intermediates", 0, "FILE", offsetof(struct look_options, intermediates),
          "may complete a chain; they give no trust" },
        { "aia", 0, "WHERE", offsetof(struct look_options, aia),
          "where missing issuers may be fetched: public, any or off" },
        { "key", 'k', "FILE", offsetof(struct look_options, key),
          "the server's private key: does it belong to the certificate?" },
        { "passphrase-file", 0, "FILE", offsetof(struct look_options, passphrase_file),
          "its first line opens PKCS#12 files and keys" },
        { "config", 'c', "FILE", offsetof(struct look_options, config),
          "use the settings of this configuration's endpoints" },
        { "starttls", 0, "PROTO", offsetof(struct look_options, starttls),
          "what is spoken until TLS begins, such as smtp or imap" },
        { "alpn", 0, "LIST", offsetof(struct look_options, alpn),
          "protocols to offer, as in h2,http/1.1; or none" },
        { "connect-to", 0, "HOST", offsetof(struct look_options, connect_to),
          "connect there instead, HOST or HOST:PORT" },
        { "proxy", 0, "URL", offsetof(struct look_options, proxy),
          "go through http://host:port or socks5://host:port" },
        { "proxy-auth-file", 0, "FILE", offsetof(struct look_options, proxy_auth_file),
          "its first line is user:password for the proxy" },
        { "client-cert", 0, "FILE", offsetof(struct look_options, client_cert),
          "show this certificate when the server asks for one" },
        { "client-key", 0, "FILE", offsetof(struct look_options, client_key),
          "its private key, when it is in another file" },
        { "client-passphrase-file", 0, "FILE",
          offsetof(struct look_options, client_passphrase_file), "its first line opens the two" },
        { "timeout", 't', "SPAN", offsetof(struct look_options, timeout),
          "for each target, default 10s" },
        { "ipv4", '4', NULL, offsetof(struct look_options, ipv4), "use IPv4 only" },
        { "ipv6", '6', NULL, offsetof(struct look_options, ipv6), "use IPv6 only" },
        { 0 },
};

/* --- options ---------------------------------------------------------------------------------- */

static int parse_options(struct look *l)
{
        const struct look_options *o = l->options;

        l->has_at = o->at;
        if (l->has_at && parse_time(o->at, &l->at_s) < 0)
                return args_error(l->command, "--at: '%s' is not a time such as 2026-11-29, "
                                  "2026-11-29T12:00:00Z or @1795953600", o->at);
        if (o->timeout && (parse_span_ms(o->timeout, &l->timeout_ms) < 0 || l->timeout_ms < 1))
                return args_error(l->command,
                                  "--timeout: '%s' is not a span such as 5s or 500ms", o->timeout);
        if (o->ipv4 && o->ipv6)
                return args_error(l->command, "--ipv4 and --ipv6 exclude each other");
        int err = o->passphrase_file ? passphrase_read(&l->passphrase, o->passphrase_file) : 0;

        if (err < 0)
                return args_error(l->command, "cannot read %s: %s", o->passphrase_file,
                                  chain_file_error(err));
        return look_way_parse(l);
}

/* "20%", "30d" or "20%,30d", as in a configuration. */
static int parse_threshold(const struct look *l, const char *key, const char *text,
                           struct threshold *ret)
{
        const struct schema *expiry = schema_find(&SCHEMA_ENDPOINT, "expiry")->rows;
        AUTO_FREE char *copy = mem_strdup(text);
        struct threshold t = { 0 };
        char *rest = copy;

        if (!*text)
                return args_error(l->command, "--%s: a span such as 30d or a percentage is missing",
                                  key);
        for (char *part; (part = strsep(&rest, ","));) {
                AUTO_FREE char *error = NULL;

                if (value_parse_threshold(schema_find(expiry, key), part, &t, &error) < 0)
                        return args_error(l->command, "--%s", error);
        }
        *ret = t;
        return EXIT_OK;
}

static int set_policy(const struct look *l, struct look_item *item)
{
        const struct look_options *o = l->options;
        int status = EXIT_OK;

        item->policy = item->endpoint ? item->endpoint->set->policy : POLICY_DEFAULT;
        if (!item->endpoint && o->may_expire_soon)
                item->policy.critical = (struct threshold){ 0 };
        if (o->warning)
                status = parse_threshold(l, "warning", o->warning, &item->policy.warning);
        if (o->critical && status == EXIT_OK)
                status = parse_threshold(l, "critical", o->critical, &item->policy.critical);
        return status;
}

/* A file is judged without the network unless asked. */
static int set_aia(const struct look *l, struct look_item *item)
{
        const struct schema_row *row = schema_find(&SCHEMA_ENDPOINT, "aia");
        int reach = item->target.kind == TARGET_FILE ? AIA_OFF : AIA_PUBLIC;

        if (item->endpoint)
                reach = (int)item->endpoint->set->aia;
        if (l->options->aia)
                reach = lookup_index(row->words, row->n_words, l->options->aia);
        if (reach < 0)
                return args_error(l->command, "--aia: '%s' is none of off, public, any",
                                  l->options->aia);
        item->aia = (enum aia_reach)reach;
        return EXIT_OK;
}

/* --- files of certificates and lists ---------------------------------------------------------- */

static int load_set(struct look *l, const char *path, struct trust **ret)
{
        AUTO_FREE char *error = NULL;
        struct trust *trust = NULL;

        for (size_t i = 0; i < l->n_sets; i++)
                if (text_same(l->sets[i].path, path)) {
                        *ret = l->sets[i].trust;
                        return EXIT_OK;
                }
        if (trust_load(&trust, path, &error) < 0)
                return args_error(l->command, "%s", error);
        if (error)
                fprintf(stderr, "notafter %s: warning: %s\n", l->command->name, error);
        l->sets = mem_resize(l->sets, l->n_sets + 1, sizeof(*l->sets));
        l->sets[l->n_sets++] = (struct look_set){ path, trust };
        *ret = trust;
        return EXIT_OK;
}

static int load_lists(struct look *l, const char *path, struct crls **ret)
{
        AUTO_FREE char *error = NULL;
        struct crls *crls = NULL;

        for (size_t i = 0; i < l->n_lists; i++)
                if (strcmp(l->lists[i].path, path) == 0) {
                        *ret = l->lists[i].crls;
                        return EXIT_OK;
                }
        if (crls_load(&crls, path, &error) < 0)
                return args_error(l->command, "%s", error);
        if (error)
                fprintf(stderr, "notafter %s: warning: %s\n", l->command->name, error);
        l->lists = mem_resize(l->lists, l->n_lists + 1, sizeof(*l->lists));
        l->lists[l->n_lists++] = (struct look_lists){ path, crls };
        *ret = crls;
        return EXIT_OK;
}

/* What the command line says goes before what the configuration says. */
static int load_trust(struct look *l, struct look_item *item)
{
        const struct config_endpoint *e = item->endpoint;
        const char *anchors = l->options->ca_file, *extra = l->options->intermediates;
        const char *lists = l->options->crl_file;

        if (!anchors && e)
                anchors = e->set->ca_file;
        if (!extra && e)
                extra = e->set->intermediates_file;
        if (!lists && e)
                lists = e->set->crl_file;
        int status = load_set(l, anchors, &item->anchors);

        if (status == EXIT_OK && extra)
                status = load_set(l, extra, &item->extra);
        if (status == EXIT_OK && lists)
                status = load_lists(l, lists, &item->crls);
        return status;
}

/* --- targets ---------------------------------------------------------------------------------- */

/* The name the certificate must carry: --hostname, else the host; none for a bare file. */
static int set_server_name(const struct look *l, struct look_item *item)
{
        const char *reason = NULL;

        if (!l->options->hostname) {
                item->server_name = mem_strdup(item->endpoint ? item->endpoint->server_name
                                                              : item->target.host);
                return EXIT_OK;
        }
        if (host_canonical(l->options->hostname, &item->server_name, &reason) < 0)
                return args_error(l->command, "--hostname: '%s' is %s", l->options->hostname,
                                  reason);
        return EXIT_OK;
}

static struct look_item *new_item(struct look *l, const char *text)
{
        struct look_item *item;

        l->items = mem_resize(l->items, l->n_items + 1, sizeof(*l->items));
        item = &l->items[l->n_items++];
        *item = (struct look_item){ .text = text_escaped(text, strlen(text)) };
        return item;
}

static int finish_item(struct look *l, struct look_item *item)
{
        int status = look_way_set(l, item);

        if (status == EXIT_OK)
                status = set_server_name(l, item);
        if (status == EXIT_OK)
                status = set_policy(l, item);
        if (status == EXIT_OK)
                status = set_aia(l, item);
        return status == EXIT_OK ? load_trust(l, item) : status;
}

static int add_file(struct look *l, const char *path)
{
        struct look_item *item = new_item(l, path);

        item->target = (struct target){
                .kind = TARGET_FILE, .scheme = mem_strdup("file"), .path = mem_strdup(path),
        };
        return finish_item(l, item);
}

/* Who writes chain.pem means the file more often than a host of that name. */
static void warn_of_file(const struct look *l, const char *text)
{
        AUTO_FREE char *shown = text_escaped(text, strlen(text));
        struct stat st;

        if (stat(text, &st) == 0 && S_ISREG(st.st_mode))
                fprintf(stderr, "notafter %s: asking a host; to look at the file write file:%s\n",
                        l->command->name, shown);
}

static int add_target(struct look *l, const char *text)
{
        struct look_item *item = new_item(l, text);
        AUTO_FREE char *error = NULL;

        if (target_parse(text, &item->target, &error) < 0)
                return args_error(l->command, "%s", error);
        if (item->target.kind != TARGET_FILE)
                warn_of_file(l, text);
        return finish_item(l, item);
}

static int add_endpoint(struct look *l, const struct config_endpoint *e)
{
        struct look_item *item = new_item(l, e->name);

        item->endpoint = e;
        item->target = (struct target){
                .kind = e->target.kind,
                .scheme = mem_strdup(e->target.scheme),
                .host = mem_strdup(e->target.host),
                .port = e->target.port,
                .path = mem_strdup(e->target.path),
                .starttls = e->target.starttls,
                .alpn = e->target.alpn,
        };
        return finish_item(l, item);
}

static int no_such_endpoint(const struct look *l, const char *text)
{
        AUTO_FREE char *shown = text_escaped(text, strlen(text));
        const char *near = config_nearest_name(l->config, text);

        return args_error(l->command, "%s has no endpoint with the name or target '%s'%s%s%s",
                          l->options->config, shown, near ? "; did you mean '" : "",
                          near ? near : "", near ? "'?" : "");
}

static int add_endpoints(struct look *l, const char *text)
{
        size_t before = l->n_items;
        AUTO_FREE char *error = NULL;
        struct target t = { 0 };
        int status = EXIT_OK;

        if (text) /* it may be a name only */
                target_parse(text, &t, &error);
        for (size_t i = 0; i < l->config->n_endpoints && status == EXIT_OK; i++) {
                const struct config_endpoint *e = &l->config->endpoints[i];

                if (!text || config_endpoint_is_meant(e, text, &t))
                        status = add_endpoint(l, e);
        }
        target_done(&t);
        return text && l->n_items == before && status == EXIT_OK ? no_such_endpoint(l, text)
                                                                 : status;
}

static int add_all(struct look *l, int n, char **targets)
{
        int status = EXIT_OK;

        if (l->options->file)
                status = add_file(l, l->options->file);
        if (l->config && n == 0 && !l->options->file && status == EXIT_OK)
                status = add_endpoints(l, NULL);
        for (int i = 0; i < n && status == EXIT_OK; i++)
                status = l->config ? add_endpoints(l, targets[i]) : add_target(l, targets[i]);
        if (status == EXIT_OK && l->n_items == 0)
                status = args_error(l->command, l->config ? "%s has no endpoints"
                                                          : "say where to look: a host or --file "
                                                            "FILE",
                                    l->options->config);
        return status;
}

int look_ask(struct look *l, const struct command *command, const struct look_options *options,
             int n, char **targets)
{
        *l = (struct look){
                .command = command, .options = options, .timeout_ms = DEFAULT_TIMEOUT_MS,
                .arena = arena_new(),
        };
        int status = parse_options(l);

        if (status == EXIT_OK && options->config &&
            config_load_or_tell(&l->config, options->config) < 0)
                status = EXIT_UNKNOWN;
        return status == EXIT_OK ? add_all(l, n, targets) : status;
}

void look_done(struct look *l)
{
        passphrase_free(l->passphrase);
        for (size_t i = 0; i < l->n_items; i++) {
                struct look_item *item = &l->items[i];

                exam_report_free(item->report);
                target_done(&item->target);
                free(item->server_name);
                free(item->connect_host);
                free(item->text);
        }
        for (size_t i = 0; i < l->n_sets; i++)
                trust_unref(l->sets[i].trust);
        for (size_t i = 0; i < l->n_lists; i++)
                crls_unref(l->lists[i].crls);
        free(l->items);
        free(l->sets);
        free(l->lists);
        ways_done(&l->ways);
        arena_free(l->arena);
        config_unref(l->config);
        *l = (struct look){ 0 };
}
