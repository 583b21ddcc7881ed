# SPDX-License-Identifier: Apache-2.0
"""
A network of its own, in which 127.0.0.1 is not the only address: PUBLIC is one of the public Internet,
and yet no packet leaves the machine. Names are those of a hosts file of its own.
"""

import fcntl
import importlib
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path

PUBLIC = "11.22.33.44"

SIOCSIFADDR, SIOCSIFFLAGS = 0x8916, 0x8914
IFF_UP = 1


def command():
    """What runs a program inside, or None where the kernel does not let us."""
    own = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    words = ["unshare", *own, "--net", "--mount"]
    if not shutil.which("unshare"):
        return None
    done = subprocess.run([*words, "true"], capture_output=True)
    return words if done.returncode == 0 else None


def call(module, function, folder, hosts):
    """Calls @function(folder) of @module inside; what it returns must be fit for JSON."""
    file = Path(folder) / "hosts"
    file.write_text("".join(f"{address} {name}\n" for address, name in hosts))
    done = subprocess.run([*command(), sys.executable, __file__, module, function, str(folder),
                           str(file)], capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"inside the namespace: {done.stdout}{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def furnish(hosts):
    """Brings lo up, gives it PUBLIC, and puts @hosts in the place of /etc/hosts."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))
        for name, address in ((b"lo", "127.0.0.1"), (b"lo:1", PUBLIC)):
            fcntl.ioctl(s, SIOCSIFADDR, struct.pack("16sHH4s8x", name, socket.AF_INET, 0,
                                                    socket.inet_aton(address)))
    subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)


def main(module, function, folder, hosts):
    furnish(hosts)
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    result = getattr(importlib.import_module(module), function)(Path(folder))
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
