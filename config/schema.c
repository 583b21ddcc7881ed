/* SPDX-License-Identifier: Apache-2.0 */
/* The tables themselves; what a row means is in schema.h. */
#include "config/schema.h"

#include "common/base/addr.h"
#include "common/base/cleanup.h"
#include "common/base/lookup.h"
#include "config/model.h"
#include "config/template.h"

#include <assert.h>
#include <string.h>

#define S(n) (n)
#define MINUTES(n) ((n) * INT64_C(60))
#define DAYS(n) ((n) * INT64_C(86400))
#define NAME_MAX_BYTES 256
#define PATH_MAX_BYTES 4095
#define URL_MAX_BYTES 2048
#define ALPN_MAX_BYTES 1024
#define REASON_MAX_BYTES 500
#define CREDENTIAL(name) "$CREDENTIALS_DIRECTORY/credentials_" name /* as the unit loads them */
#define LAST_TIME_S INT64_C(253402300799) /* of the year 9999 */

#define AT(type_, member) .offset = offsetof(struct type_, member)
#define LIST(type_, list) AT(type_, list), .offset_n = offsetof(struct type_, n_##list)
#define WORDS(table) .words = (table), .n_words = ARRAY_LEN(table)
#define ROWS(table, what_) { .what = (what_), .rows = (table), .n = ARRAY_LEN(table) }

static const char *const IP_FAMILIES[] = {
        [ADDR_ANY] = "any",
        [ADDR_IPV4] = "4",
        [ADDR_IPV6] = "6",
};

static const char *const ADDRESSES[] = { "one", "all" };

static const char *const AIA_REACHES[AIA_REACH_COUNT] = {
        [AIA_OFF] = "off",
        [AIA_PUBLIC] = "public",
        [AIA_ANY] = "any",
};

/* The dialects of daemon/probe/dialogue.h; a test compares. */
static const char *const DIALECTS[] = {
        "smtp", "lmtp", "imap", "pop3", "ftp", "ldap", "xmpp", "xmpp-server", "postgres", "mysql",
        "nntp", "sieve", "irc",
};

/* syslog(3), without the kernel's. */
static const char *const FACILITIES[] = {
        "user",   "mail",   "daemon", "auth",   "syslog", "lpr",    "news",   "uucp",   "cron",
        "authpriv", "ftp",  "local0", "local1", "local2", "local3", "local4", "local5", "local6",
        "local7",
};

static const char *const TRANSPORTS[] = { "udp", "tcp", "tls" };
static const char *const MAIL_TLS[] = { "starttls", "tls", "none" };

const char *const SCHEMA_RECEIVER_KINDS[RECEIVER_KIND_COUNT] = {
        [RECEIVER_SYSLOG] = "syslog",
        [RECEIVER_JOURNALD] = "journald",
        [RECEIVER_WEBHOOK] = "webhook",
        [RECEIVER_ALERTMANAGER] = "alertmanager",
        [RECEIVER_SLACK] = "slack",
        [RECEIVER_TEAMS] = "teams",
        [RECEIVER_DISCORD] = "discord",
        [RECEIVER_PAGERDUTY] = "pagerduty",
        [RECEIVER_OPSGENIE] = "opsgenie",
        [RECEIVER_NTFY] = "ntfy",
        [RECEIVER_TEMPLATE] = "template",
        [RECEIVER_EXEC] = "exec",
        [RECEIVER_MAIL] = "mail",
};

static const char *const AT_LEAST[SEVERITY_COUNT] = {
        [SEVERITY_OK] = "any",
        [SEVERITY_INFO] = "info",
        [SEVERITY_WARNING] = "warning",
        [SEVERITY_ERROR] = "error",
};

static const char *const FROM_ON[SEVERITY_COUNT] = {
        [SEVERITY_OK] = "none",
        [SEVERITY_INFO] = "info",
        [SEVERITY_WARNING] = "warning",
        [SEVERITY_ERROR] = "error",
};

static const char *const WEEKDAYS[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };
static const char *const ZONES[] = { "local", "utc" };

const char *const SCHEMA_SEVERITIES[SEVERITY_COUNT] = {
        [SEVERITY_OK] = "ignore",
        [SEVERITY_INFO] = "info",
        [SEVERITY_WARNING] = "warning",
        [SEVERITY_ERROR] = "error",
};

/* --- endpoints -------------------------------------------------------------------------------- */

static const struct schema_row EXPIRY_ROWS[] = {
        { .key = "warning", .type = SCHEMA_THRESHOLD, AT(config_settings, policy.warning),
          .min = S(1), .max = DAYS(3650), .standard = "[20%, 30d]",
          .help = "Time left at which expiry becomes a warning; of two, the shorter counts." },
        { .key = "critical", .type = SCHEMA_THRESHOLD, AT(config_settings, policy.critical),
          .min = S(1), .max = DAYS(3650), .standard = "[7%, 7d]",
          .help = "Time left at which expiry becomes an error." },
};
static const struct schema EXPIRY = ROWS(EXPIRY_ROWS, "expiry");

#define OWN_ROWS 5 /* of one endpoint; the rest are settings, which endpoints share */

