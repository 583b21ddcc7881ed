/* SPDX-License-Identifier: Apache-2.0 */
/* What a message is called, how urgent it is, and its text. The contract is in message.h. */
#include "daemon/alert/message.h"

#include "daemon/alert/excerpt.h"

#include "common/base/lookup.h"
#include "common/base/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static const char *const KINDS[MESSAGE_KIND_COUNT] = {
        [MESSAGE_OPENED]   = "opened",
        [MESSAGE_WORSENED] = "worsened",
        [MESSAGE_IMPROVED] = "improved",
        [MESSAGE_RESOLVED] = "resolved",
        [MESSAGE_REPLACED] = "replaced",
        [MESSAGE_AMENDED]  = "amended",
        [MESSAGE_REMINDER] = "reminder",
        [MESSAGE_TEST]     = "test",
        [MESSAGE_SUMMARY]  = "summary",
};

const char *message_kind_str(enum message_kind k)
{
        assert(k < MESSAGE_KIND_COUNT);
        return KINDS[k];
}

int message_kind_parse(const char *name, enum message_kind *ret)
{
        int i = lookup_index(KINDS, MESSAGE_KIND_COUNT, name);

        if (i < 0)
                return -EINVAL;
        *ret = (enum message_kind)i;
        return 0;
}

static const char *const SEVERITIES[SEVERITY_COUNT] = {
        [SEVERITY_OK]      = "ok",
        [SEVERITY_INFO]    = "info",
        [SEVERITY_WARNING] = "warning",
        [SEVERITY_ERROR]   = "critical",
};

static const int PRIORITIES[SEVERITY_COUNT] = {
        [SEVERITY_OK]      = 5, /* notice: normal, but worth knowing */
        [SEVERITY_INFO]    = 6,
        [SEVERITY_WARNING] = 4,
        [SEVERITY_ERROR]   = 2,
};

const char *message_severity_str(enum severity s)
{
        return SEVERITIES[s];
}

int message_severity_parse(const char *name, enum severity *ret)
{
        int i = lookup_index(SEVERITIES, SEVERITY_COUNT, name);

        if (i < 0)
                return -EINVAL;
        *ret = (enum severity)i;
        return 0;
}

bool message_has_code(const struct message *m)
{
        return m->kind != MESSAGE_TEST && m->kind != MESSAGE_SUMMARY;
}

const char *message_code(const struct message *m)
{
        return message_has_code(m) ? FINDINGS[m->code].name : message_kind_str(m->kind);
}

int message_priority(const struct message *m)
{
        return PRIORITIES[m->kind == MESSAGE_RESOLVED ? SEVERITY_OK : m->severity];
}

void message_id_new(char out[static MESSAGE_ID_SIZE])
{
        static const char DIGITS[] = "0123456789abcdef";
        unsigned char bytes[16];
        ssize_t n = getrandom(bytes, sizeof(bytes), 0);

        assert(n == (ssize_t)sizeof(bytes)); /* promised by getrandom(2) for 256 bytes and less */
        (void)n;
        strcpy(out, "msg_");
        for (size_t i = 0; i < sizeof(bytes); i++) {
                out[4 + 2 * i] = DIGITS[bytes[i] >> 4];
                out[5 + 2 * i] = DIGITS[bytes[i] & 15];
        }
        out[4 + 2 * sizeof(bytes)] = '\0';
}

void message_done(struct message *m)
{
        free(m->endpoint);
        free(m->name);
        free(m->target);
        free(m->summary);
        free(m->remedy);
        free(m->evidence);
        free(m->fingerprint);
        free(m->missing_pem);
        free(m->group);
        for (size_t i = 0; i < m->n_labels; i++) {
                free(m->labels[i].key);
                free(m->labels[i].value);
        }
        free(m->labels);
        for (size_t i = 0; i < m->n_members; i++) {
                free(m->members[i].endpoint);
                free(m->members[i].name);
                free(m->members[i].target);
        }
        free(m->members);
        *m = (struct message){ 0 };
}
