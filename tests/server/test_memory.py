"""What a burst of work took goes back to the machine."""

import ctypes
import subprocess
import sys
import textwrap

import pytest

BURST = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from quintet.server.memory import stay_small

    def megabytes():
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 // 2**20

    if "small" in sys.argv:
        stay_small()
    # Every fiftieth stays, so that the heap cannot simply be cut off at its end.
    burst = [bytearray(b"x") * 100_000 for _ in range(2000)]
    kept = burst[::50]
    at_most = megabytes()
    del burst
    ends_at = time.monotonic() + float(sys.argv[1])
    while megabytes() > at_most / 2 and time.monotonic() < ends_at:
        time.sleep(0.05)
    print(at_most, megabytes())
    """
)


def after_a_burst(*words: str) -> tuple[int, int]:
    """Megabytes of a process in its burst and after it."""
    done = subprocess.run([sys.executable, "-c", BURST, *words], capture_output=True, text=True, check=True, timeout=60)
    at_most, after = done.stdout.split()
    return int(at_most), int(after)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="only glibc can be asked to give back")
def test_what_a_burst_took_goes_back_while_the_process_lives_on() -> None:
    at_most, after = after_a_burst("20", "small")
    assert at_most > 150
    assert after < 60
    at_most, after = after_a_burst("0.5")
    assert after > 150, "without it nothing goes back: the test would prove nothing"
