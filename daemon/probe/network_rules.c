/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in network_rules.h. */
#include "daemon/probe/network_rules.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/cert/validate.h"
#include "daemon/probe/examine.h"
#include "daemon/probe/places.h"
#include "daemon/probe/proxy.h"

#include <stdlib.h>
#include <string.h>

/* The sentence is "<lead> <whom>: <the peer's or the system's words>." */
static const struct network_finding {
        enum finding_code code;
        const char *lead;
        bool names_port;
        const char *remedy;
        enum finding_scope scope;
} NETWORK_FINDINGS[PROBE_OUTCOME_COUNT] = {
        [PROBE_OK] = { .code = FINDING_COUNT },
        [PROBE_DNS_FAILED] = {
                FINDING_DNS_FAILED, "Cannot resolve", false,
                "Correct the name, or create its address record in DNS.",
        },
        [PROBE_DNS_TIMEOUT] = {
                FINDING_DNS_FAILED, "Cannot resolve", false,
                "Check that the name servers in /etc/resolv.conf answer this host, and those of "
                "the domain answer them.",
                FINDING_OF_RESOLVER,
        },
        [PROBE_CONNECT_REFUSED] = {
                FINDING_CONNECT_REFUSED, "Cannot connect to", true,
                "Start the service that should listen there, or correct the address or the port; a "
                "firewall may also refuse.",
        },
        [PROBE_CONNECT_FAILED] = {
                FINDING_CONNECT_FAILED, "Cannot connect to", true,
                "Check the address and the route to it from this host: nobody may have it, or a "
                "router or firewall on the way may refuse.",
                FINDING_OF_NETWORK,
        },
        [PROBE_CONNECT_TIMEOUT] = {
                FINDING_CONNECT_TIMEOUT, "Cannot connect to", true,
                "Check that the host is up and that no firewall drops the packets of this one.",
                FINDING_OF_NETWORK,
        },
        [PROBE_PROXY_FAILED] = {
                FINDING_CONNECT_FAILED, "Cannot connect to", true,
                "Check the proxy, its address and what it allows: it says nothing of the server.",
        },
        [PROBE_PROXY_TIMEOUT] = {
                FINDING_CONNECT_TIMEOUT, "Cannot connect to", true,
                "Check that the proxy is up and reaches the server.",
        },
        [PROBE_STARTTLS_FAILED] = {
                FINDING_STARTTLS_UNAVAILABLE, "No STARTTLS with", true,
                "Configure certificate and key in the server and enable STARTTLS; or use the "
                "scheme that this port speaks.",
        },
        [PROBE_STARTTLS_INJECTED] = {
                FINDING_STARTTLS_UNAVAILABLE, "No STARTTLS with", true,
                "Update the server, which answers in the clear what belongs under TLS; or look who "
                "on the way adds to what it says.",
        },
        [PROBE_STARTTLS_TIMEOUT] = {
                FINDING_STARTTLS_UNAVAILABLE, "No STARTTLS with", true,
                "Check that this port speaks the protocol of the scheme, and not TLS from the "
                "first byte.",
        },
        [PROBE_HANDSHAKE_FAILED] = {
                FINDING_HANDSHAKE_FAILED, "No TLS handshake with", true,
                "Look for the same moment in the server's log; check that this port speaks TLS "
                "from the first byte and serves this name.",
        },
        [PROBE_HANDSHAKE_TIMEOUT] = {
                FINDING_HANDSHAKE_TIMEOUT, "No TLS handshake with", true,
                "Check that this port speaks TLS from the first byte and that the server is not "
                "overloaded.",
        },
        [PROBE_LOCAL] = {
                FINDING_RESOURCE_LIMIT, "This host could not look at", true,
                "It says nothing of the server: raise the limits of this process (descriptors, "
                "memory) or probe less at once.",
        },
};

/*
 * "example.com:443 (192.0.2.1:443)"; an address that says the same is left out, and so is that of a
 * proxy, which would be taken for the server's.
 */
static char *name_peer(const struct probe_request *req, const struct probe_result *result)
{
        char address[ADDR_STR_MAX];
        struct addr literal;

        if (addr_parse_ip(req->host, req->port, &literal))
                return mem_strdup(addr_str(&literal, address));
        if (result->address.len == 0 || req->proxy)
                return mem_printf("%s:%u", req->host, req->port);
        return mem_printf("%s:%u (%s)", req->host, req->port, addr_str(&result->address, address));
}