static const struct schema_row ENDPOINT_ROWS[] = {
        { .key = "target", .type = SCHEMA_TARGET, AT(config_endpoint_flat, own.target),
          .flags = SCHEMA_REQUIRED | SCHEMA_NO_DEFAULT,
          .example = "mail.example.com:2525",
          .help = "What to watch: host, host:port, scheme://host:port or file:/path." },
        { .key = "name", .type = SCHEMA_TEXT, AT(config_endpoint_flat, own.name), .min = 1,
          .max = NAME_MAX_BYTES, .flags = SCHEMA_NO_DEFAULT,
          .example = "mail of the branch",
          .help = "What people see, and the endpoint's identity; unless given, the target." },
        { .key = "server_name", .type = SCHEMA_HOST, AT(config_endpoint_flat, own.server_name),
          .example = "mx.example.com",
          .help = "Name to ask for (SNI) and to find in the certificate; unless given, the host." },
        { .key = "connect_to", .type = SCHEMA_HOST_PORT, AT(config_endpoint_flat, own.connect_to),
          .flags = SCHEMA_NET_ONLY,
          .example = "192.0.2.7:25",
          .help = "Where to connect instead of the target: host or host:port." },
        { .key = "starttls", .type = SCHEMA_WORD, AT(config_endpoint_flat, own.starttls),
          WORDS(DIALECTS), .flags = SCHEMA_NET_ONLY,
          .example = "smtp",
          .help = "What is spoken until TLS begins, of a target host:port without a scheme." },
        { .key = "interval", .type = SCHEMA_SPAN, AT(config_settings, interval_s),
          .min = S(1), .max = DAYS(30), .standard = "1h", .unit = "s",
          .help = "Time between two probes." },
        { .key = "retry", .type = SCHEMA_SPAN, AT(config_settings, retry_s),
          .min = S(1), .max = DAYS(1), .standard = "1m", .unit = "s",
          .flags = SCHEMA_NET_ONLY,
          .help = "How soon to look again after a network failure, at first." },
        { .key = "timeout", .type = SCHEMA_SPAN_MS, AT(config_settings, timeout_ms),
          .min = 100, .max = MINUTES(10) * 1000, .standard = "10s", .unit = "ms",
          .help = "Time for the whole probe." },
        { .key = "step_timeout", .type = SCHEMA_SPAN_MS, AT(config_settings, step_timeout_ms),
          .min = 100, .max = MINUTES(10) * 1000, .standard = "5s", .unit = "ms",
          .flags = SCHEMA_NET_ONLY,
          .help = "Time for each step of a probe: resolving, connecting, the handshake." },
        { .key = "ip", .type = SCHEMA_CHOICE, AT(config_settings, ip), WORDS(IP_FAMILIES),
          .standard = "any", .flags = SCHEMA_NET_ONLY,
          .help = "Which addresses of a name may be used." },
        { .key = "addresses", .type = SCHEMA_CHOICE, AT(config_settings, all_addresses),
          WORDS(ADDRESSES), .standard = "one", .flags = SCHEMA_NET_ONLY,
          .help = "Look at the first address that answers, or at all and compare them." },
        { .key = "alpn", .type = SCHEMA_ALPN, AT(config_settings, alpn), .max = ALPN_MAX_BYTES,
          .flags = SCHEMA_NET_ONLY,
          .example = "h2,http/1.1",
          .help = "Protocols to offer (RFC 7301); unless given, those of the target's scheme." },
        { .key = "proxy", .type = SCHEMA_PROXY, AT(config_settings, proxy), .max = URL_MAX_BYTES,
          .flags = SCHEMA_NET_ONLY,
          .example = "http://proxy.example.com:3128",
          .help = "Proxy on the way to the server, which resolves its name." },
        { .key = "proxy_auth_file", .type = SCHEMA_PATH, AT(config_settings, proxy_auth_file),
          .min = 1, .max = PATH_MAX_BYTES, .flags = SCHEMA_NET_ONLY,
          .example = CREDENTIAL("proxy"),
          .help = "File with one line user:password for the proxy." },
        { .key = "client_cert", .type = SCHEMA_PATH, AT(config_settings, client_cert), .min = 1,
          .max = PATH_MAX_BYTES, .flags = SCHEMA_NET_ONLY,
          .example = "/etc/notafter/client.pem",
          .help = "What to show to servers that ask for a certificate: PEM, or PKCS#12." },
        { .key = "client_key", .type = SCHEMA_PATH, AT(config_settings, client_key), .min = 1,
          .max = PATH_MAX_BYTES, .flags = SCHEMA_NET_ONLY,
          .example = CREDENTIAL("client.key"),
          .help = "Private key (PEM) of client_cert; unless given, it is in the same file." },
        { .key = "client_passphrase_file", .type = SCHEMA_PATH,
          AT(config_settings, client_passphrase_file), .min = 1, .max = PATH_MAX_BYTES,
          .flags = SCHEMA_NET_ONLY,
          .example = CREDENTIAL("client.passphrase"),
          .help = "File whose first line opens client_cert and client_key." },
        { .key = "failures", .type = SCHEMA_NUMBER, AT(config_settings, failures),
          .min = 1, .max = 100, .standard = "3", .unit = "probes",
          .flags = SCHEMA_NET_ONLY,
          .help = "Network failures in a row before they are a problem." },
        { .key = "ca_file", .type = SCHEMA_PATH, AT(config_settings, ca_file), .min = 1,
          .max = PATH_MAX_BYTES, .example = "/etc/ssl/company-ca.pem",
          .help = "Trust anchors (PEM) instead of the system's." },
        { .key = "intermediates_file", .type = SCHEMA_PATH,
          AT(config_settings, intermediates_file), .min = 1, .max = PATH_MAX_BYTES,
          .example = "/etc/ssl/intermediates.pem",
          .help = "Certificates (PEM) that may complete a path; they give no trust." },
        { .key = "aia", .type = SCHEMA_CHOICE, AT(config_settings, aia), WORDS(AIA_REACHES),
          .standard = "public",
          .help = "Where a missing issuer may be fetched: off (of files), public addresses, any." },
        { .key = "crl_file", .type = SCHEMA_PATH, AT(config_settings, crl_file), .min = 1,
          .max = PATH_MAX_BYTES,
          .example = "/etc/ssl/company.crl",
          .help = "Revocation lists (PEM or DER); a certificate they do not cover is refused." },
        { .key = "expiry", .type = SCHEMA_MAPPING, .rows = &EXPIRY,
          .help = "How early the end of a certificate is reported." },
        { .key = "resolve_sans", .type = SCHEMA_BOOL, AT(config_settings, resolve_sans),
          .standard = "false",
          .help = "Look up every name of the certificate, and report those that do not resolve." },
        { .key = "policy", .type = SCHEMA_POLICY, AT(config_settings, policy.severity),
          .example = "{ root-included: ignore }",
          .help = "Severity of single diagnoses: ignore, info, warning or error." },
        { .key = "labels", .type = SCHEMA_LABELS, AT(config_settings, labels),
          .offset_n = offsetof(struct config_settings, n_labels), .max = CONFIG_MAX_LABELS,
          .example = "{ team: web }",
          .help = "Free words that go into alerts; those of the defaults are added." },
};
const struct schema SCHEMA_ENDPOINT = ROWS(ENDPOINT_ROWS, "an endpoint");
const struct schema SCHEMA_SETTINGS = {
        .what = "settings",
        .rows = ENDPOINT_ROWS + OWN_ROWS,
        .n = ARRAY_LEN(ENDPOINT_ROWS) - OWN_ROWS,
};

