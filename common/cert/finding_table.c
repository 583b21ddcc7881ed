/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one table of everything that can be wrong. `notafter explain` prints it, and
 * notafter-diagnoses(7) is made from it.
 */
#include "common/cert/finding.h"

#define CERTIFICATE(code_name, severity_, title_)                                                  \
        .name = code_name, .class = FINDING_CERTIFICATE, .severity = severity_, .title = title_
#define NETWORK(code_name, title_)                                                                 \
        .name = code_name, .class = FINDING_NETWORK, .severity = SEVERITY_ERROR, .title = title_
#define EVENT(code_name, title_)                                                                   \
        .name = code_name, .class = FINDING_EVENT, .severity = SEVERITY_INFO, .title = title_

#define E SEVERITY_ERROR
#define W SEVERITY_WARNING
#define I SEVERITY_INFO

const struct finding_info FINDINGS[FINDING_COUNT] = {
        /* --- reading the input */
        [FINDING_INPUT_UNREADABLE] = {
          CERTIFICATE("input-unreadable", E, "cannot be read"),
          .meaning = "A file could not be read at all; nothing is known of what it holds.",
          .found = "Opening or reading it failed; the system's own words are told.",
          .mend = "Name a file that this user may read." },
        [FINDING_INPUT_EMPTY] = {
          CERTIFICATE("input-empty", E, "no certificate"),
          .meaning = "A file or a server gave no certificate.",
          .found = "There is no PEM block in it, and it is no DER either.",
          .mend = "Configure the certificate chain, server certificate first." },
        [FINDING_INPUT_NOT_A_CERTIFICATE] = {
          CERTIFICATE("input-not-a-certificate", E, "not a certificate"),
          .meaning = "A file holds something else: a key, a certificate request, a CRL or a web "
                     "page.",
          .found = "Its PEM labels or its structure say so.",
          .mend = "Use the certificate that your CA issued for the key or the request." },
        [FINDING_INPUT_UNPARSEABLE] = {
          CERTIFICATE("input-unparseable", E, "damaged certificate"),
          .meaning = "A certificate is damaged and no client can read it.",
          .found = "Its base64 or its DER cannot be decoded; the line and the reason are told.",
          .mend = "Fetch it from the CA again; a file that was copied by hand is often cut "
                  "short." },
        [FINDING_INPUT_PEM_MALFORMED] = {
          CERTIFICATE("input-pem-malformed", W, "malformed PEM"),
          .meaning = "A file could be read only after repair; servers built on OpenSSL will not "
                     "load it.",
          .found = "BEGIN and END lines that share a line, blank or indented lines, a byte "
                   "order mark.",
          .mend = "Put every BEGIN and END line on a line of its own, and nothing else between "
                  "them but base64." },
        [FINDING_INPUT_FORMAT_CONVERTED] = {
          CERTIFICATE("input-format-converted", I, "not PEM"),
          .meaning = "A file is DER, PKCS#7 or PKCS#12; most servers want PEM.",
          .found = "By its structure.",
          .mend = "Convert it with the command that is told, or let notafter chain print the "
                  "PEM." },
        [FINDING_INPUT_PRIVATE_KEY_PRESENT] = {
          CERTIFICATE("input-private-key-present", W, "private key in the certificate file"),
          .meaning = "A private key stands in a file of certificates, which are often copied "
                     "and shown around.",
          .found = "There is a PEM block with a private key; what it holds is never shown.",
          .mend = "Keep the key in a file of its own with mode 0600." },
        [FINDING_KEY_MISMATCH] = {
          CERTIFICATE("key-mismatch", E, "private key is of another certificate"),
          .meaning = "The private key is not the one the certificate was issued for; no server "
                     "starts with them.",
          .found = "The public half of the key is compared with that of the certificate.",
          .mend = "Use the key that the certificate request was made with, or request a new "
                  "certificate for this one." },
        [FINDING_RESOURCE_LIMIT] = {
          CERTIFICATE("resource-limit", E, "over a limit"),
          .meaning = "Something is larger than any honest certificate, file or answer, and was "
                     "not looked at whole.",
          .found = "A named limit of bytes, certificates, names or signature checks was "
                   "reached.",
          .mend = "Remove what does not belong there; if it is this host that lacks descriptors "
                  "or memory, raise its limits." },

        /* --- dates */
        [FINDING_LEAF_EXPIRED] = {
          CERTIFICATE("leaf-expired", E, "certificate has expired"),
          .meaning = "The server certificate has ended; every client rejects it.",
          .found = "The time of the judgement is after its notAfter.",
          .mend = "Renew it, reload the server, and look why the renewal job did not." },
        [FINDING_LEAF_NOT_YET_VALID] = {
          CERTIFICATE("leaf-not-yet-valid", E, "certificate is not valid yet"),
          .meaning = "The server certificate begins in the future; every client rejects it "
                     "until then.",
          .found = "The time of the judgement is before its notBefore.",
          .mend = "Check the clocks of the server and of this host; wait, or have it issued "
                  "again." },
        [FINDING_LEAF_EXPIRING_SOON] = {
          CERTIFICATE("leaf-expiring-soon", W, "certificate expires soon"),
          .meaning = "The server certificate still works, and its renewal is late.",
          .found = "Less time is left than the warning threshold, 20 % of its lifetime or 30 days "
                   "unless set; an error under the critical threshold.",
          .mend = "Renew it and reload the server; automatic renewal should have run by now." },
        [FINDING_INTERMEDIATE_EXPIRED] = {
          CERTIFICATE("intermediate-expired", E, "intermediate has expired"),
          .meaning = "A CA certificate that every path needs has ended; most clients reject the "
                     "chain.",
          .found = "No path to an anchor does without a certificate whose notAfter is over.",
          .mend = "Replace it by the current one of the same CA, which often has the same name "
                  "and key." },
        [FINDING_INTERMEDIATE_NOT_YET_VALID] = {
          CERTIFICATE("intermediate-not-yet-valid", E, "intermediate is not valid yet"),
          .meaning = "A CA certificate that every path needs begins in the future.",
          .found = "No path to an anchor does without a certificate whose notBefore is still to "
                   "come.",
          .mend = "Check the clocks; serve the certificate of the CA that is valid today." },
        [FINDING_INTERMEDIATE_EXPIRING_SOON] = {
          CERTIFICATE("intermediate-expiring-soon", W, "intermediate expires soon"),
          .meaning = "A CA certificate of the path ends soon, or before the server certificate "
                     "does.",
          .found = "Its time left is under the warning threshold, or its end comes first.",
          .mend = "Plan the switch to the current certificate of the CA; the next renewal "
                  "usually brings it." },
        [FINDING_ROOT_EXPIRED] = {
          CERTIFICATE("root-expired", E, "root has expired"),
          .meaning = "The path ends in a root that is over; clients that look at its dates "
                     "reject the chain.",
          .found = "The only anchors that the path reaches have expired.",
          .mend = "Serve the chain to another root of the CA, and update the trust stores of "
                  "clients." },
        [FINDING_ROOT_EXPIRING_SOON] = {
          CERTIFICATE("root-expiring-soon", W, "root expires soon"),
          .meaning = "The root of the path ends soon.",
          .found = "Its time left is under the warning threshold.",
          .mend = "Ask the CA which root follows, and give it to the clients early." },
        [FINDING_MALFORMED_VALIDITY] = {
          CERTIFICATE("malformed-validity", E, "validity dates are malformed"),
          .meaning = "The dates of a certificate cannot be read; clients differ in what they "
                     "make of it.",
          .found = "notBefore or notAfter is no time as RFC 5280 wants it.",
          .mend = "Have it issued again." },
        [FINDING_VALIDITY_INVERTED] = {
          CERTIFICATE("validity-inverted", E, "validity ends before it begins"),
          .meaning = "A certificate that ends before it begins is never valid.",
          .found = "notAfter comes before notBefore.",
          .mend = "Have it issued again." },
        [FINDING_VALIDITY_TOO_LONG] = {
          CERTIFICATE("validity-too-long", W, "lifetime is longer than browsers accept"),
          .meaning = "Browsers reject certificates of public CAs that live longer than was "
                     "allowed when they were issued.",
          .found = "The lifetime is over the limit of the CA/Browser Forum for the day it was "
                   "issued (398 days since September 2020).",
          .mend = "Have a shorter one issued." },

        /* --- names */
        [FINDING_HOSTNAME_MISMATCH] = {
          CERTIFICATE("hostname-mismatch", E, "certificate is for another name"),
          .meaning = "The certificate is for other names than the one clients ask for; every "
                     "client rejects it.",
          .found = "No DNS name or address of subjectAltName covers the name (RFC 9525; a "
                   "wildcard stands for one label).",
          .mend = "Add the name to the certificate, address the host by a name it has, or mend "
                  "the virtual host that answers." },
        [FINDING_HOSTNAME_CN_ONLY] = {
          CERTIFICATE("hostname-cn-only", E, "name is only in the Common Name"),
          .meaning = "The name stands only in the Common Name, where clients have not looked "
                     "for years.",
          .found = "There is no DNS name or address in subjectAltName, and the Common Name "
                   "matches.",
          .mend = "Have it issued again with the name as subjectAltName." },
        [FINDING_SAN_UNRESOLVABLE] = {
          CERTIFICATE("san-unresolvable", W, "names of the certificate do not resolve"),
          .meaning = "Names of the certificate have no address in DNS; renewal by HTTP will "
                     "fail for them.",
          .found = "With --resolve-sans or resolve_sans: the name servers answer that there is "
                   "no such name or address.",
          .mend = "Create the record, or leave the name out at the next renewal." },

        /* --- trust */
        [FINDING_SELF_SIGNED_LEAF] = {
          CERTIFICATE("self-signed-leaf", E, "self-signed certificate"),
          .meaning = "The server vouches for itself; clients that were not given this very "
                     "certificate reject it.",
          .found = "Its issuer is its subject, its own key verifies it, and it is no trust "
                   "anchor.",
          .mend = "Get a certificate from a CA, or give this one to every client (here: "
                  "--ca-file, ca_file)." },
        [FINDING_UNTRUSTED_ROOT] = {
          CERTIFICATE("untrusted-root", E, "private or unknown root CA"),
          .meaning = "The chain is complete and ends in a CA that is not trusted here: a "
                     "private one, or one unknown to this trust store.",
          .found = "Its top is self-signed and no trust anchor.",
          .mend = "Install that root on the clients, or use a public CA. Appending certificates "
                  "on the server does not help." },
        [FINDING_DISTRUSTED_CA] = {
          CERTIFICATE("distrusted-ca", E, "CA is no longer trusted"),
          .meaning = "The CA was or is being removed from the trust stores of browsers.",
          .found = "The root or issuer is in the list of such CAs.",
          .mend = "Move to another CA." },
        [FINDING_UNKNOWN_CA] = {
          CERTIFICATE("unknown-ca", E, "unknown issuer"),
          .meaning = "Nobody knows who issued the certificate: no client can build a path.",
          .found = "The issuer is neither sent, nor configured, nor learned, nor found at the "
                   "URLs the certificate names.",
          .mend = "If it is your own CA, give its root with --ca-file and send its "
                  "intermediates; otherwise ask who issued it." },
        [FINDING_MISSING_INTERMEDIATE] = {
          CERTIFICATE("missing-intermediate", E, "intermediate is not sent"),
          .meaning = "The server does not send a CA certificate that stands between it and the "
                     "root. Clients that fetch or remember such certificates work (Chrome, "
                     "Firefox, Windows); curl, Java, Go, Python and most programs do not.",
          .found = "A path to a trust anchor appears as soon as the certificate, whose key "
                   "verifies the signature, is added.",
          .mend = "Append exactly the certificate that is told: server certificate, "
                  "intermediates in order, no root." },
        [FINDING_BAD_SIGNATURE] = {
          CERTIFICATE("bad-signature", E, "signature does not verify"),
          .meaning = "A certificate was not signed by the one that names and key identifiers "
                     "point to.",
          .found = "The names fit and the signature does not verify.",
          .mend = "Fetch the right certificate of the CA: it has renewed its key, or the file "
                  "is damaged." },
        [FINDING_INTERMEDIATE_NOT_CA] = {
          CERTIFICATE("intermediate-not-ca", E, "issuer is not a CA"),
          .meaning = "A certificate of the path may not issue others; clients reject what it "
                     "signed.",
          .found = "It lacks basicConstraints CA:TRUE or keyUsage keyCertSign.",
          .mend = "A wrong file is in the chain, or the CA made a mistake: fetch the chain from "
                  "the CA again." },
        [FINDING_PATH_LENGTH_EXCEEDED] = {
          CERTIFICATE("path-length-exceeded", E, "too many CAs below a CA"),
          .meaning = "A CA limits how many CAs may stand below it, and more do.",
          .found = "pathLenConstraint is counted along the path (RFC 5280 section 6.1.4).",
          .mend = "The CA has to issue the certificate from another of its CAs." },
        [FINDING_NAME_CONSTRAINTS_VIOLATION] = {
          CERTIFICATE("name-constraints-violation", E, "CA may not issue for these names"),
          .meaning = "A CA of the path may not issue for these names.",
          .found = "Its nameConstraints exclude, or do not permit, a name of a certificate "
                   "below it.",
          .mend = "Use a CA that is entitled to the domain." },
        [FINDING_EKU_MISSING_SERVER_AUTH] = {
          CERTIFICATE("eku-missing-server-auth", E, "not issued for TLS servers"),
          .meaning = "The certificate was issued for something else than TLS servers.",
          .found = "It has extendedKeyUsage without serverAuth.",
          .mend = "Request a TLS server certificate." },
        [FINDING_INTERMEDIATE_EKU_RESTRICTS] = {
          CERTIFICATE("intermediate-eku-restricts", E, "CA is not for TLS servers"),
          .meaning = "A CA of the path may not issue for TLS servers.",
          .found = "It has extendedKeyUsage without serverAuth.",
          .mend = "Use a CA that is entitled to TLS server certificates." },
        [FINDING_KEY_USAGE_INVALID] = {
          CERTIFICATE("key-usage-invalid", E, "key usage does not allow TLS"),
          .meaning = "The key may not be used for what TLS needs; Chrome ends the handshake.",
          .found = "keyUsage lacks digitalSignature (ECDSA, TLS 1.3) or keyEncipherment (RSA "
                   "key exchange).",
          .mend = "Have it issued again with keyUsage digitalSignature." },
        [FINDING_UNHANDLED_CRITICAL_EXTENSION] = {
          CERTIFICATE("unhandled-critical-extension", E, "unknown critical extension"),
          .meaning = "Clients must reject a certificate with a critical extension that they do "
                     "not know.",
          .found = "An extension that is marked critical has an OID nobody has defined.",
          .mend = "Have it issued again without the extension." },
        [FINDING_POLICY_VIOLATION] = {
          CERTIFICATE("policy-violation", E, "certificate policies forbid this chain"),
          .meaning = "A CA of the path demands certificate policies that the chain does not "
                     "have.",
          .found = "Policy processing of RFC 5280 section 6.1 ends without a valid policy where "
                   "one is required.",
          .mend = "Ask the CA; the chain cannot be mended by the server." },
        [FINDING_PROFILE_VIOLATION] = {
          CERTIFICATE("profile-violation", E, "strict clients reject the certificate"),
          .meaning = "The certificate breaks rules of RFC 5280 that strict clients enforce, such "
                     "as Python since 3.13.",
          .found = "The rule is told: those that OpenSSL's strict mode checks.",
          .mend = "Have it issued again." },
        [FINDING_MALFORMED_EXTENSION] = {
          CERTIFICATE("malformed-extension", W, "malformed extension"),
          .meaning = "An extension cannot be decoded; strict clients reject the whole "
                     "certificate.",
          .found = "Its DER is not what its definition says; an error when all clients decide by "
                   "it (basicConstraints, key usages, names).",
          .mend = "Have it issued again." },
        [FINDING_DUPLICATE_EXTENSION] = {
          CERTIFICATE("duplicate-extension", W, "extension is there twice"),
          .meaning = "An extension stands there twice, which RFC 5280 forbids; strict clients "
                     "reject the certificate.",
          .found = "Two extensions have the same OID; an error when all clients decide by it.",
          .mend = "Have it issued again." },
        [FINDING_SERIAL_INVALID] = {
          CERTIFICATE("serial-invalid", W, "invalid serial number"),
          .meaning = "The serial number is zero, negative or too long; strict clients reject "
                     "the certificate.",
          .found = "RFC 5280 section 4.1.2.2 wants 1 to 20 octets, positive.",
          .mend = "Have it issued again." },
        [FINDING_X509_V1] = {
          CERTIFICATE("x509-v1", W, "certificate of X.509 version 1"),
          .meaning = "The certificate is of a version without extensions: it has no "
                     "subjectAltName and cannot be told from a CA.",
          .found = "Its version is not 3.",
          .mend = "Have it issued again by a CA of this century." },

        /* --- revocation */
        [FINDING_REVOKED] = {
          CERTIFICATE("revoked", E, "certificate is revoked"),
          .meaning = "The CA has withdrawn the certificate; clients that check reject it.",
          .found = "A CRL or an OCSP answer, itself signed and current, says so.",
          .mend = "Replace it at once, with a new key." },
        [FINDING_REVOCATION_UNKNOWN] = {
          CERTIFICATE("revocation-unknown", I, "revocation could not be checked"),
          .meaning = "Whether a certificate is revoked could not be found out.",
          .found = "A CRL or OCSP answer was looked for and is missing, stale or of someone "
                   "else.",
          .mend = "Give a current CRL; nothing is wrong with the certificate for all that is "
                  "known." },
        [FINDING_MUST_STAPLE_MISSING] = {
          CERTIFICATE("must-staple-missing", E, "required OCSP staple is not sent"),
          .meaning = "The certificate says that the server always sends an OCSP answer, and it "
                     "did not; Firefox rejects it.",
          .found = "It has the TLS feature status_request (RFC 7633), and no staple came.",
          .mend = "Turn on OCSP stapling, or have it issued without must-staple." },
        [FINDING_STAPLE_INVALID] = {
          CERTIFICATE("staple-invalid", W, "OCSP staple is invalid"),
          .meaning = "The OCSP answer that the server sends is of no use, or harmful.",
          .found = "It is expired, signed by someone else, or of another certificate.",
          .mend = "Restart the server or mend its stapling; look whether it reaches the OCSP "
                  "responder." },

        /* --- what was sent, and in which order */
        [FINDING_LEAF_NOT_FIRST] = {
          CERTIFICATE("leaf-not-first", E, "server certificate is not first"),
          .meaning = "The server certificate has to come first; most clients take the first one "
                     "for it.",
          .found = "The first certificate is a CA, and a later one is not.",
          .mend = "Put the server certificate first: notafter chain prints the right order." },
        [FINDING_LEAF_MISSING] = {
          CERTIFICATE("leaf-missing", E, "server certificate is missing"),
          .meaning = "Only CA certificates are sent.",
          .found = "None of them is a server certificate.",
          .mend = "Put the server certificate before them in the chain file." },
        [FINDING_CHAIN_ORDER_WRONG] = {
          CERTIFICATE("chain-order-wrong", W, "chain is in the wrong order"),
          .meaning = "The certificates are all there and not in order; most clients cope, "
                     "embedded and old ones do not.",
          .found = "The path from the server certificate up visits them in another order than "
                   "they are sent.",
          .mend = "Reorder the chain file: each certificate is followed by its issuer." },
        [FINDING_DUPLICATE_CERTIFICATE] = {
          CERTIFICATE("duplicate-certificate", W, "certificate is sent twice"),
          .meaning = "A certificate is sent more than once: wasted bytes, and a chain file that "
                     "nobody looked after.",
          .found = "Two are equal byte by byte.",
          .mend = "Remove the second copy." },
        [FINDING_SUPERFLUOUS_CERTIFICATE] = {
          CERTIFICATE("superfluous-certificate", W, "unrelated certificate is sent"),
          .meaning = "A certificate is sent that leads nowhere.",
          .found = "It is on no path from the server certificate to any anchor.",
          .mend = "Remove it; it belongs to another chain." },
        [FINDING_ALTERNATE_PATH_CERTIFICATE] = {
          CERTIFICATE("alternate-path-certificate", I, "certificate for another path"),
          .meaning = "A certificate is sent for clients that trust another root (a cross-signed "
                     "CA).",
          .found = "It is not on the path that is used and links it to another anchor.",
          .mend = "It may stay while such clients matter." },
        [FINDING_EXPIRED_SUPERFLUOUS_CERTIFICATE] = {
          CERTIFICATE("expired-superfluous-certificate", W,
                      "expired certificate is sent needlessly"),
          .meaning = "An expired certificate is sent that no path needs; old OpenSSL and GnuTLS "
                     "fail on it.",
          .found = "It is not on the path that is used, and its notAfter is over.",
          .mend = "Remove it." },
        [FINDING_ROOT_INCLUDED] = {
          CERTIFICATE("root-included", I, "root is sent"),
          .meaning = "The root is sent; clients have it or do not trust it, so it is only "
                     "bytes.",
          .found = "A later certificate is a trust anchor, or has the key of one.",
          .mend = "It may be dropped to save bytes in every handshake." },

        /* --- strength */
        [FINDING_WEAK_SIGNATURE] = {
          CERTIFICATE("weak-signature", E, "weak signature algorithm"),
          .meaning = "A signature uses a hash function that can be forged; clients reject it.",
          .found = "MD2, MD4, MD5 or SHA-1 on the server certificate or a used intermediate; an "
                   "anchor's is not looked at.",
          .mend = "Have it issued again with SHA-256; for an intermediate, fetch the CA's "
                  "current one." },
        [FINDING_WEAK_KEY] = {
          CERTIFICATE("weak-key", E, "weak key"),
          .meaning = "A key can be broken; clients reject it.",
          .found = "RSA under 2048 bits, DSA, or an elliptic curve under 256 bits on the path.",
          .mend = "Make a new key, RSA 2048 or P-256, and have the certificate issued again." },
        [FINDING_KEY_UNSUPPORTED] = {
          CERTIFICATE("key-unsupported", W, "key that clients may not know"),
          .meaning = "The key is of a kind that many clients do not know.",
          .found = "The algorithm or curve is none that TLS servers use.",
          .mend = "Use RSA 2048 or P-256." },
        [FINDING_CA_AS_LEAF] = {
          CERTIFICATE("ca-as-leaf", W, "server certificate has CA rights"),
          .meaning = "The server certificate may issue certificates: its key is worth more than "
                     "it should be, and strict clients reject it.",
          .found = "It has basicConstraints CA:TRUE.",
          .mend = "Have it issued again without CA rights." },
        [FINDING_TLS_VERSION_OLD] = {
          CERTIFICATE("tls-version-old", W, "old TLS version"),
          .meaning = "The server negotiated a version of TLS that is retired (RFC 8996).",
          .found = "What this connection came to; no others were tried.",
          .mend = "Enable TLS 1.2 and 1.3 on the server, and disable older versions." },
        [FINDING_TLS_CIPHER_WEAK] = {
          CERTIFICATE("tls-cipher-weak", W, "weak TLS cipher"),
          .meaning = "The server negotiated a cipher suite that is weak.",
          .found = "What this connection came to; no others were tried.",
          .mend = "Enable suites with ECDHE and AES-GCM or ChaCha20 on the server." },

        /* --- several places that should agree */
        [FINDING_ADDRESS_SKEW] = {
          CERTIFICATE("address-skew", W, "addresses serve different certificates"),
          .meaning = "The addresses of one name do not serve the same certificate: some clients "
                     "get the old one.",
          .found = "Every address of the name was asked (addresses: all), and the server "
                   "certificates differ.",
          .mend = "Install the newest certificate on the nodes that are behind, and reload them." },
        [FINDING_RENEWED_ON_DISK] = {
          CERTIFICATE("renewed-on-disk-not-served", W, "renewed on disk, not served"),
          .meaning = "The certificate was renewed in its file, and the server goes on serving the "
                     "one before: clients will see that one expire.",
          .found = "A file: endpoint for the same name holds a later certificate than the server "
                   "shows, and no such file holds the one that is shown.",
          .mend = "Reload the server, and let the renewal do so from now on (a deploy hook)." },

        /* --- the certificate that we show */
        [FINDING_CLIENT_CERT_EXPIRED] = {
          CERTIFICATE("client-cert-expired", E, "our client certificate has expired"),
          .meaning = "The client certificate that this endpoint is asked with has expired: servers "
                     "that want one refuse it.",
          .found = "The end of its validity (notAfter) is past.",
          .mend = "Renew the file of client_cert, and reload notafter." },
        [FINDING_CLIENT_CERT_EXPIRING_SOON] = {
          CERTIFICATE("client-cert-expiring-soon", W, "our client certificate expires soon"),
          .meaning = "The client certificate that this endpoint is asked with will soon expire.",
          .found = "The time left is below a threshold of the endpoint; below the critical one it "
                   "is an error.",
          .mend = "Renew the file of client_cert, and reload notafter." },

        /* --- what is new */
        [FINDING_RENEWED] = {
          EVENT("renewed", "certificate was renewed"),
          .meaning = "The server certificate has been replaced by a later one for the same "
                     "names.",
          .found = "It differs from the one that was seen last, covers every name of that one and "
                   "ends later, and this endpoint has never shown it before. It is told once.",
          .mend = "Nothing, if it was you." },
        [FINDING_CHANGED] = {
          EVENT("changed", "another certificate is served"),
          .meaning = "Another server certificate is served than before.",
          .found = "It differs from the one that was seen last, ends no later or lacks a name of "
                   "that one, and this endpoint has never shown it before. It is told once.",
          .mend = "Nothing, if it was you; otherwise find out who answers there." },

        /* --- reachability */
        [FINDING_DNS_FAILED] = {
          NETWORK("dns-failed", "name does not resolve"),
          .meaning = "The name of the server could not be resolved; nothing is known of its "
                     "certificate.",
          .found = "The name servers say there is no such name or address, or do not answer.",
          .mend = "Correct the name, create its record, or mend the name servers; the message "
                  "says which." },
        [FINDING_CONNECT_REFUSED] = {
          NETWORK("connect-refused", "connection refused"),
          .meaning = "Nothing listens there; nothing is known of the certificate.",
          .found = "The connection was refused.",
          .mend = "Start the service, or correct address and port; a firewall may also refuse." },
        [FINDING_CONNECT_FAILED] = {
          NETWORK("connect-failed", "cannot connect"),
          .meaning = "The server could not be reached; nothing is known of its certificate.",
          .found = "The system refused to connect, in its own words.",
          .mend = "Check the address and the route to it." },
        [FINDING_CONNECT_TIMEOUT] = {
          NETWORK("connect-timeout", "connection timed out"),
          .meaning = "The server did not answer; nothing is known of its certificate.",
          .found = "No connection within the time allowed.",
          .mend = "Check that the host is up and that no firewall drops the packets." },
        [FINDING_STARTTLS_UNAVAILABLE] = {
          NETWORK("starttls-unavailable", "server does not turn to TLS"),
          .meaning = "The server did not turn from plain text to TLS; nothing is known of its "
                     "certificate, and clients that insist on TLS fail.",
          .found = "It did not greet, does not offer STARTTLS, refused it, or sent more than the "
                   "protocol allows before TLS began; its own words are told.",
          .mend = "Configure certificate and key in the server and enable STARTTLS; or use the "
                  "scheme that this port speaks. Update a server that lets commands be injected." },
        [FINDING_HANDSHAKE_FAILED] = {
          NETWORK("handshake-failed", "TLS handshake failed"),
          .meaning = "TLS could not be agreed on; a certificate that came before is judged all "
                     "the same.",
          .found = "The server closed the connection, sent an alert, or does not speak TLS; its "
                   "own words are told.",
          .mend = "Look for the same moment in the server's log; check that the port speaks TLS "
                  "and serves the name." },
        [FINDING_HANDSHAKE_TIMEOUT] = {
          NETWORK("handshake-timeout", "TLS handshake timed out"),
          .meaning = "The server accepted the connection and then said nothing.",
          .found = "No end of the handshake within the time allowed.",
          .mend = "Check that the port speaks TLS from the first byte and that the server is "
                  "not overloaded." },
};
