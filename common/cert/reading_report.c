/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in reading.h: what is said of files, and what to do about it. */
#include "common/cert/reading.h"

#include "common/base/mem.h"
#include "common/cert/sniff.h"

static struct finding *problem(struct reading *r, enum finding_code code, int line)
{
        struct finding *f = finding_add(&r->chain->problems, code);

        finding_fact(f, "file", "%s", r->name);
        if (line > 0)
                finding_fact(f, "line", "%d", line);
        return f;
}

void reading_report_repair(struct reading *r, const char *what, int line)
{
        struct finding *f = problem(r, FINDING_INPUT_PEM_MALFORMED, line);

        finding_set(&f->message, "%s was readable only after repair (%s, line %d).", r->name, what,
                    line);
        if (r->utf16)
                finding_set(&f->remedy, "Save it as plain text (iconv -f UTF-16 -t ASCII %s); "
                            "servers built on OpenSSL will not load this file as it is.",
                            r->command);
        else
                finding_set(&f->remedy, "Put every BEGIN and END line on a line of its own and "
                            "remove the rest; servers built on OpenSSL will not load this file as "
                            "it is.");
}

/* @line 0: the file has no lines. */
void reading_report_damaged(struct reading *r, int line, const char *reason)
{
        struct finding *f = problem(r, FINDING_INPUT_UNPARSEABLE, line);
        AUTO_FREE char *where = line > 0 ? mem_printf(", at line %d,", line) : mem_strdup("");

        f->position = chain_skip(r->chain);
        finding_set(&f->message, "Certificate %d of %s%s is damaged (%s).", f->position + 1,
                    r->name, where, reason);
        finding_set(&f->remedy, "Fetch it again from the CA; the file may be cut short.");
}

void reading_report_over_limit(struct reading *r)
{
        struct finding *f = problem(r, FINDING_RESOURCE_LIMIT, 0);

        r->full = true;
        finding_set(&f->message, "%s holds more than %zu certificates.", r->name,
                    r->options.max_certs);
        finding_set(&f->remedy, "Leave only the server certificate and its intermediates in it.");
}

void reading_report_converted(struct reading *r, const char *format, const char *openssl)
{
        if (finding_find(&r->chain->problems, FINDING_INPUT_FORMAT_CONVERTED))
                return;
        struct finding *f = problem(r, FINDING_INPUT_FORMAT_CONVERTED, 0);

        finding_fact(f, "format", "%s", format);
        finding_set(&f->message, "%s is %s, not a chain of PEM certificates.", r->name, format);
        finding_set(&f->remedy, "Convert it (openssl %s -in %s -out chain.pem).", openssl,
                    r->command);
}

static const char *const NOT_COMPARED[KEY_OUTCOME_COUNT] = {
        [KEY_READ] = "",
        [KEY_LOCKED] = "it is encrypted, and no passphrase was given",
        [KEY_WRONG_PASSPHRASE] = "it is encrypted, and the passphrase is wrong",
        [KEY_TOO_COSTLY] = "it is encrypted, and asks for too much computing",
        [KEY_UNREADABLE] = "it is damaged, or no RSA, EC or EdDSA key",
};

void reading_report_key_present(struct reading *r)
{
        struct finding *f = problem(r, FINDING_INPUT_PRIVATE_KEY_PRESENT, r->keys[0].line);
        const char *readers = r->mode & 004 ? "everybody" : r->mode & 040 ? "its group" : NULL;

        finding_set(&f->message, "%s also holds a private key.", r->name);
        if (readers)
                finding_set(&f->remedy, "Keep keys in a file of their own, mode 0600; this one has "
                            "mode %04o and lets %s read the key.", r->mode, readers);
        else
                finding_set(&f->remedy, "Keep keys in a file of their own, mode 0600.");
        for (size_t i = 0; i < r->n_keys; i++)
                if (r->keys[i].outcome != KEY_READ) {
                        finding_set(&f->evidence, "The key at line %d was not compared with the "
                                    "certificate: %s.", r->keys[i].line,
                                    NOT_COMPARED[r->keys[i].outcome]);
                        break;
                }
}