/* --- receivers -------------------------------------------------------------------------------- */

#define TIMEOUT_ROW                                                                                \
        { .key = "timeout", .type = SCHEMA_SPAN_MS, AT(config_receiver, timeout_ms), .min = 100,   \
          .max = MINUTES(10) * 1000, .standard = "20s", .unit = "ms",                              \
          .help = "Time for one delivery." }

static const struct schema_row SYSLOG_ROWS[] = {
        { .key = "socket", .type = SCHEMA_PATH, AT(config_receiver, socket), .min = 1, .max = 107,
          .example = "/dev/log",
          .help = "Local socket of the log daemon; unless given, and without a server, /dev/log." },
        { .key = "server", .type = SCHEMA_HOST_PORT, AT(config_receiver, server),
          .example = "logs.example.com",
          .help = "Log server instead: host or host:port; the port is 514, or 6514 for TLS." },
        { .key = "transport", .type = SCHEMA_WORD, AT(config_receiver, transport),
          WORDS(TRANSPORTS), .example = "tls",
          .help = "How to the server; unless given, tls." },
        { .key = "ca_file", .type = SCHEMA_PATH, AT(config_receiver, ca_file), .min = 1,
          .max = PATH_MAX_BYTES, .example = "/etc/ssl/company-ca.pem",
          .help = "Trust anchors (PEM) for the server, not the system's." },
        { .key = "client_cert", .type = SCHEMA_PATH, AT(config_receiver, client_cert), .min = 1,
          .max = PATH_MAX_BYTES, .example = "/etc/notafter/client.pem",
          .help = "Certificates (PEM) to show to a server over TLS." },
        { .key = "client_key", .type = SCHEMA_PATH, AT(config_receiver, client_key), .min = 1,
          .max = PATH_MAX_BYTES,
          .example = CREDENTIAL("client.key"),
          .help = "Private key (PEM) of client_cert; unless given, it is in the same file." },
        TIMEOUT_ROW,
        { .key = "facility", .type = SCHEMA_WORD, AT(config_receiver, facility), WORDS(FACILITIES),
          .standard = "daemon", .help = "Facility of the messages." },
};
static const struct schema SYSLOG = ROWS(SYSLOG_ROWS, "syslog");

static const struct schema_row JOURNALD_ROWS[] = {
        { .key = "socket", .type = SCHEMA_PATH, AT(config_receiver, socket), .min = 1, .max = 107,
          .standard = "/run/systemd/journal/socket", .help = "Datagram socket of the journal." },
};
static const struct schema JOURNALD = ROWS(JOURNALD_ROWS, "journald");

/* Where to: an address that is a secret in itself stands in a file. */
#define URL_ROWS(example_, help_)                                                                  \
        { .key = "url", .type = SCHEMA_URL, AT(config_receiver, url), .min = 1,                    \
          .max = URL_MAX_BYTES, .flags = SCHEMA_ONE_OF, .example = (example_), .help = (help_) },  \
        { .key = "url_file", .type = SCHEMA_PATH, AT(config_receiver, url_file), .min = 1,         \
          .max = PATH_MAX_BYTES, .flags = SCHEMA_ONE_OF, .example = CREDENTIAL("url"),             \
          .help = "File with that URL." }

/* The same of a service that has one address for everybody. */
#define SERVICE_ROW(url_)                                                                          \
        { .key = "url", .type = SCHEMA_URL, AT(config_receiver, url), .min = 1,                    \
          .max = URL_MAX_BYTES, .standard = (url_), .help = "Address of the service." }

#define TOKEN_ROW(flags_, help_)                                                                   \
        { .key = "token_file", .type = SCHEMA_PATH, AT(config_receiver, token_file), .min = 1,     \
          .max = PATH_MAX_BYTES, .flags = (flags_), .example = CREDENTIAL("token"),                \
          .help = (help_) }

#define TRANSFER_ROWS                                                                              \
        { .key = "ca_file", .type = SCHEMA_PATH, AT(config_receiver, ca_file), .min = 1,           \
          .max = PATH_MAX_BYTES, .example = "/etc/ssl/company-ca.pem",                             \
          .help = "Trust anchors (PEM) for the receiver's own TLS." },                             \
        TIMEOUT_ROW

