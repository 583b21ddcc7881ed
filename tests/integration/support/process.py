# SPDX-License-Identifier: Apache-2.0
"""Ending what a test has started."""

import subprocess


def end(process, seconds=5):
    """SIGTERM, and SIGKILL when that is not heard; None and ended processes are fine."""
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
