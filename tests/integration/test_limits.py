# SPDX-License-Identifier: Apache-2.0
"""How much happens at once: crowds that hang, one address for many, pauses, few descriptors."""

import resource
import signal
import time
from statistics import median

from support.crowd import Crowd, Deaf, address, busiest, lateness
from support.endpoints import Monitored
from support.places import sanitized
from support.wait import PATIENCE, stays, until

GOOD = 100
LATE_S = 3.0 if sanitized() else 1.0  # what a sanitizer takes of two processors is not the schedule's
JITTER = 0.05  # of the interval


class Limits(Monitored):
    alone = True

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
        self.assertLess(worst, LATE_S * PATIENCE)

    def test_ten_thousand_that_hang_do_not_hold_up_a_hundred_that_answer(self):
        relay, good = self.good(GOOD, "2s")
        config = {**self.config(good), "limits": {}}
        daemon = self.daemon(config)
        start = time.monotonic()
        until(lambda: len(relay.seen) >= 3 * GOOD, "all have answered", 30)
        hang = self.hanging(10000, "8s", "10s")
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

    def counted(self, n, **defaults):
        """So many endpoints, each with an address of its own, at a crowd that only counts."""
        crowd = self.crowd("close")
        return crowd, {
            "defaults": {"timeout": "3s", "failures": 100, "retry": "1h", **defaults},
            "endpoints": [{"name": f"n{i}", "target": f"{address(i)}:{crowd.port}"}
                          for i in range(n)]}

    def test_after_a_pause_nothing_is_made_up_at_once_and_the_beats_stay(self):
        crowd, config = self.counted(1000, interval="10s")
        daemon = self.daemon(config)
        until(lambda: len(crowd.by_address()) == 1000, "the first round", 30)
        time.sleep(1)
        daemon.process.send_signal(signal.SIGSTOP)
        time.sleep(5)  # half of all become overdue
        paused = time.monotonic()
        daemon.process.send_signal(signal.SIGCONT)
        time.sleep(21)
        self.assertIn("the schedule stood still for", daemon.log())
        self.assertNotIn("cannot probe", daemon.log())
        after = [at for at, _ in crowd.seen if at > paused]
        # 100 a second are due anyway, and 500 that are overdue take 5 s
        self.assertLess(busiest(after), 400)
        strays = []
        for times in crowd.by_address().values():
            self.assertGreaterEqual(len([at for at in times if at > paused]), 2)
            strays.append(abs((times[-1] - times[0] + 5) % 10 - 5))
        self.assertLess(median(strays), 0.5 + JITTER * 10, "beats drifted")

    def test_changed_endpoints_are_not_all_looked_at_at_once(self):
        crowd, config = self.counted(1000, interval="1h")
        daemon = self.daemon(config)
        until(lambda: len(crowd.seen) == 1000, "the first round", 30)
        changed = time.monotonic()
        daemon.write({**config, "defaults": {**config["defaults"], "timeout": "4s"}})
        daemon.reload()
        until(lambda: len(crowd.seen) == 2000, "all again", 30)
        self.assertLess(busiest([at for at, _ in crowd.seen if at > changed]), 200)
        daemon.reload()
        stays(lambda: len(crowd.seen) == 2000, "nobody looks when nothing has changed", 2)

    def test_one_address_is_asked_at_its_rate_by_whatever_name(self):
        crowd = self.crowd("close")
        names = [f"127.0.0.1:{crowd.port}", f"localhost:{crowd.port}"]
        daemon = self.daemon({
            "defaults": {"interval": "2s", "failures": 100, "ip": "4", "retry": "1h"},
            "limits": {"address_rate": 8, "per_host": 100},
            "endpoints": [{"name": f"n{i}", "target": names[i % 2]} for i in range(40)]})
        until(lambda: len(crowd.seen) >= 5, "the first")
        begin = time.monotonic()
        time.sleep(8)
        seen = [at for at, _ in crowd.seen]
        daemon.stop()
        self.assertLessEqual(busiest(seen), 8 + 5 + 2)  # burst, and what was counted late
        self.assertGreaterEqual(len([at for at in seen if at > begin]), 8 * 7)

    def test_few_descriptors_mean_fewer_probes_and_not_failures(self):
        crowd = self.crowd("hang")
        endpoints = [{"name": f"n{i}", "target": f"{address(i)}:{crowd.port}"} for i in range(400)]
        endpoints.append(f"localhost:{crowd.port}")  # a name may have several addresses
        daemon = self.daemon({"defaults": {"timeout": "2s", "interval": "4s"},
                              "endpoints": endpoints, "workers": 2},
                             inside=["prlimit", "--nofile=1000:1000"])
        self.assertIn("limits.concurrency is 1024, but RLIMIT_NOFILE allows 190: of 1000 "
                      "descriptors", daemon.log())
        resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (300, 300))
        daemon.reload()
        self.assertIn("RLIMIT_NOFILE allows 37", daemon.log())
        until(lambda: self.probes(daemon)["done"] > 400, "some rounds", 60)
        self.assertIn("RLIMIT_NOFILE allows 37", " ".join(daemon.status().out.split()))
        probes = self.probes(daemon)
        self.assertEqual(probes["local_failures"], 0)
        self.assertLessEqual(probes["running"], 37)
        daemon.write({"endpoints": endpoints[:40], "workers": 2})
        daemon.reload()
        self.assertNotIn("RLIMIT_NOFILE", daemon.status().out)