static const struct schema_row WEBHOOK_ROWS[] = {
        URL_ROWS("https://hooks.example.com/tls", "Where messages are posted."),
        { .key = "secret_file", .type = SCHEMA_PATH, AT(config_receiver, secret_file), .min = 1,
          .max = PATH_MAX_BYTES,
          .example = CREDENTIAL("webhook"),
          .help = "File with the signing secret, whsec_ and base64; without it, no signature." },
        TRANSFER_ROWS,
};
static const struct schema WEBHOOK = ROWS(WEBHOOK_ROWS, "webhook");

static const struct schema_row ALERTMANAGER_ROWS[] = {
        URL_ROWS("http://localhost:9093", "Its address, without /api: http://localhost:9093."),
        TOKEN_ROW(0, "File with a bearer token."),
        { .key = "resend", .type = SCHEMA_SPAN, AT(config_receiver, resend_s), .min = S(1),
          .max = DAYS(1), .standard = "1m", .unit = "s",
          .help = "How often what is open is sent again; after five times that it is forgotten." },
        TRANSFER_ROWS,
};
static const struct schema ALERTMANAGER = ROWS(ALERTMANAGER_ROWS, "alertmanager");

static const struct schema_row SLACK_ROWS[] = {
        URL_ROWS("https://hooks.slack.com/services/T0/B0/x", "Address of the incoming webhook."),
        TRANSFER_ROWS,
};
static const struct schema SLACK = ROWS(SLACK_ROWS, "slack");

static const struct schema_row TEAMS_ROWS[] = {
        URL_ROWS("https://example.logic.azure.com/workflows/x",
                 "Address of the workflow that posts to the channel."),
        TRANSFER_ROWS,
};
static const struct schema TEAMS = ROWS(TEAMS_ROWS, "teams");

static const struct schema_row DISCORD_ROWS[] = {
        URL_ROWS("https://discord.com/api/webhooks/0/x", "Address of the channel's webhook."),
        TRANSFER_ROWS,
};
static const struct schema DISCORD = ROWS(DISCORD_ROWS, "discord");

static const struct schema_row PAGERDUTY_ROWS[] = {
        SERVICE_ROW("https://events.pagerduty.com/v2/enqueue"),
        TOKEN_ROW(SCHEMA_REQUIRED, "File with the integration key (Events API v2)."),
        TRANSFER_ROWS,
};
static const struct schema PAGERDUTY = ROWS(PAGERDUTY_ROWS, "pagerduty");

static const struct schema_row OPSGENIE_ROWS[] = {
        SERVICE_ROW("https://api.opsgenie.com"),
        TOKEN_ROW(SCHEMA_REQUIRED, "File with the key of an API integration."),
        TRANSFER_ROWS,
};
static const struct schema OPSGENIE = ROWS(OPSGENIE_ROWS, "opsgenie");

static const struct schema_row NTFY_ROWS[] = {
        URL_ROWS("https://ntfy.sh/topic", "Address of the topic: https://ntfy.sh/topic."),
        TOKEN_ROW(0, "File with an access token."),
        TRANSFER_ROWS,
};
static const struct schema NTFY = ROWS(NTFY_ROWS, "ntfy");

static const struct schema_row TEMPLATE_ROWS[] = {
        URL_ROWS("https://hooks.example.com/tls", "Where it is posted."),
        { .key = "body", .type = SCHEMA_TEMPLATE, AT(config_receiver, body), .min = 1,
          .max = TEMPLATE_MAX_BYTES, .flags = SCHEMA_REQUIRED,
          .example = "'{\"text\": \"{{summary}}\"}'",
          .help = "What is posted: JSON, in whose strings {{summary}} and the like are replaced." },
        TOKEN_ROW(0, "File with what {{token}} stands for, or else with a bearer token."),
        TRANSFER_ROWS,
};
static const struct schema TEMPLATE = ROWS(TEMPLATE_ROWS, "template");

static const struct schema_row EXEC_ROWS[] = {
        { .key = "command", .type = SCHEMA_TEXTS, LIST(config_receiver, command), .max = 4095,
          .least = 1, .most = CONFIG_MAX_LISTED, .flags = SCHEMA_REQUIRED,
          .example = "[/usr/local/bin/tell, --loudly]",
          .help = "The program, by its whole path, and its arguments." },
        TIMEOUT_ROW,
};
static const struct schema EXEC = ROWS(EXEC_ROWS, "exec");

static const struct schema_row MAIL_ROWS[] = {
        { .key = "server", .type = SCHEMA_HOST_PORT, AT(config_receiver, server),
          .flags = SCHEMA_REQUIRED,
          .example = "mail.example.com",
          .help = "Mail server: host or host:port; the port is 587, 465 with tls, 25 with none." },
        { .key = "tls", .type = SCHEMA_WORD, AT(config_receiver, tls), WORDS(MAIL_TLS),
          .standard = "starttls", .help = "How TLS begins; none is for a server on this machine." },
        { .key = "from", .type = SCHEMA_MAIL, AT(config_receiver, from), .min = 3, .max = 254,
          .flags = SCHEMA_REQUIRED, .example = "notafter@example.com",
          .help = "Address of the sender." },
        { .key = "to", .type = SCHEMA_MAILS, LIST(config_receiver, to), .min = 3, .max = 254,
          .least = 1, .most = CONFIG_MAX_LISTED, .flags = SCHEMA_REQUIRED,
          .example = "ops@example.com",
          .help = "Addresses of those who get it." },
        { .key = "user", .type = SCHEMA_TEXT, AT(config_receiver, user), .min = 1, .max = 256,
          .example = "notafter",
          .help = "Name to log in with." },
        { .key = "password_file", .type = SCHEMA_PATH, AT(config_receiver, password_file),
          .min = 1, .max = PATH_MAX_BYTES, .example = CREDENTIAL("mail"),
          .help = "File whose first line is the password." },
        { .key = "ca_file", .type = SCHEMA_PATH, AT(config_receiver, ca_file), .min = 1,
          .max = PATH_MAX_BYTES, .example = "/etc/ssl/company-ca.pem",
          .help = "Trust anchors (PEM) for the server, not the system's." },
        { .key = "timeout", .type = SCHEMA_SPAN_MS, AT(config_receiver, timeout_ms), .min = 100,
          .max = MINUTES(10) * 1000, .standard = "1m", .unit = "ms",
          .help = "Time for one delivery; servers are slow on purpose." },
};
static const struct schema MAIL = ROWS(MAIL_ROWS, "mail");

