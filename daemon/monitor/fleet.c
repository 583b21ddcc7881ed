/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in fleet.h. */
#include "daemon/monitor/fleet.h"

#include "common/base/buf.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "common/cert/crls.h"
#include "common/cert/trust.h"
#include "config/arena.h"
#include "config/model.h"
#include "daemon/monitor/aims.h"
#include "daemon/monitor/descriptors.h"
#include "daemon/monitor/limiter.h"
#include "daemon/monitor/pace.h"
#include "daemon/monitor/roster.h"
#include "daemon/monitor/schedule.h"
#include "daemon/monitor/sighting.h"
#include "daemon/probe/proxy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ERRORS_MAX_BYTES 65536

/* A pipe or a terminal would keep the main loop waiting for whoever is at the other end. */
static int check_regular(const char *path, char **ret_error)
{
        struct stat st;

        if (!path || stat(path, &st) < 0 || S_ISREG(st.st_mode))
                return 0;
        *ret_error = mem_printf("%s is not a regular file", path);
        return -EINVAL;
}

/* What came of reading a file that @e names: @r, and words about it or NULL. */
static void tell(const struct config_endpoint *e, int r, const char *words, struct buf *errors)
{
        if (r < 0)
                buf_printf(errors, "%s%s:%d:%d: endpoint %s: %s", errors->len ? "\n" : "", e->file,
                           e->line, e->column, e->name, words);
        else if (words)
                log_warning("endpoint %s: ignoring what cannot be read: %s", e->name, words);
}

/* The set of a file, read once for all endpoints that name it; NULL when it cannot be read. */
static struct trust *trust_of(struct fleet *f, const char *path, const struct config_endpoint *e,
                              struct buf *errors)
{
        struct trust *trust = NULL;
        AUTO_FREE char *words = NULL;

        for (size_t i = 0; i < f->n_trust_files; i++)
                if (text_same(f->trust_files[i].path, path))
                        return f->trust_files[i].trust;
        int r = check_regular(path, &words);

        if (r == 0)
                r = trust_load(&trust, path, &words);
        tell(e, r, words, errors);
        f->trust_files = mem_resize(f->trust_files, f->n_trust_files + 1, sizeof(*f->trust_files));
        f->trust_files[f->n_trust_files++] = (struct trust_file){ path, trust };
        return trust;
}

/* The same of revocation lists. */
static struct crls *crls_of(struct fleet *f, const char *path, const struct config_endpoint *e,
                            struct buf *errors)
{
        struct crls *crls = NULL;
        AUTO_FREE char *words = NULL;

        for (size_t i = 0; i < f->n_crl_files; i++)
                if (strcmp(f->crl_files[i].path, path) == 0)
                        return f->crl_files[i].crls;
        int r = check_regular(path, &words);

        if (r == 0)
                r = crls_load(&crls, path, &words);
        tell(e, r, words, errors);
        f->crl_files = mem_resize(f->crl_files, f->n_crl_files + 1, sizeof(*f->crl_files));
        f->crl_files[f->n_crl_files++] = (struct crl_file){ path, crls };
        return crls;
}

static const struct proxy *proxy_of(struct fleet *f, const struct config_endpoint *e,
                                    struct buf *errors)
{
        const char *url = config_proxy(e->set);
        const struct proxy *proxy = NULL;
        AUTO_FREE char *words = NULL;

        if (!url)
                return NULL;
        int r = ways_proxy(&f->ways, url, e->set->proxy_auth_file, &proxy, &words);

        tell(e, r, words, errors);
        return proxy;
}

static const struct identity *identity_of(struct fleet *f, const struct config_endpoint *e,
                                          struct buf *errors)
{
        const struct identity_files files = {
                .cert = e->set->client_cert,
                .key = e->set->client_key,
                .passphrase = e->set->client_passphrase_file,
        };
        const struct identity *identity = NULL;
        AUTO_FREE char *words = NULL;

        if (!files.cert)
                return NULL;
        int r = ways_identity(&f->ways, &files, &identity, &words);

        tell(e, r, words, errors);
        return identity;
}

static int by_id(const void *a, const void *b)
{
        const struct member *x = a, *y = b;

        return strcmp(x->cfg->id, y->cfg->id);
}

/* What only so many at once may ask: a file is asked by nobody else. */
static const char *host_of(const struct member *m)
{
        const struct target *t = &m->cfg->target;

        return m->connect_host ? m->connect_host : t->host ? t->host : t->path ? t->path : "";
}

static void member_init(struct member *m, struct fleet *f, const struct config_endpoint *e,
                        struct buf *errors)
{
        struct addr literal;
        char *host = NULL;

        *m = (struct member){ .fleet = f, .cfg = e, .slow = true, .seed = schedule_seed(e->id) };
        if (e->connect_to) /* the loader has checked it, and added a port if there was none */
                addr_split_host_port(e->connect_to, &host, &m->connect_port);
        m->connect_host = arena_adopt(f->arena, host);
        m->anchors = trust_of(f, e->set->ca_file, e, errors);
        if (e->set->intermediates_file)
                m->extra = trust_of(f, e->set->intermediates_file, e, errors);
        if (e->set->crl_file)
                m->crls = crls_of(f, e->set->crl_file, e, errors);
        m->proxy = proxy_of(f, e, errors);
        m->identity = identity_of(f, e, errors);
        if (addr_parse_ip(host_of(m), 0, &literal))
                m->address_key = pace_key(&literal);
        else if (m->proxy) /* which alone knows the address */
                m->address_key = pace_name_key(host_of(m));
}

static int by_host(const void *a, const void *b)
{
        const struct member *x = *(struct member *const *)a, *y = *(struct member *const *)b;

        return strcmp(host_of(x), host_of(y));
}

