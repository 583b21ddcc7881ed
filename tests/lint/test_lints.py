#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A lint that cannot fail proves nothing: each is fed a small tree that is right, then one mistake."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).parent

LICENCE = "/* SPDX-License-Identifier: Apache-2.0 */\n"

GOOD = {
    "common/base/list.h": LICENCE + "/* A list. */\n#pragma once\n\nint list_length(void);\n",
    "common/base/list.c": LICENCE + "/* The list. */\n" '#include "common/base/list.h"\n\n'
                          'const char *const HOME = "https://example.com/"; /* no // comment */\n',
    "common/base/CMakeLists.txt": "notafter_layer(base SOURCES list.c USES Threads::Threads)\n",
    "common/cert/cert.h": LICENCE + "/* A certificate. */\n#pragma once\n\n"
                          '#include "common/base/list.h"\n',
    "daemon/store/store.h": LICENCE + "/* The store. */\n#pragma once\n",
    "daemon/alert/alert.h": LICENCE + "/* Alerts. */\n#pragma once\n",
}


class Lints(unittest.TestCase):
    def run_lint(self, lint, **changes):
        """Status and output of @lint over the good tree with @changes: path=text, None removes."""
        with tempfile.TemporaryDirectory() as folder:
            for path, text in {**GOOD, **changes}.items():
                if text is not None:
                    file = Path(folder, path)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(text)
            done = subprocess.run([sys.executable, HERE / lint, folder, Path(folder, "made")],
                                  capture_output=True, text=True)
            return done.returncode, done.stdout + done.stderr

    def accepts(self, lint, **changes):
        status, output = self.run_lint(lint, **changes)
        self.assertEqual(status, 0, output)

    def refuses(self, lint, where, why, **changes):
        status, output = self.run_lint(lint, **changes)
        self.assertEqual(status, 1, output)
        self.assertEqual([line for line in output.splitlines() if where not in line], [], output)
        self.assertIn(why, output)

    def extended(self, path, text):
        return {path: GOOD[path] + text}

    def test_the_good_tree_is_accepted_by_all(self):
        for lint in ("arrows.py", "headers.py", "style.py", "places.py"):
            self.accepts(lint)

    def test_arrow_upward(self):
        self.refuses("arrows.py", "common/base/list.c:6", "common/base may not use",
                     **self.extended("common/base/list.c", '#include "common/cert/cert.h"\n'))

    def test_arrow_between_siblings(self):
        self.refuses("arrows.py", "daemon/store/store.h:4", "daemon/store may not use",
                     **self.extended("daemon/store/store.h", '#include "daemon/alert/alert.h"\n'))

    def test_arrow_two_floors_down_is_fine(self):
        self.accepts("arrows.py",
                     **self.extended("daemon/store/store.h", '#include "common/base/list.h"\n'))

    def test_include_of_nothing(self):
        self.refuses("arrows.py", "common/cert/cert.h:6", "no file of the tree",
                     **self.extended("common/cert/cert.h", '#include "common/base/gone.h"\n'))

    def test_cycle_inside_a_layer(self):
        self.refuses("arrows.py", "common/base/", "includes itself",
                     **self.extended("common/base/list.h", '#include "common/base/node.h"\n'),
                     **{"common/base/node.h": LICENCE + '#include "common/base/list.h"\n'})

    def test_folder_that_is_no_layer(self):
        self.refuses("arrows.py", "daemon/misc/misc.h:1", "is no layer",
                     **{"daemon/misc/misc.h": LICENCE})

    def test_cmake_that_draws_another_house(self):
        self.refuses("arrows.py", "common/base/CMakeLists.txt:1", "links ['common/cert']",
                     **{"common/base/CMakeLists.txt": "notafter_layer(base SOURCES x.c USES cert)\n"})

    def test_header_that_needs_another(self):
        self.refuses("headers.py", "common/cert/cert.h:1", "does not compile alone",
                     **self.extended("common/cert/cert.h", "size_t cert_length(void);\n"))

    def test_style(self):
        for text, why in (
                ("\tint x;\n", "tab"),
                ("/* " + "x" * 100 + " */\n", "106 columns"),
                ("int x; \n", "space at the end"),
                ("int x;", "no newline"),
                ("int x; // wrong\n", "// comment"),
                ("SSL_CTX *x;\n", "OpenSSL stays"),
                ('void f(void) { printf("x"); }\n', "only daemon/app prints"),
                ('void f(void) { fputs("x", stdout); }\n', "only daemon/app prints"),
                ('void f(void) { log_info("x"); }\n', "only daemon/ logs")):
            with self.subTest(why):
                self.refuses("style.py", "common/base/list.c:6", why,
                             **self.extended("common/base/list.c", text))

    def test_style_knows_text_from_code(self):
        self.accepts("style.py", **self.extended(
            "common/base/list.c", '/* printf(), SSL_new(), log_info() */\n'
                                  'const char *x = "SSL_new() printf() \\" // log_info()";\n'))

    def test_openssl_where_it_belongs(self):
        self.accepts("style.py", **{"common/cert/x.c": LICENCE + "/* X. */\nX509_NAME *x;\n"})

    def test_licence_and_prologue(self):
        self.refuses("style.py", "common/base/list.c:", "first line",
                     **{"common/base/list.c": "/* The list. */\n/* Really. */\nint x;\n"})
        self.refuses("style.py", "common/base/list.c:2", "no prologue",
                     **{"common/base/list.c": LICENCE + "int x;\n"})
        self.refuses("style.py", "common/base/list.h:1", "no #pragma once",
                     **{"common/base/list.h": LICENCE + "/* A list. */\nint x;\n"})

    def test_manual(self):
        pages = {
            "packaging/man/notafter.1": '.TH X 1 2026-01-01 "x" "y"\n.SH NAME\nx \\- '
                                        "\\-\\-at\n",
            "packaging/man/x.7.in": "",
            "made/x.7": '.TH X 7 2026-01-01 "x" "y"\n.SH NAME\nx \\- x\n',
            "daemon/app/check.c": '{ "at", 0, "TIME", 1, "x" },\n',
        }
        self.accepts("manual.py", **pages)
        for source, text, where, what in (
                ("made/x.7", None, "made/x.7", "is not made"),
                ("daemon/app/check.c", '{ "json", \'j\', NULL, 1, "x" },\n', "notafter.1",
                 "option --json")):
            self.refuses("manual.py", where, what, **{**pages, source: text})

    def test_packages(self):
        tree = {
            "CMakeLists.txt": "project(notafter VERSION 1.2.3 LANGUAGES C)\n",
            "packaging/dependencies.sh": "debian_build='gcc=cc cmake=cmake\n        libx-dev'\n",
            "packaging/debian/changelog": "notafter (1.2.3) bookworm; urgency=medium\n",
            "packaging/debian/control": "Build-Depends: cmake (>= 3), debhelper-compat (= 13),\n"
                                        " libx-dev\nStandards-Version: 1\n",
            "packaging/rpm/notafter.spec": "Name: notafter\nVersion: 1.2.3\n",
        }
        self.accepts("packages.py", **tree)
        for path, old, new, what in (
                ("packaging/debian/changelog", "1.2.3", "1.2.2", "of version '1.2.2'"),
                ("packaging/rpm/notafter.spec", "1.2.3", "1.2.4", "of version '1.2.4'"),
                ("packaging/debian/control", "libx-dev", "liby-dev", "does not ask for libx-dev"),
                ("packaging/debian/control", "libx-dev", "libx-dev, libz-dev", "asks for libz-dev")):
            self.refuses("packages.py", path, what, **{**tree, path: tree[path].replace(old, new)})

    def test_foreign_folder(self):
        for name in ("/" + "work/", "shared" + "/"):
            self.refuses("places.py", "README:2", "names", README=f"Hello.\nSee {name}notes.\n")


if __name__ == "__main__":
    unittest.main()