static const struct schema_row RECEIVER_ROWS[] = {
        { .key = "name", .type = SCHEMA_TEXT, AT(config_receiver, name), .min = 1,
          .max = NAME_MAX_BYTES, .flags = SCHEMA_REQUIRED, .help = "Its name; unique." },
        { .key = "max_age", .type = SCHEMA_SPAN, AT(config_receiver, max_age_s),
          .min = MINUTES(1), .max = DAYS(30), .standard = "3d", .unit = "s",
          .help = "How long delivery of a message is tried." },
        { .key = "syslog", .type = SCHEMA_MAPPING, .rows = &SYSLOG, .flags = SCHEMA_ONE_OF,
          .help = "To the local log daemon." },
        { .key = "journald", .type = SCHEMA_MAPPING, .rows = &JOURNALD, .flags = SCHEMA_ONE_OF,
          .help = "To the systemd journal, with fields." },
        { .key = "webhook", .type = SCHEMA_MAPPING, .rows = &WEBHOOK, .flags = SCHEMA_ONE_OF,
          .help = "By HTTP POST, signed as Standard Webhooks." },
        { .key = "alertmanager", .type = SCHEMA_MAPPING, .rows = &ALERTMANAGER,
          .flags = SCHEMA_ONE_OF, .help = "To a Prometheus Alertmanager, by its API v2." },
        { .key = "slack", .type = SCHEMA_MAPPING, .rows = &SLACK, .flags = SCHEMA_ONE_OF,
          .help = "To a channel of Slack, or of what takes the same: Mattermost, Rocket.Chat." },
        { .key = "teams", .type = SCHEMA_MAPPING, .rows = &TEAMS, .flags = SCHEMA_ONE_OF,
          .help = "To a channel of Microsoft Teams, as an adaptive card." },
        { .key = "discord", .type = SCHEMA_MAPPING, .rows = &DISCORD, .flags = SCHEMA_ONE_OF,
          .help = "To a channel of Discord." },
        { .key = "pagerduty", .type = SCHEMA_MAPPING, .rows = &PAGERDUTY, .flags = SCHEMA_ONE_OF,
          .help = "To PagerDuty, by its Events API v2." },
        { .key = "opsgenie", .type = SCHEMA_MAPPING, .rows = &OPSGENIE, .flags = SCHEMA_ONE_OF,
          .help = "To Opsgenie, by its Alert API." },
        { .key = "ntfy", .type = SCHEMA_MAPPING, .rows = &NTFY, .flags = SCHEMA_ONE_OF,
          .help = "To a topic of ntfy." },
        { .key = "template", .type = SCHEMA_MAPPING, .rows = &TEMPLATE, .flags = SCHEMA_ONE_OF,
          .help = "By HTTP POST of JSON that is written here." },
        { .key = "exec", .type = SCHEMA_MAPPING, .rows = &EXEC, .flags = SCHEMA_ONE_OF,
          .help = "To a program, without a shell." },
        { .key = "mail", .type = SCHEMA_MAPPING, .rows = &MAIL, .flags = SCHEMA_ONE_OF,
          .help = "By mail." },
};
const struct schema SCHEMA_RECEIVER = ROWS(RECEIVER_ROWS, "a receiver");

/* --- who is told of what ---------------------------------------------------------------------- */


static const struct schema_row MATCH_ROWS[] = {
        { .key = "labels", .type = SCHEMA_LABELS, LIST(config_match, labels),
          .max = CONFIG_MAX_LABELS,
          .example = "{ team: web }",
          .help = "Labels that the endpoint has, all of them; in values, * and ? are wildcards." },
        { .key = "names", .type = SCHEMA_TEXTS, LIST(config_match, names), .min = 1,
          .max = NAME_MAX_BYTES, .least = 1, .most = CONFIG_MAX_LISTED,
          .example = "['*.example.com*']",
          .help = "Patterns, one of which fits the endpoint's name or target." },
        { .key = "codes", .type = SCHEMA_CODES, LIST(config_match, codes), .min = 1,
          .max = NAME_MAX_BYTES, .least = 1, .most = CONFIG_MAX_LISTED,
          .example = "['leaf-*']",
          .help = "Diagnoses, or patterns of them such as leaf-*." },
        { .key = "severity", .type = SCHEMA_CHOICE, AT(config_match, severity), WORDS(AT_LEAST),
          .standard = "any", .help = "As bad as that, or worse." },
};
const struct schema SCHEMA_MATCH = ROWS(MATCH_ROWS, "match");

#define REPEAT(type_, member, key_, help_, ...)                                                    \
        { .key = (key_), .type = SCHEMA_SPAN_OR_NEVER, AT(type_, member), .min = MINUTES(1),       \
          .max = DAYS(365), .unit = "s", .help = (help_), __VA_ARGS__ }

static const struct schema_row REPEAT_ROWS[] = {
        REPEAT(config, alerts.repeat_s[SEVERITY_WARNING], "warning", "Of warnings.",
               .standard = "7d"),
        REPEAT(config, alerts.repeat_s[SEVERITY_ERROR], "error", "Of errors.", .standard = "1d"),
};
static const struct schema REPEATS = ROWS(REPEAT_ROWS, "repeat");

