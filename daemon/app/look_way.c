/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a server is reached, and as whom: what the command line says goes before what a configuration
 * says, and is held to the same rules.
 */
#include "common/base/addr.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "config/arena.h"
#include "config/model.h"
#include "config/value.h"
#include "daemon/app/look.h"

#include <string.h>

static int parse_one(struct look *l, const char *option, const char *key, const char *text)
{
        const struct value_place where = { .arena = l->arena, .folder = "" };
        struct schema_row row = *schema_find(&SCHEMA_ENDPOINT, key);
        AUTO_FREE char *error = NULL;

        row.key = option;
        if (text && value_parse(&row, text, &where, &l->asked, &error) < 0)
                return args_error(l->command, "--%s", error);
        return EXIT_OK;
}

int look_way_parse(struct look *l)
{
        const struct look_options *o = l->options;
        int status = parse_one(l, "starttls", "starttls", o->starttls);

        if (status == EXIT_OK)
                status = parse_one(l, "alpn", "alpn", o->alpn);
        if (status == EXIT_OK)
                status = parse_one(l, "proxy", "proxy", o->proxy);
        if (status == EXIT_OK)
                status = parse_one(l, "connect-to", "connect_to", o->connect_to);
        if (status == EXIT_OK && o->client_key && !o->client_cert)
                status = args_error(l->command, "--client-key without --client-cert means nothing");
        return status;
}

/* A scheme says by itself what is spoken before TLS. */
static int set_starttls(struct look *l, struct look_item *item)
{
        const struct target *t = &item->target;
        const char *asked = l->asked.own.starttls;

        item->starttls = item->endpoint ? config_starttls(item->endpoint) : t->starttls;
        if (asked && !target_is_bare(t) && !text_same(asked, t->starttls))
                return args_error(l->command, "--starttls %s contradicts %s", asked, item->text);
        if (asked)
                item->starttls = asked;
        return EXIT_OK;
}

static void set_alpn(struct look *l, struct look_item *item)
{
        const struct config_endpoint asked = { .target = item->target, .set = &l->asked.set };
        bool is_asked = l->asked.set.alpn || !item->endpoint;

        item->alpn = config_alpn(is_asked ? &asked : item->endpoint);
}

static void set_connect_to(struct look *l, struct look_item *item)
{
        const char *to = l->asked.own.connect_to;

        if (!to && item->endpoint)
                to = item->endpoint->connect_to;
        if (!to) /* both were checked */
                return;
        addr_split_host_port(to, &item->connect_host, &item->connect_port);
        if (item->connect_port == 0)
                item->connect_port = item->target.port;
}

static int set_proxy(struct look *l, struct look_item *item)
{
        const struct look_options *o = l->options;
        const struct config_settings *its = item->endpoint ? item->endpoint->set : NULL;
        bool is_asked = l->asked.set.proxy || !its;
        const char *url = config_proxy(is_asked ? &l->asked.set : its);
        const char *auth = o->proxy_auth_file || is_asked ? o->proxy_auth_file
                                                          : its->proxy_auth_file;
        AUTO_FREE char *error = NULL;

        if (o->proxy_auth_file && !url)
                return args_error(l->command, "--proxy-auth-file: %s is asked without a proxy",
                                  item->text);
        if (url && (o->all_addresses || (its && its->all_addresses)))
                return args_error(l->command, "%s: all addresses cannot be had through a proxy, "
                                  "which chooses the address", item->text);
        if (url && ways_proxy(&l->ways, url, auth, &item->proxy, &error) < 0)
                return args_error(l->command, "%s", error);
        return EXIT_OK;
}

static int set_identity(struct look *l, struct look_item *item)
{
        const struct look_options *o = l->options;
        const struct config_settings *its = item->endpoint ? item->endpoint->set : NULL;
        struct identity_files files = { o->client_cert, o->client_key, o->client_passphrase_file };
        AUTO_FREE char *error = NULL;

        if (!files.cert && its) {
                files.cert = its->client_cert;
                files.key = its->client_key;
                if (!files.passphrase)
                        files.passphrase = its->client_passphrase_file;
        }
        if (!files.cert && files.passphrase)
                return args_error(l->command, "--client-passphrase-file without --client-cert "
                                  "means nothing");
        if (files.cert && ways_identity(&l->ways, &files, &item->identity, &error) < 0)
                return args_error(l->command, "%s", error);
        return EXIT_OK;
}

int look_way_set(struct look *l, struct look_item *item)
{
        if (item->target.kind == TARGET_FILE)
                return EXIT_OK;
        int status = set_starttls(l, item);

        set_alpn(l, item);
        set_connect_to(l, item);
        if (status == EXIT_OK)
                status = set_proxy(l, item);
        return status == EXIT_OK ? set_identity(l, item) : status;
}
