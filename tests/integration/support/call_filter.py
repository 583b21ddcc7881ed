# SPDX-License-Identifier: Apache-2.0
"""
Runs a program under the filter of system calls of a unit, but what the unit refuses with an error
kills here: nothing that is needed goes unseen.

    python3 call_filter.py UNIT PROGRAM [ARGUMENT...]

The sets (@system-service) are expanded by systemd-analyze, the filter is made by libseccomp, as
systemd does. Address families that the unit does not allow are refused as there: the C library asks
for one of them and goes on without.
"""

import ctypes
import errno
import os
import re
import subprocess
import sys

KILL, ALLOW, REFUSE = 0x80000000, 0x7fff0000, 0x00050000 | errno.EAFNOSUPPORT
EQUAL = 4
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}
ALL_FAMILIES = 46


class Compare(ctypes.Structure):
    """struct scmp_arg_cmp"""
    _fields_ = [("argument", ctypes.c_uint), ("operator", ctypes.c_int),
                ("value", ctypes.c_uint64), ("other", ctypes.c_uint64)]


def settings(unit, key):
    """The words of every line of @unit that sets @key, a list for each line."""
    return [line.split() for line in re.findall(rf"^{key}=(.*)$", unit, re.MULTILINE)]


def known_sets():
    text = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager"], check=True,
                          capture_output=True, text=True).stdout
    sets = {}
    for line in text.splitlines():
        if line.startswith("@"):
            members = sets[line.strip()] = []
        elif line.startswith("    ") and not line.strip().startswith("#"):
            members.append(line.strip())
    return sets


def expand(names, sets):
    for name in names:
        if name.startswith("@"):
            yield from expand(sets[name], sets)
        else:
            yield name


def allowed_calls(unit):
    """The names that the lines SystemCallFilter= of @unit leave: some add, those with ~ take away."""
    sets = known_sets()
    allowed = set(expand(["@default"], sets))
    for words in settings(unit, "SystemCallFilter"):
        if words[0].startswith("~"):
            allowed -= set(expand([words[0][1:], *words[1:]], sets))
        else:
            allowed |= set(expand(words, sets))
    if os.geteuid() == 0:  # SQLite then sets the owner of its files; the service is never root
        allowed |= set(expand(["@chown"], sets))
    return allowed


def allowed_families(unit):
    return {FAMILIES[word] for words in settings(unit, "RestrictAddressFamilies") for word in words}


def load_filter(unit):
    lib = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    lib.seccomp_init.restype = ctypes.c_void_p
    lib.seccomp_init.argtypes = [ctypes.c_uint32]
    lib.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int,
                                           ctypes.c_uint, ctypes.POINTER(Compare)]
    lib.seccomp_load.argtypes = [ctypes.c_void_p]
    filter = lib.seccomp_init(KILL)
    sockets = lib.seccomp_syscall_resolve_name(b"socket")
    for name in allowed_calls(unit):
        number = lib.seccomp_syscall_resolve_name(name.encode())
        if number >= 0 and number != sockets:
            lib.seccomp_rule_add_array(filter, ALLOW, number, 0, None)
    families = allowed_families(unit)
    for family in range(ALL_FAMILIES):
        lib.seccomp_rule_add_array(filter, ALLOW if family in families else REFUSE, sockets, 1,
                                   Compare(0, EQUAL, family, 0))
    if lib.seccomp_load(filter) != 0:
        sys.exit("call_filter.py: the filter cannot be loaded")


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        load_filter(file.read())
    os.execv(sys.argv[2], sys.argv[2:])