void reading_report_nothing(struct reading *r)
{
        enum finding_code code = r->other ? FINDING_INPUT_NOT_A_CERTIFICATE : FINDING_INPUT_EMPTY;
        struct finding *f = problem(r, code, 0);

        if (r->other)
                finding_set(&f->message, "%s holds %s, not a certificate.", r->name,
                            r->other->what);
        else
                finding_set(&f->message, "%s holds no certificate.", r->name);
        finding_set(&f->remedy, "%s", r->other ? r->other->remedy
                                : "Configure the PEM certificate chain, server certificate first.");
}

/* What kept a container from being read, or from being read whole. */
void reading_report_container(struct reading *r, const char *format, enum container_problem why,
                             int line)
{
        static const struct {
                enum finding_code code;
                const char *message, *remedy;
        } ROWS[CONTAINER_PROBLEM_COUNT] = {
                [CONTAINER_TOO_LARGE] = { FINDING_RESOURCE_LIMIT,
                        "holds more than 512 KiB of it",
                        "Leave only the server certificate and its intermediates in it." },
                [CONTAINER_DAMAGED] = { FINDING_INPUT_UNPARSEABLE, "is damaged",
                        "Export it again; the file may be cut short." },
                [CONTAINER_LOCKED] = { FINDING_INPUT_UNREADABLE,
                        "is protected by a passphrase, and none was given",
                        "Give its passphrase (--passphrase-file)" },
                [CONTAINER_WRONG_PASSPHRASE] = { FINDING_INPUT_UNREADABLE,
                        "cannot be opened with this passphrase",
                        "Give the right passphrase (--passphrase-file)" },
                [CONTAINER_TOO_COSTLY] = { FINDING_RESOURCE_LIMIT,
                        "asks for more iterations of its passphrase than is sensible",
                        "Export it again with the usual settings" },
                [CONTAINER_LEGACY] = { FINDING_INPUT_UNREADABLE,
                        "is encrypted with RC2, RC4 or DES, which OpenSSL keeps in a legacy "
                        "provider that is not installed here",
                        "Export it again with AES" },
        };
        struct finding *f = problem(r, ROWS[why].code, line);
        bool is_locked = why >= CONTAINER_LOCKED;

        finding_set(&f->message, "%s is %s and %s.", r->name, format, ROWS[why].message);
        if (is_locked)
                finding_set(&f->remedy, "%s, or take the certificates out of it (openssl pkcs12%s "
                            "-nokeys -in %s -out chain.pem).", ROWS[why].remedy,
                            why == CONTAINER_LEGACY ? " -legacy" : "", r->command);
        else
                finding_set(&f->remedy, "%s", ROWS[why].remedy);
}

/* Why there is nothing to compare. */
void reading_report_no_key(const struct reading *r, struct chain *chain)
{
        const struct finding *locked = finding_find(&r->chain->problems, FINDING_INPUT_UNREADABLE);
        struct finding *f = finding_add(&chain->problems, FINDING_INPUT_UNREADABLE);

        if (locked) { /* a PKCS#12 file */
                finding_done(f);
                finding_copy(f, locked);
                return;
        }
        finding_fact(f, "file", "%s", r->name);
        if (r->n_keys > 0) {
                if (r->keys[0].outcome == KEY_LOCKED)
                        f->severity = SEVERITY_WARNING; /* that it fits is not known either */
                finding_set(&f->message, "The private key in %s was not compared with the "
                            "certificate: %s.", r->name, NOT_COMPARED[r->keys[0].outcome]);
                finding_set(&f->remedy, "Give its passphrase (--passphrase-file), or name another "
                            "key file.");
                return;
        }
        finding_set(&f->message, "%s holds %s, not a private key.", r->name,
                    r->chain->n > 0 ? "a certificate"
                    : r->other      ? r->other->what
                                    : "something else");
        finding_set(&f->remedy, "Name the file of the private key that the server uses.");
}
