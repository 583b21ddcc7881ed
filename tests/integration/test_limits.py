# SPDX-License-Identifier: Apache-2.0
"""How much happens at once: crowds that hang, one address for many, pauses, few descriptors."""

import resource
import signal
import time

from support.crowd import Crowd, Deaf, address, busiest, lateness
from support.endpoints import Monitored
from support.wait import PATIENCE, stays, until

GOOD = 100
JITTER = 0.05  # of the interval


class Limits(Monitored):
    def crowd(self, *args, **more):
        crowd = Crowd(*args, **more)
        self.addCleanup(crowd.close)
        return crowd

    def deaf(self):
        deaf = Deaf()
        self.addCleanup(deaf.close)
        return deaf

    def probes(self, daemon):
        return daemon.status("--json").json()["probes"]

    def good(self, n, interval):
        """So many endpoints, each with an address of its own, all led to one nginx."""
        relay = self.crowd(relay=self.nginx.port)
        return relay, [{"name": f"good{i}", "target": f"{address(i, 60)}:{relay.port}",
                        "server_name": "good.test", "interval": interval} for i in range(n)]

    def hanging(self, n, timeout, interval):
        """The same where nobody answers: one half takes connections, the other does not."""
        ports = [self.crowd("hang").port, self.deaf().port]
        return [{"name": f"hang{i}", "target": f"{address(i)}:{ports[i % 2]}", "timeout": timeout,
                 "step_timeout": timeout, "interval": interval, "retry": interval}
                for i in range(n)]

    def check_beats(self, relay, since, seconds, n, interval, what):
        times = relay.by_address(since)
        worst = max(lateness(t, interval) for t in times.values()) - JITTER * interval
        print(f"     {what}: those that answer were at most {worst * 1000:.0f} ms late")
        self.assertEqual(len(times), n)
        self.assertGreaterEqual(min(len(t) for t in times.values()), seconds // interval - 1)
        self.assertLess(worst, 1.0 * PATIENCE)

    def test_ten_thousand_that_hang_do_not_hold_up_a_hundred_that_answer(self):
        relay, good = self.good(GOOD, "2s")
        config = {**self.config(good), "limits": {}}
        daemon = self.daemon(config)
        start = time.monotonic()
        until(lambda: len(relay.seen) >= 3 * GOOD, "all have answered", 30)
        hang = self.hanging(10000, "4s", "10s")
        daemon.write({**config, "endpoints": good + hang})
        daemon.reload()
        until(lambda: self.probes(daemon)["running"] >= 768, "three quarters of all places", 60)
        time.sleep(16)
        probes = self.probes(daemon)
        self.assertLess(probes["running"], 768 + GOOD)
        self.assertGreater(probes["waiting"], 5000)
        self.check_beats(relay, start, time.monotonic() - start, GOOD, 2, "10,000 that hang")

    def test_a_start_among_endpoints_that_hang(self):
        relay, good = self.good(20, "1s")
        config = {**self.config(good + self.hanging(400, "1s", "2s")), "limits": {"concurrency": 40}}
        self.daemon(config)
        until(lambda: len(relay.by_address()) == 20, "the first round", 60)
        time.sleep(1)
        since = time.monotonic()
        time.sleep(8)
        self.check_beats(relay, since, 8, 20, 1, "400 that hang, 40 places")
