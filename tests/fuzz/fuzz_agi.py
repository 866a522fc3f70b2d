"""Coverage-guided fuzzing of the FastAGI codec: `python -m tests.fuzz.fuzz_agi -max_total_time=60`.

Needs the extra `fuzz` (atheris; run with 3.0.0 on CPython 3.11). `make fuzz` calls it.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["ivr.asterisk"]):
    from .agi_rules import check_division, check_variables

HEADER = b"agi_network_script: route\n\n"


def one_input(data: bytes) -> None:
    """Bytes from a stranger, bytes after a good header, or values for variables."""
    provider = atheris.FuzzedDataProvider(data)
    kind = provider.ConsumeIntInRange(0, 2)
    if kind == 2:
        values = [provider.ConsumeUnicode(40) for _ in range(provider.ConsumeIntInRange(1, 4))]
        check_variables({f"V{place}": value for place, value in enumerate(values)})
        return
    cuts = provider.ConsumeIntList(3, 2)
    stream = provider.ConsumeBytes(sys.maxsize)
    check_division(HEADER + stream if kind else stream, cuts)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
