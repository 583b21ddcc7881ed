/* SPDX-License-Identifier: Apache-2.0 */
/* One dialect of STARTTLS, DIALECT; this file is compiled once for each. See dialogue.h. */
#include "tests/fuzz/dialogue.h"

#include "common/base/cleanup.h"
#include "daemon/probe/dialogue.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const struct dialogue_terms terms = { .server_name = "a.example", .port = 25 };

        fuzz_dialogue(starttls_dialect(DIALECT), &terms, data, size);
        return 0;
}

#define S(dialect, literal) { dialect, literal, sizeof(literal) - 1 }
#define STREAM                                                                                     \
        "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams'"      \
        " version='1.0' xmlns='jabber:client' id='x'>"
#define TLS "urn:ietf:params:xml:ns:xmpp-tls"

/* As servers of the world talk: Postfix, Dovecot, ProFTPD, INN, InspIRCd, OpenLDAP, Prosody ... */
static const struct {
        const char *dialect;
        const char *parts;
        size_t n;
} SEEDS[] = {
        S("smtp", "220 a ESMTP Postfix\r\n@@250-a\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 DSN\r\n"
                  "@@220 2.0.0 Ready to start TLS\r\n250 x\r\n"),
        S("smtp", "220-a\r\n220 b\r\n@@250-a\r\n250 STARTTLS\r\n@@454 4.7.0 TLS not available\r\n"),
        S("lmtp", "220 a LMTP\r\n@@250-a\r\n250-STARTTLS\r\n250 SIZE\r\n@@220 2.0.0 Begin TLS\r\n"),
        S("lmtp", "220 a LMTP\r\n@@250-a\r\n250 SIZE\r\n"),
        S("ftp", "220 ProFTPD Server (a) [127.0.0.1]\r\n@@234 AUTH TLS successful\r\n"),
        S("ftp", "120 wait\r\n220-hello\r\n dear\r\n220 guest\r\n@@500-AUTH\r\n500 what?\r\n"),
        S("pop3", "+OK Dovecot ready.\r\n@@+OK\r\nCAPA\r\nTOP\r\nSTLS\r\n.\r\n@@+OK Begin TLS\r\n"),
        S("pop3", "+OK <1.2@a>\r\n@@-ERR what?\r\n@@-ERR what?\r\n"),
        S("imap", "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready.\r\n@@* CAPABILITY IMAP4rev1 ID "
                  "STARTTLS\r\na1 OK done.\r\n@@a2 OK Begin TLS negotiation now.\r\n"),
        S("imap", "* OK\r\n@@* ID {4}\r\na1 N\r\n* CAPABILITY STARTTLS\r\na1 OK\r\n@@a2 NO no\r\n"),
        S("nntp", "200 a InterNetNews NNRP server INN 2.7.1 ready\r\n@@101 Capability list:\r\n"
                  "VERSION 2\r\nSTARTTLS\r\n.\r\n@@382 Begin TLS negotiation now\r\n"),
        S("nntp", "201 a\r\n@@500 what?\r\n@@580 no\r\n"),
        S("sieve", "\"IMPLEMENTATION\" \"Dovecot\"\r\n\"STARTTLS\"\r\nOK \"ready.\"\r\n"
                   "@@OK \"Begin TLS negotiation now.\"\r\n\"SIEVE\" \"x\"\r\n"),
        S("sieve", "\"SIEVE\" {3}\r\nOK \r\n\"STARTTLS\"\r\nOK\r\n@@NO {5}\r\nno TL\r\n"),
        S("irc", ":a NOTICE * :*** Looking up\r\n:a CAP * LS :multi-prefix tls\r\n"
                 "@@:a NOTICE x :y\r\nPING :z\r\n:a 670 * :STARTTLS successful\r\n"),
        S("irc", ":a CAP * LS * :tls\r\n@t=1 :a CAP * LS :b\r\n@@:a 691 * :no\r\nERROR :x\r\n"),
        S("ldap", "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"),
        S("ldap", "\x30\x84\x00\x00\x00\x28\x02\x01\x01\x78\x84\x00\x00\x00\x1f\x0a\x01\x34\x04\x00"
                  "\x04\x00\x8a\x16" "1.3.6.1.4.1.1466.20037"),
        S("ldap", "\x30\x0f\x02\x01\x00\x78\x0a\x0a\x01\x34\x04\x00\x04\x03" "bye"),
        S("xmpp", STREAM "<stream:features><starttls xmlns='" TLS "'><required/></starttls>"
                  "</stream:features>@@<proceed xmlns='" TLS "'/>x"),
        S("xmpp", STREAM "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
                  "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>no\nway</text>"
                  "</stream:error>"),
        S("xmpp", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;<!-- > --><?d e?></a>"),
        S("xmpp-server", STREAM "<stream:features><starttls xmlns='" TLS "'/></stream:features>"
                         "@@<failure xmlns='" TLS "'/>"),
        S("postgres", "S"),
        S("postgres", "E\0\0\0\x1cSFATAL\0C53300\0Mtoo many\0\0"),
        S("postgres", "Ecould not fork\n\0"),
        S("mysql", "\x16\0\0\0\x0a" "8.0.1\0" "1234" "12345678\0" "\xff\xff" "x"),
        S("mysql", "\x0d\0\0\0\xff\x10\x04#08004busy"),
};

void fuzz_seeds(void)
{
        for (size_t i = 0; i < ARRAY_LEN(SEEDS); i++)
                if (strcmp(SEEDS[i].dialect, DIALECT) == 0)
                        fuzz_seed_dialogue(SEEDS[i].parts, SEEDS[i].n);
}