static const struct schema_row ROUTE_REPEAT_ROWS[] = {
        REPEAT(config_route, repeat_s[SEVERITY_WARNING], "warning", "Of warnings.",
               .example = "never"),
        REPEAT(config_route, repeat_s[SEVERITY_ERROR], "error", "Of errors.", .example = "4h"),
};
static const struct schema ROUTE_REPEATS = ROWS(ROUTE_REPEAT_ROWS, "repeat");

static const struct schema_row QUIET_ROWS[] = {
        { .key = "from", .type = SCHEMA_CLOCK, AT(config_route, quiet.from_min), .min = 0,
          .max = 24 * 60 - 1, .flags = SCHEMA_REQUIRED, .example = "'22:00'",
          .help = "Time of day when it begins." },
        { .key = "to", .type = SCHEMA_CLOCK, AT(config_route, quiet.to_min), .min = 0,
          .max = 24 * 60, .flags = SCHEMA_REQUIRED,
          .example = "'07:00'",
          .help = "Time of day when it ends; before from, it is that of the next day." },
        { .key = "days", .type = SCHEMA_WORDS, AT(config_route, quiet.days), WORDS(WEEKDAYS),
          .least = 1, .most = ARRAY_LEN(WEEKDAYS),
          .example = "[fri, sat]",
          .help = "Days on which it begins; unless given, every day." },
        { .key = "zone", .type = SCHEMA_CHOICE, AT(config_route, quiet.utc), WORDS(ZONES),
          .standard = "local", .help = "Whose clock: the machine's, or UTC." },
        { .key = "except", .type = SCHEMA_CHOICE, AT(config_route, quiet.except), WORDS(FROM_ON),
          .standard = "none", .help = "What is as bad as that, or worse, is told all the same." },
};
static const struct schema QUIET = ROWS(QUIET_ROWS, "quiet");

static const struct schema_row ROUTE_ROWS[] = {
        { .key = "match", .type = SCHEMA_MAPPING, .rows = &SCHEMA_MATCH,
          .help = "Which problems it takes: all that is given must fit." },
        { .key = "receivers", .type = SCHEMA_RECEIVER_NAMES, LIST(config_route, receivers),
          .min = 1, .max = NAME_MAX_BYTES, .most = CONFIG_MAX_LISTED, .flags = SCHEMA_REQUIRED,
          .example = "[mail]",
          .help = "Who is told; of an empty list, nobody." },
        { .key = "continue", .type = SCHEMA_BOOL, AT(config_route, goes_on), .standard = "false",
          .help = "Ask the routes behind it, too." },
        { .key = "repeat", .type = SCHEMA_MAPPING, .rows = &ROUTE_REPEATS,
          .help = "How often it is told again; what is not given is as in alerts." },
        { .key = "quiet", .type = SCHEMA_MAPPING, .rows = &QUIET,
          .help = "When nobody wants to be told; it is told afterwards." },
};
const struct schema SCHEMA_ROUTE = ROWS(ROUTE_ROWS, "a route");

static const struct schema_row SILENCE_ROWS[] = {
        { .key = "match", .type = SCHEMA_MAPPING, .rows = &SCHEMA_MATCH, .flags = SCHEMA_REQUIRED,
          .help = "Which problems are not told: all that is given must fit." },
        { .key = "from", .type = SCHEMA_TIME, AT(config_silence, start_s), .min = 0,
          .max = LAST_TIME_S, .example = "2030-01-01",
          .help = "When it begins; unless given, it has begun." },
        { .key = "until", .type = SCHEMA_TIME, AT(config_silence, end_s), .min = 0,
          .max = LAST_TIME_S, .flags = SCHEMA_REQUIRED, .example = "2030-01-31",
          .help = "When it ends." },
        { .key = "reason", .type = SCHEMA_TEXT, AT(config_silence, reason), .min = 1,
          .max = REASON_MAX_BYTES, .flags = SCHEMA_REQUIRED,
          .example = "the old shop is being moved",
          .help = "Why; it is shown." },
};
const struct schema SCHEMA_SILENCE = ROWS(SILENCE_ROWS, "a silence");

static const struct schema_row FLAP_ROWS[] = {
        { .key = "opens", .type = SCHEMA_NUMBER, AT(config, alerts.flap_opens), .min = 2,
          .max = CONFIG_MAX_FLAP_OPENS, .standard = "4", .unit = "times",
          .help = "A problem that opens or gets worse so often is told as flapping." },
        { .key = "within", .type = SCHEMA_SPAN_OR_NEVER, AT(config, alerts.flap_within_s),
          .min = MINUTES(1), .max = DAYS(30), .standard = "1d", .unit = "s",
          .help = "The time in which it does." },
        { .key = "calm", .type = SCHEMA_SPAN, AT(config, alerts.flap_calm_s),
          .min = MINUTES(1), .max = DAYS(30), .standard = "6h", .unit = "s",
          .help = "How long nothing of it must change until it is resolved, or as it is." },
};
static const struct schema FLAP = ROWS(FLAP_ROWS, "flap");

static const struct schema_row ALERT_ROWS[] = {
        { .key = "receivers", .type = SCHEMA_RECEIVER_NAMES, AT(config, alerts.receivers),
          .offset_n = offsetof(struct config, alerts.n_receivers), .min = 1,
          .max = NAME_MAX_BYTES, .least = 1, .most = CONFIG_MAX_LISTED,
          .example = "[journal]",
          .help = "Who is told of what no route takes; unless given, everybody." },
        { .key = "repeat", .type = SCHEMA_MAPPING, .rows = &REPEATS,
          .help = "How often what lasts is told again." },
        { .key = "amend", .type = SCHEMA_SPAN, AT(config, alerts.amend_s), .min = S(30),
          .max = DAYS(1), .standard = "1h", .unit = "s",
          .help = "The longest that more endpoints of a known problem wait to be told." },
        { .key = "flap", .type = SCHEMA_MAPPING, .rows = &FLAP,
          .help = "When a problem that comes and goes is told as one." },
};
static const struct schema ALERTS = ROWS(ALERT_ROWS, "alerts");

