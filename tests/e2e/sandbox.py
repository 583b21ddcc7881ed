#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Tries what the service has no business to do, and writes what came of it to a file, as JSON: for
each attempt "done", or the name of the error. As a receiver of the daemon it runs inside of the
sandbox of the service:

    exec: { command: [/usr/bin/python3, /.../sandbox.py, FILE] }

No attempt does harm where it succeeds: what it asks for is void, or undone when this ends.
"""

import ctypes
import errno
import json
import mmap
import os
import socket
import sys
from pathlib import Path

libc = ctypes.CDLL(None, use_errno=True)
NR = {"x86_64": {"finit_module": 313, "bpf": 321, "keyctl": 250, "ptrace": 101,
                 "settimeofday": 164},
      "aarch64": {"finit_module": 273, "bpf": 280, "keyctl": 219, "ptrace": 117,
                  "settimeofday": 170}}[os.uname().machine]
PTRACE_SEIZE = 0x4206
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PER_LINUX32 = 8
BPF_PROG_GET_NEXT_ID = 11


def call(name, *args):
    """A function of the C library, or a system call that it has none for."""
    result = libc.syscall(NR[name], *args) if name in NR else getattr(libc, name)(*args)
    if result == -1:
        raise OSError(ctypes.get_errno(), name)


def write(path):
    with open(path, "w"):
        pass
    os.unlink(path)


def make_and_remove(folder):
    os.mkdir(folder)
    os.rmdir(folder)


def rewrite(path):
    """Writes to a file of the kernel what it holds."""
    with open(path, "r+") as file:
        text = file.read()
        file.seek(0)
        file.write(text)


def in_child(function):
    """What cannot be undone is done by a process that ends."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        error = 0
        try:
            function()
        except OSError as e:
            error = e.errno
        os.write(writer, bytes([error]))
        os._exit(0)
    error = os.read(reader, 1)
    os.waitpid(child, 0)
    if error != b"\0":
        raise OSError(error[0] if error else errno.EFAULT, "in a child")


def setuid_file(folder):
    path = Path(folder) / "setuid"
    path.touch()
    try:
        path.chmod(0o4755)
    finally:
        path.unlink()


def clean_room():
    """Is there anything of another process to be seen?"""
    others = [p for p in os.listdir("/proc") if p.isdigit() and os.stat(f"/proc/{p}").st_uid == 0]
    if not others:
        raise OSError(errno.ESRCH, "no process of others")


def attempts(folder):
    return {
        "read /home": lambda: os.listdir("/home/alice"),
        "read /root": lambda: os.listdir("/root"),
        "read credentials": lambda: os.listdir("/etc/notafter/credentials"),
        "read /etc/shadow": lambda: open("/etc/shadow").close(),
        "see /tmp of others": lambda: os.stat("/tmp/of-others"),
        "see processes of others": clean_room,
        "see their state": lambda: os.stat("/proc/1/status"),
        "write /etc": lambda: write("/etc/notafter/by-sandbox"),
        "write /usr": lambda: write("/usr/bin/by-sandbox"),
        "write /var/log": lambda: write("/var/log/by-sandbox"),
        "write /home": lambda: write("/home/alice/by-sandbox"),
        "write a sysctl": lambda: rewrite("/proc/sys/kernel/domainname"),
        "write a cgroup": lambda: make_and_remove("/sys/fs/cgroup/by-sandbox"),
        "write the kernel log": lambda: open("/dev/kmsg", "w").close(),
        "read the kernel log": lambda: call("klogctl", 3, ctypes.create_string_buffer(64), 64),
        "load a module": lambda: call("finit_module", -1, b"", 0),
        "set the clock": lambda: call("settimeofday", None, None),
        "set the host name": lambda: in_child(lambda: socket.sethostname(socket.gethostname())),
        "mount": lambda: call("mount", None, b"/", None, 0, None),
        "make a device": lambda: os.mknod(f"{folder}/device", 0o20600, os.makedev(1, 3)),
        "make a setuid file": lambda: setuid_file(folder),
        "unshare the network": lambda: in_child(lambda: call("unshare", CLONE_NEWNET)),
        "be another user": lambda: in_child(lambda: os.setuid(12345)),
        "signal others": lambda: os.kill(1, 0),
        "trace others": lambda: in_child(lambda: call("ptrace", PTRACE_SEIZE, os.getppid(), 0, 0)),
        "real-time scheduling": lambda: in_child(
            lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))),
        "a higher priority": lambda: in_child(lambda: os.nice(-1)),
        "memory to write and execute": lambda: mmap.mmap(
            -1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close(),
        "another personality": lambda: in_child(lambda: call("personality", PER_LINUX32)),
        "the keyring": lambda: call("keyctl", 0, -3, 1, 0, 0),
        "bpf": lambda: call("bpf", BPF_PROG_GET_NEXT_ID, ctypes.create_string_buffer(64), 64),
        "a raw socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).close(),
        "a packet socket": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close(),
        "a netlink socket": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close(),
        "a port below 1024": lambda: socket.create_server(("127.0.0.1", 997)).close(),
    }


def outcome(function):
    try:
        function()
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))
    return "done"


def main(file):
    folder = os.path.dirname(file)
    results = {name: outcome(function) for name, function in attempts(folder).items()}
    with open(file + ".new", "w") as out:
        json.dump(results, out)
    os.rename(file + ".new", file)


if __name__ == "__main__":
    main(sys.argv[1])
