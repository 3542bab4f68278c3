"""What a figure was measured on, in one line."""

from __future__ import annotations

import datetime
import os
import platform
import re
import subprocess
import sys
from pathlib import Path


def conditions() -> str:
    """The day, the kernel, the processors, how busy they were, and what the peers run on."""
    match = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    cpu = match[1] if match else platform.machine()
    boto3 = subprocess.run([sys.executable, "-c", "import boto3; print(boto3.__version__)"], capture_output=True, text=True)
    return (f"{datetime.date.today()}, Linux {platform.release()}, {os.cpu_count()} × {cpu}, load {os.getloadavg()[0]:.1f}; "
            f"Python {platform.python_version()}, boto3 {boto3.stdout.strip()}")