/* --- signs of life ---------------------------------------------------------------------------- */

static const struct schema_row HEARTBEAT_ROWS[] = {
        { .key = "url", .type = SCHEMA_URL, AT(config, heartbeat.url), .min = 1,
          .max = URL_MAX_BYTES, .flags = SCHEMA_ONE_OF,
          .example = "https://heartbeat.example.com/notafter",
          .help = "Where it is posted." },
        { .key = "url_file", .type = SCHEMA_PATH, AT(config, heartbeat.url_file), .min = 1,
          .max = PATH_MAX_BYTES, .flags = SCHEMA_ONE_OF,
          .example = CREDENTIAL("heartbeat"),
          .help = "File with that URL." },
        { .key = "period", .type = SCHEMA_SPAN, AT(config, heartbeat.period_s), .min = S(1),
          .max = DAYS(1), .standard = "1m", .unit = "s", .help = "Time between two of them." },
        { .key = "ca_file", .type = SCHEMA_PATH, AT(config, heartbeat.ca_file), .min = 1,
          .max = PATH_MAX_BYTES, .example = "/etc/ssl/company-ca.pem",
          .help = "Trust anchors (PEM) for that URL's own TLS." },
        { .key = "timeout", .type = SCHEMA_SPAN_MS, AT(config, heartbeat.timeout_ms), .min = 100,
          .max = MINUTES(10) * 1000, .standard = "20s", .unit = "ms", .help = "Time for one." },
};
static const struct schema HEARTBEAT = ROWS(HEARTBEAT_ROWS, "heartbeat");

static const struct schema_row SUMMARY_ROWS[] = {
        { .key = "at", .type = SCHEMA_CLOCK, AT(config, summary.at_min), .min = 0,
          .max = 24 * 60 - 1, .flags = SCHEMA_REQUIRED, .example = "'08:00'",
          .help = "Time of day." },
        { .key = "zone", .type = SCHEMA_CHOICE, AT(config, summary.utc), WORDS(ZONES),
          .standard = "local", .help = "Whose clock: the machine's, or UTC." },
        { .key = "receivers", .type = SCHEMA_RECEIVER_NAMES, AT(config, summary.receivers),
          .offset_n = offsetof(struct config, summary.n_receivers), .min = 1,
          .max = NAME_MAX_BYTES, .least = 1, .most = CONFIG_MAX_LISTED, .flags = SCHEMA_REQUIRED,
          .example = "[mail]",
          .help = "Who gets it." },
};
static const struct schema SUMMARY = ROWS(SUMMARY_ROWS, "summary");

/* --- being seen ------------------------------------------------------------------------------- */

static const struct schema_row LISTEN_ROWS[] = {
        { .key = "address", .type = SCHEMA_ADDRESS, AT(config_listen, address), .min = 1,
          .max = 107, .flags = SCHEMA_REQUIRED, .example = "127.0.0.1:9219",
          .help = "Where; port 0 is any that is free." },
        { .key = "cert_file", .type = SCHEMA_PATH, AT(config_listen, cert_file), .min = 1,
          .max = PATH_MAX_BYTES, .example = "/etc/notafter/page.pem",
          .help = "Certificate and intermediates (PEM): it is https then." },
        { .key = "key_file", .type = SCHEMA_PATH, AT(config_listen, key_file), .min = 1,
          .max = PATH_MAX_BYTES, .example = CREDENTIAL("page.key"),
          .help = "The certificate's private key (PEM)." },
        { .key = "token_file", .type = SCHEMA_PATH, AT(config_listen, token_file), .min = 1,
          .max = PATH_MAX_BYTES, .example = CREDENTIAL("tokens"),
          .help = "Bearer tokens, one in a line; whoever asks needs one." },
        { .key = "password_file", .type = SCHEMA_PATH, AT(config_listen, password_file), .min = 1,
          .max = PATH_MAX_BYTES, .example = CREDENTIAL("passwords"),
          .help = "The same, as user:password; with both, either does." },
        { .key = "hosts", .type = SCHEMA_TEXTS, LIST(config_listen, hosts), .min = 1,
          .max = NAME_MAX_BYTES, .most = CONFIG_MAX_LISTED,
          .example = "[status.example.com]",
          .help = "Names it may be asked by; addresses and localhost are always allowed." },
};
const struct schema SCHEMA_LISTEN = ROWS(LISTEN_ROWS, "an address to listen at");

/* --- the file --------------------------------------------------------------------------------- */

static const struct schema_row LIMIT_ROWS[] = {
        { .key = "concurrency", .type = SCHEMA_NUMBER, AT(config, concurrency), .min = 1,
          .max = 20000, .standard = "1024", .unit = "probes", .help = "Probes in flight, in all." },
        { .key = "per_host", .type = SCHEMA_NUMBER, AT(config, per_host), .min = 1, .max = 1000,
          .standard = "4", .unit = "probes", .help = "Probes in flight to one host." },
        { .key = "address_rate", .type = SCHEMA_NUMBER, AT(config, address_rate), .min = 1,
          .max = 1000000, .standard = "10", .unit = "probes a second",
          .help = "Probes that begin at one IP address, however many names are behind it." },
};
static const struct schema LIMITS = ROWS(LIMIT_ROWS, "limits");