/* Numbers hosts and files by sorting the endpoints by them, and makes what knows them by number. */
static void number_hosts(struct fleet *f)
{
        struct member **sorted = mem_new0(f->n, sizeof(struct member *));
        uint32_t *host = mem_new0(f->n, sizeof(*host)), hosts = 0;

        for (size_t i = 0; i < f->n; i++)
                sorted[i] = &f->members[i];
        if (f->n)
                qsort(sorted, f->n, sizeof(struct member *), by_host);
        for (size_t i = 0; i < f->n; i++) {
                if (i > 0 && strcmp(host_of(sorted[i]), host_of(sorted[i - 1])) != 0)
                        hosts++;
                sorted[i]->host = host[sorted[i] - f->members] = hosts;
        }
        f->limiter = limiter_new(host, f->n, (size_t)hosts + 1, (size_t)f->concurrency,
                                 (size_t)f->config->per_host);
        f->failing = mem_new0((size_t)hosts + 1, sizeof(*f->failing));
        free(sorted);
        free(host);
}

size_t fleet_workers(const struct config *config)
{
        long cores = sysconf(_SC_NPROCESSORS_ONLN);

        return config->workers > 0 ? (size_t)config->workers : cores > 0 ? (size_t)cores : 1;
}

int fleet_new(struct fleet **ret, struct config *config, char **ret_error)
{
        struct fleet *f = mem_new0(1, sizeof(*f));
        struct buf errors = BUF_INIT(ERRORS_MAX_BYTES);

        f->config = config_ref(config);
        f->arena = arena_new();
        f->members = mem_new0(config->n_endpoints, sizeof(*f->members));
        for (size_t i = 0; i < config->n_endpoints; i++)
                member_init(&f->members[f->n++], f, &config->endpoints[i], &errors);
        if (config->probe.n_allow > 0)
                member_init(&f->guest, f, &config->probe.as, &errors);
        if (errors.len > 0) {
                *ret_error = buf_steal(&errors);
                fleet_free(f);
                return -EINVAL;
        }
        buf_done(&errors);
        if (f->n)
                qsort(f->members, f->n, sizeof(*f->members), by_id);
        f->aims = aims_new(f);
        f->schedule = schedule_new(f->n);
        f->held_up = schedule_new(f->n);
        f->looked_at = schedule_new(f->n);
        f->concurrency = descriptors_concurrency(config, fleet_workers(config), &f->warning);
        f->pace = pace_new(config->address_rate);
        number_hosts(f);
        *ret = f;
        return 0;
}

void fleet_free(struct fleet *f)
{
        if (!f)
                return;
        for (size_t i = 0; i < f->n; i++) {
                endpoint_state_done(&f->members[i].state);
                sighting_free(f->members[i].sighting);
        }
        for (size_t i = 0; i < f->n_trust_files; i++)
                trust_unref(f->trust_files[i].trust);
        for (size_t i = 0; i < f->n_crl_files; i++)
                crls_unref(f->crl_files[i].crls);
        ways_done(&f->ways);
        aims_free(f->aims);
        schedule_free(f->schedule);
        schedule_free(f->held_up);
        schedule_free(f->looked_at);
        limiter_free(f->limiter);
        pace_free(f->pace);
        free(f->failing);
        roster_free(f->roster);
        free(f->unsaved);
        free(f->warning);
        free(f->members);
        arena_free(f->arena);
        free(f->trust_files);
        free(f->crl_files);
        config_unref(f->config);
        free(f);
}

static bool same_trust(const struct trust *a, const struct trust *b)
{
        if (!a || !b)
                return a == b;
        return memcmp(trust_digest(a), trust_digest(b), TRUST_DIGEST_BYTES) == 0;
}

static bool same_lists(const struct crls *a, const struct crls *b)
{
        if (!a || !b)
                return a == b;
        return memcmp(crls_digest(a), crls_digest(b), CRLS_DIGEST_BYTES) == 0;
}

bool fleet_same_member(const struct member *a, const struct member *b)
{
        return config_endpoint_equal(a->cfg, b->cfg) && same_trust(a->anchors, b->anchors) &&
               same_trust(a->extra, b->extra) && same_lists(a->crls, b->crls) &&
               proxy_same(a->proxy, b->proxy) && identity_same(a->identity, b->identity);
}

enum lane member_lane(const struct member *m)
{
        if (m->cfg->target.kind == TARGET_FILE)
                return LANE_FILES;
        return m->slow ? LANE_SLOW : LANE_QUICK;
}

static int compare_id(const void *id, const void *member)
{
        return strcmp(id, ((const struct member *)member)->cfg->id);
}

struct member *fleet_find(const struct fleet *f, const char *id)
{
        return f->n == 0 ? NULL
                         : bsearch(id, f->members, f->n, sizeof(*f->members), compare_id);
}

void fleet_request(const struct member *m, struct exam_request *ret)
{
        const struct config_endpoint *e = m->cfg;

        *ret = (struct exam_request){
                .probe = {
                        .host = host_of(m),
                        .port = m->connect_host ? m->connect_port : e->target.port,
                        .server_name = e->server_name,
                        .starttls = config_starttls(e),
                        .alpn = config_alpn(e),
                        .proxy = m->proxy,
                        .identity = m->identity,
                        .family = e->set->ip,
                        .timeout_ms = e->set->timeout_ms,
                        .step_timeout_ms = e->set->step_timeout_ms,
                },
                .reference = e->server_name,
                .anchors = m->anchors,
                .pools = { .configured = m->extra },
                .crls = m->crls,
                .policy = &e->set->policy,
                .resolve_sans = e->set->resolve_sans,
                .all_addresses = e->set->all_addresses,
                .file = e->target.path,
        };
}
