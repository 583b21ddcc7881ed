/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in metrics_table.h. */
#include "daemon/metrics/metrics_table.h"

#define GAUGE(name_, help_) { .name = (name_), .type = METRIC_GAUGE, .help = (help_) }
#define COUNTER(name_, help_) { .name = (name_), .type = METRIC_COUNTER, .help = (help_) }
#define INFO(name_, help_) { .name = (name_), .type = METRIC_INFO, .help = (help_) }
#define SECONDS(name_, help_)                                                                      \
        { .name = (name_), .type = METRIC_GAUGE, .unit = "seconds", .help = (help_) }
#define BYTES(name_, help_)                                                                        \
        { .name = (name_), .type = METRIC_GAUGE, .unit = "bytes", .help = (help_) }

const struct metric METRICS[METRIC_COUNT] = {
        [METRIC_BUILD] = INFO("notafter_build_info", "The running notafter; always 1."),
        [METRIC_PROCESS_START] = SECONDS(
                "process_start_time_seconds",
                "Start time of the process since unix epoch in seconds."),
        [METRIC_PROCESS_CPU] = {
                .name = "process_cpu_seconds_total", .type = METRIC_COUNTER, .unit = "seconds",
                .help = "Total user and system CPU time spent in seconds." },
        [METRIC_PROCESS_RESIDENT] = BYTES(
                "process_resident_memory_bytes", "Resident memory size in bytes."),
        [METRIC_CONFIG_LOADED] = SECONDS(
                "notafter_config_last_load_timestamp_seconds",
                "When the configuration that is in effect was loaded."),
        [METRIC_CONFIG_OK] = GAUGE(
                "notafter_config_last_reload_successful",
                "1 if the configuration is as it was last asked for; 0: it had errors, the old one "
                "stays."),
        [METRIC_CLOCK] = GAUGE(
                "notafter_clock_synchronised",
                "1 if somebody keeps the clock of this host right, by which ends are judged."),

        [METRIC_ENDPOINTS] = GAUGE(
                "notafter_endpoints",
                "Endpoints by state: error, warning, failing (not reached the last time, no "
                "problem yet), unknown (never reached), ok."),
        [METRIC_ENDPOINTS_LEFT_OUT] = GAUGE(
                "notafter_endpoints_left_out",
                "Endpoints without series of their own, beyond metrics.max_endpoints."),
        [METRIC_PROBLEMS] = GAUGE(
                "notafter_problems", "Open problems by code and severity; silenced ones count."),
        [METRIC_LOOKS] = COUNTER("notafter_looks_total", "Looks at endpoints."),
        [METRIC_LOCAL_FAILURES] = COUNTER(
                "notafter_local_failures_total",
                "Looks that could not begin, for want of memory or descriptors here."),
        [METRIC_RUNNING] = GAUGE("notafter_looks_running", "Looks under way."),
        [METRIC_RUNNING_LIMIT] = GAUGE(
                "notafter_looks_running_limit", "So many looks may be under way."),
        [METRIC_WAITING] = GAUGE(
                "notafter_looks_waiting", "Endpoints that are due and held up by a limit."),
        [METRIC_LAG] = SECONDS(
                "notafter_schedule_lag_seconds",
                "How long the endpoint has been due that is due and held up the longest."),
        [METRIC_DELAY] = SECONDS(
                "notafter_look_delay_seconds",
                "How long after their time the last looks began: percentile 50, 99 and 100."),
        [METRIC_WORKERS] = GAUGE("notafter_workers", "Threads that look."),
        [METRIC_CACHE_HITS] = COUNTER(
                "notafter_cache_hits_total", "What the caches of all threads held already."),
        [METRIC_CACHE_MISSES] = COUNTER(
                "notafter_cache_misses_total", "What the caches of all threads did not hold."),
        [METRIC_CACHE_ENTRIES] = GAUGE(
                "notafter_cache_entries", "What the caches of all threads hold."),

        [METRIC_MESSAGES_WAITING] = GAUGE(
                "notafter_messages_waiting", "Messages that wait for the receiver."),
        [METRIC_MESSAGES_DEAD] = GAUGE(
                "notafter_messages_dead", "Messages that were given up and are kept to be seen."),
        [METRIC_MESSAGES_OLDEST] = SECONDS(
                "notafter_messages_oldest_timestamp_seconds",
                "When the oldest message was written that waits for the receiver."),
        [METRIC_MESSAGES_PUSHED_OUT] = COUNTER(
                "notafter_messages_pushed_out_total",
                "Messages that were given up because too many waited."),
        [METRIC_RECEIVER_DISABLED] = GAUGE(
                "notafter_receiver_disabled",
                "1 if the receiver said that it is gone for good, and is told nothing."),
        [METRIC_RECEIVER_RESTING] = GAUGE(
                "notafter_receiver_resting",
                "1 if the receiver is in trouble, and is asked again after a pause."),
        [METRIC_DELIVERIES] = COUNTER(
                "notafter_deliveries_total",
                "Attempts to deliver a message, by result: ok, retry, rejected, gone."),
        [METRIC_SILENCES] = GAUGE("notafter_silences", "Silences in effect."),
        [METRIC_HEARTBEAT] = SECONDS(
                "notafter_heartbeat_last_success_timestamp_seconds",
                "When the last heartbeat was taken."),

        [METRIC_STORE_FAILING] = GAUGE(
                "notafter_store_failing", "1 if the state could not be written the last time."),
        [METRIC_STORE_BYTES] = BYTES("notafter_store_bytes", "Size of the database on disk."),
        [METRIC_UNSAVED] = GAUGE(
                "notafter_unsaved_endpoints", "Endpoints whose state is yet to be written."),

        [METRIC_ENDPOINT] = INFO(
                "notafter_endpoint_info", "What is configured of an endpoint; always 1."),
        [METRIC_SEVERITY] = GAUGE(
                "notafter_endpoint_severity",
                "The worst open problem: 0 none, 1 info, 2 warning, 3 error."),
        [METRIC_PROBLEM_OPENED] = SECONDS(
                "notafter_problem_opened_timestamp_seconds", "When an open problem began."),
        [METRIC_PROBLEM_SILENCED] = GAUGE(
                "notafter_problem_silenced", "An open problem that is silenced; always 1."),
        [METRIC_INTERVAL] = SECONDS(
                "notafter_endpoint_interval_seconds", "The time between two looks."),
        [METRIC_LAST_LOOK] = SECONDS(
                "notafter_endpoint_last_look_timestamp_seconds", "When it was last looked at."),
        [METRIC_LAST_SUCCESS] = SECONDS(
                "notafter_endpoint_last_success_timestamp_seconds",
                "When it last showed a certificate."),
        [METRIC_FAILURES] = GAUGE(
                "notafter_endpoint_failures", "Network failures in a row."),
        [METRIC_EXPIRES] = SECONDS(
                "notafter_endpoint_expiry_timestamp_seconds",
                "When the first certificate of the path ends that clients build, trusted or not."),
        [METRIC_WARNING] = SECONDS(
                "notafter_endpoint_expiry_warning_timestamp_seconds",
                "From when on the end of the server's certificate is a warning."),
        [METRIC_CRITICAL] = SECONDS(
                "notafter_endpoint_expiry_critical_timestamp_seconds",
                "From when on the end of the server's certificate is an error."),
        [METRIC_STEP] = SECONDS(
                "notafter_endpoint_step_duration_seconds",
                "How long a step of the last look took that saw a certificate."),
        [METRIC_SERVED] = GAUGE(
                "notafter_endpoint_certificates_served", "How many certificates it sends."),

        [METRIC_PROBE_SUCCESS] = GAUGE(
                "probe_success", "Displays whether or not the probe was a success"),
        [METRIC_PROBE_DURATION] = SECONDS(
                "probe_duration_seconds",
                "Returns how long the probe took to complete in seconds"),
        [METRIC_PROBE_DNS] = SECONDS(
                "probe_dns_lookup_time_seconds",
                "Returns the time taken for probe dns lookup in seconds"),
        [METRIC_PROBE_IP_PROTOCOL] = GAUGE(
                "probe_ip_protocol", "Specifies whether probe ip protocol is IP4 or IP6"),
        [METRIC_PROBE_EARLIEST] = GAUGE(
                "probe_ssl_earliest_cert_expiry", "Returns earliest SSL cert expiry in unixtime"),
        [METRIC_PROBE_LAST_CHAIN_EXPIRY] = SECONDS(
                "probe_ssl_last_chain_expiry_timestamp_seconds",
                "Returns last SSL chain expiry in timestamp"),
        [METRIC_PROBE_LAST_CHAIN] = INFO(
                "probe_ssl_last_chain_info", "Contains SSL leaf certificate information"),
        [METRIC_PROBE_TLS_VERSION] = INFO(
                "probe_tls_version_info", "Contains the TLS version used"),
        [METRIC_PROBE_TLS_CIPHER] = INFO(
                "probe_tls_cipher_info", "Returns the TLS cipher negotiated during handshake"),

        [METRIC_SSL_SUCCESS] = GAUGE("ssl_probe_success", "If the probe was a success"),
        [METRIC_SSL_NOT_AFTER] = GAUGE(
                "ssl_cert_not_after", "NotAfter expressed as a Unix Epoch Time"),
        [METRIC_SSL_NOT_BEFORE] = GAUGE(
                "ssl_cert_not_before", "NotBefore expressed as a Unix Epoch Time"),
        [METRIC_SSL_TLS_VERSION] = INFO(
                "ssl_tls_version_info", "The TLS version used"),
        [METRIC_SSL_KEY_EXCHANGE] = GAUGE(
                "ssl_tls_key_exchange", "The key exchange group used; always 1"),
        [METRIC_SSL_STAPLED] = GAUGE(
                "ssl_ocsp_response_stapled",
                "If the connection state contains a stapled OCSP response"),

        [METRIC_PROBE_IP_HASH] = GAUGE(
                "probe_ip_addr_hash",
                "Specifies the hash of IP address. It's useful to detect if the IP address "
                "changes."),
        [METRIC_PROBE_HTTP_SSL] = GAUGE(
                "probe_http_ssl", "Indicates if SSL was used for the final redirect"),
        [METRIC_PROBE_HTTP_DURATION] = SECONDS(
                "probe_http_duration_seconds",
                "Duration of http request by phase: resolve, connect, tls"),
        [METRIC_SSL_PROBER] = GAUGE("ssl_prober", "The prober used by the exporter"),
        [METRIC_SSL_FILE_NOT_AFTER] = GAUGE(
                "ssl_file_cert_not_after",
                "NotAfter expressed as a Unix Epoch Time for a certificate found in a file"),
        [METRIC_SSL_FILE_NOT_BEFORE] = GAUGE(
                "ssl_file_cert_not_before",
                "NotBefore expressed as a Unix Epoch Time for a certificate found in a file"),
        [METRIC_SSL_VERIFIED_NOT_AFTER] = GAUGE(
                "ssl_verified_cert_not_after", "NotAfter expressed as a Unix Epoch Time"),
        [METRIC_SSL_VERIFIED_NOT_BEFORE] = GAUGE(
                "ssl_verified_cert_not_before", "NotBefore expressed as a Unix Epoch Time"),
        [METRIC_SSL_STAPLE_STATUS] = GAUGE(
                "ssl_ocsp_response_status",
                "The status in the OCSP response 0=Good 1=Revoked 2=Unknown"),
        [METRIC_SSL_STAPLE_THIS_UPDATE] = GAUGE(
                "ssl_ocsp_response_this_update",
                "The thisUpdate value in the OCSP response, expressed as a Unix Epoch Time"),
        [METRIC_SSL_STAPLE_NEXT_UPDATE] = GAUGE(
                "ssl_ocsp_response_next_update",
                "The nextUpdate value in the OCSP response, expressed as a Unix Epoch Time"),
        [METRIC_SSL_STAPLE_REVOKED_AT] = GAUGE(
                "ssl_ocsp_response_revoked_at",
                "The revocationTime value in the OCSP response, expressed as a Unix Epoch Time"),
};