/* Of the standard, a scrape is some 25 MB: the most that one should be without being asked for. */
static const struct schema_row METRICS_ROWS[] = {
        { .key = "max_endpoints", .type = SCHEMA_NUMBER, AT(config, metrics.max_endpoints),
          .min = 0, .max = CONFIG_MAX_ENDPOINTS, .standard = "10000", .unit = "endpoints",
          .help = "So many have series of their own, the most urgent ones; 0 = none has." },
        { .key = "labels", .type = SCHEMA_TEXTS, AT(config, metrics.labels),
          .offset_n = offsetof(struct config, metrics.n_labels), .min = 1, .max = NAME_MAX_BYTES,
          .most = CONFIG_MAX_LABELS,
          .example = "[team]",
          .help = "Keys of labels that notafter_endpoint_info has, each as label_KEY." },
};
static const struct schema METRICS = ROWS(METRICS_ROWS, "metrics");

static const struct schema_row PROBE_ROWS[] = {
        { .key = "allow", .type = SCHEMA_TEXTS, AT(config, probe.allow),
          .offset_n = offsetof(struct config, probe.n_allow), .min = 1, .max = NAME_MAX_BYTES,
          .most = CONFIG_MAX_LISTED,
          .example = "['*.example.com:443']",
          .help = "Patterns of host:port that may be probed though no endpoint has them." },
};
static const struct schema PROBE = ROWS(PROBE_ROWS, "probe");

static const struct schema_row TOP_ROWS[] = {
        { .key = "endpoints", .type = SCHEMA_ENDPOINTS, AT(config, endpoints),
          .offset_n = offsetof(struct config, n_endpoints), .max = CONFIG_MAX_ENDPOINTS,
          .help = "What is watched: targets, or mappings that say more." },
        { .key = "defaults", .type = SCHEMA_DEFAULTS, .flags = SCHEMA_MAIN_ONLY,
          .help = "What holds for every endpoint that does not say otherwise." },
        { .key = "receivers", .type = SCHEMA_RECEIVERS, AT(config, receivers),
          .offset_n = offsetof(struct config, n_receivers), .max = CONFIG_MAX_RECEIVERS,
          .help = "Who is told." },
        { .key = "routes", .type = SCHEMA_ROUTES, LIST(config, routes), .most = CONFIG_MAX_ROUTES,
          .help = "Who is told of what: the first that takes a problem." },
        { .key = "silences", .type = SCHEMA_SILENCES, LIST(config, silences),
          .most = CONFIG_MAX_SILENCES, .help = "What nobody is told of for a while." },
        { .key = "alerts", .type = SCHEMA_MAPPING, .rows = &ALERTS, .flags = SCHEMA_MAIN_ONLY,
          .help = "What holds for all routes." },
        { .key = "heartbeat", .type = SCHEMA_MAPPING, .rows = &HEARTBEAT,
          .flags = SCHEMA_MAIN_ONLY,
          .help = "Who hears that all is well here, and raises the alarm when that stays out." },
        { .key = "summary", .type = SCHEMA_MAPPING, .rows = &SUMMARY, .flags = SCHEMA_MAIN_ONLY,
          .help = "A message a day: counts, what is open, and what ends next." },
        { .key = "metrics", .type = SCHEMA_MAPPING, .rows = &METRICS, .flags = SCHEMA_MAIN_ONLY,
          .help = "What /metrics says of single endpoints." },
        { .key = "probe", .type = SCHEMA_MAPPING, .rows = &PROBE, .flags = SCHEMA_MAIN_ONLY,
          .help = "What /probe looks at, besides the endpoints." },
        { .key = "include", .type = SCHEMA_INCLUDE, .min = 1, .max = PATH_MAX_BYTES,
          .help = "More files, or globs, from this file's folder, with more of the lists above." },
        { .key = "state", .type = SCHEMA_PATH, AT(config, state), .min = 1, .max = PATH_MAX_BYTES,
          .standard = "/var/lib/notafter", .flags = SCHEMA_MAIN_ONLY,
          .help = "Directory of what the daemon remembers." },
        { .key = "socket", .type = SCHEMA_PATH, AT(config, socket), .min = 1, .max = 107,
          .standard = "/run/notafter/notafter.sock", .flags = SCHEMA_MAIN_ONLY,
          .help = "Socket that `notafter status` asks." },
        { .key = "listen", .type = SCHEMA_LISTENS, LIST(config, listens),
          .most = CONFIG_MAX_LISTENS, .flags = SCHEMA_MAIN_ONLY,
          .help = "Where pages, metrics and API are served; unless given, 127.0.0.1:9219 and "
                  "/run/notafter/http.sock, as far as they can be had." },
        { .key = "workers", .type = SCHEMA_NUMBER_OR_AUTO, AT(config, workers), .min = 1, .max = 64,
          .standard = "auto", .unit = "threads", .flags = SCHEMA_MAIN_ONLY,
          .help = "Threads that probe; auto is one per processor." },
        { .key = "limits", .type = SCHEMA_MAPPING, .rows = &LIMITS, .flags = SCHEMA_MAIN_ONLY,
          .help = "How much happens at once." },
};
const struct schema SCHEMA_TOP = ROWS(TOP_ROWS, "a configuration file");

/* ---------------------------------------------------------------------------------------------- */

const struct schema_row *schema_find(const struct schema *s, const char *key)
{
        for (size_t i = 0; i < s->n; i++)
                if (strcmp(s->rows[i].key, key) == 0)
                        return &s->rows[i];
        return NULL;
}

const char *schema_nearest(const struct schema *s, const char *word)
{
        const char *names[SCHEMA_MAX_ROWS];

        assert(s->n <= SCHEMA_MAX_ROWS);
        for (size_t i = 0; i < s->n; i++)
                names[i] = s->rows[i].key;
        return lookup_nearest(names, s->n, word);
}
