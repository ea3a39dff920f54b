"""The memory of this process, where Linux tells it."""

import gc
from contextlib import suppress
from ctypes import CDLL
from pathlib import Path


def release() -> None:
    """Give back what was freed, so that a peak does not hide in it; glibc can, others do not."""
    gc.collect()
    with suppress(OSError, AttributeError, TypeError):
        CDLL(None).malloc_trim(0)


def reset_peak() -> float | None:
    """Return the memory in use and start its peak from there; None where Linux is not."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
        return _status("VmRSS")
    except OSError:
        return None


def peak_since(before: float | None) -> float | None:
    """Return the peak beyond what `reset_peak` returned, in MB."""
    return None if before is None else _status("VmHWM") - before


def _status(field: str) -> float:
    """Return a size of this process, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith(field))