static char *network_message(const struct probe_request *req, const struct probe_result *result)
{
        const struct network_finding *row = &NETWORK_FINDINGS[result->outcome];
        AUTO_FREE char *peer = row->names_port ? name_peer(req, result) : mem_strdup(req->host);
        bool blamed = result->outcome == PROBE_PROXY_FAILED ||
                      result->outcome == PROBE_PROXY_TIMEOUT; /* the detail names it */
        const char *proxy = req->proxy && !blamed ? req->proxy->name : NULL;

        return mem_printf("%s %s%s%s: %s.", row->lead, peer, proxy ? " through proxy " : "",
                          proxy ? proxy : "", result->detail);
}

/* What providers block on its way out, so that only relays speak to the port of mail. */
static const char *remedy_for(const struct probe_request *req, enum probe_outcome outcome)
{
        bool silent = outcome == PROBE_CONNECT_TIMEOUT || outcome == PROBE_CONNECT_FAILED;

        if (silent && req->port == 25)
                return "Check that the host is up; many networks and providers block port 25 on "
                       "its way out: ask yours to open it for this host, or look at the server on "
                       "another port, by submission:// (587) or smtps:// (465).";
        return NETWORK_FINDINGS[outcome].remedy;
}

enum finding_code network_rules_code(enum probe_outcome outcome)
{
        return NETWORK_FINDINGS[outcome].code;
}

void network_rules_judge(const struct probe_request *req, const struct probe_result *seen,
                         const struct policy *policy, struct verdict *v)
{
        const struct network_finding *row = &NETWORK_FINDINGS[seen->outcome];

        if (seen->outcome == PROBE_OK)
                return;
        struct finding f = {
                .code = row->code, .severity = FINDINGS[row->code].severity, .scope = row->scope,
                .position = FINDING_NO_POSITION,
                .message = network_message(req, seen),
                .remedy = mem_strdup(remedy_for(req, seen->outcome)),
        };

        verdict_take(v, &f, policy);
}

/* Without how long it took, "(waited 5001 ms)", which is never the same. */
static int reason_bytes(const struct probe_result *seen)
{
        const char *waited = strstr(seen->detail, " (waited ");

        return (int)(waited ? (size_t)(waited - seen->detail) : strlen(seen->detail));
}

static bool same_reason(const struct probe_result *a, const struct probe_result *b)
{
        int n = reason_bytes(a);

        return a->outcome == b->outcome && n == reason_bytes(b) &&
               memcmp(a->detail, b->detail, (size_t)n) == 0;
}

static bool any_answers(const struct exam_report *each, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (each[i].probe.outcome == PROBE_OK)
                        return true;
        return false;
}

static bool all_ipv6(const struct places *p)
{
        for (size_t i = 0; i < p->n; i++)
                if (p->in[i] && p->each[i].probe.address.sa.sa_family != AF_INET6)
                        return false;
        return true;
}

static const char *remedy_of(const struct probe_request *req, const struct places *p,
                             enum probe_outcome outcome)
{
        if (outcome == PROBE_CONNECT_FAILED && all_ipv6(p))
                return "Check the address and the route to it from this host; if this host has no "
                       "IPv6, leave those addresses out (ip: 4, or check --ipv4).";
        return remedy_for(req, outcome);
}

static void tell_places(const struct probe_request *req, const struct places *p,
                        const struct probe_result *seen, const struct policy *policy,
                        struct verdict *v)
{
        const struct network_finding *row = &NETWORK_FINDINGS[seen->outcome];
        bool others_answer = any_answers(p->each, p->n);
        AUTO_FREE char *some = places_str(p);
        AUTO_FREE char *all = mem_printf("any of its %zu addresses", p->n);
        struct finding f = {
                .code = row->code, .severity = FINDINGS[row->code].severity, .scope = row->scope,
                .position = FINDING_NO_POSITION,
                .remedy = mem_strdup(remedy_of(req, p, seen->outcome)),
        };

        if (others_answer && f.severity > SEVERITY_WARNING)
                f.severity = SEVERITY_WARNING;
        finding_set(&f.message, "%s %s:%u at %s: %.*s.%s", row->lead, req->host, req->port,
                    places_count(p) == p->n ? all : some, reason_bytes(seen), seen->detail,
                    others_answer ? " Others answer." : "");
        places_tell(p, &f);
        verdict_take(v, &f, policy);
}

void network_rules_judge_each(const struct probe_request *req, const struct exam_report *each,
                              size_t n, const struct policy *policy, struct verdict *v)
{
        bool *told = mem_new0(n, sizeof(*told)), *in = mem_new0(n, sizeof(*in));

        for (size_t i = 0; i < n; i++) {
                const struct probe_result *seen = &each[i].probe;

                if (told[i] || seen->outcome == PROBE_OK)
                        continue;
                for (size_t j = 0; j < n; j++) {
                        in[j] = same_reason(seen, &each[j].probe);
                        told[j] |= in[j];
                }
                tell_places(req, &(struct places){ each, n, in }, seen, policy, v);
        }
        free(told);
        free(in);
}
