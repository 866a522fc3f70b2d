#!/bin/sh
# Makes .venv and installs the project into it: `deploy/setup.sh [EXTRA]`. Safe to run again;
# does nothing when pyproject.toml has not changed since.
set -eu
cd "$(dirname "$0")/.."
extra=${1:-}
stamp=.venv/.installed${extra:+-$extra}

fail() { echo "setup: $1" >&2; exit 1; }

usable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

python=
for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$name" >/dev/null && usable "$name"; then python=$name; break; fi
done
[ -n "$python" ] || fail "Python 3.11 or newer is missing; install it with: apt-get install python3 python3-venv"
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "Python's venv module is missing; install it with: apt-get install python3-venv"

# A .venv whose Python is gone (an upgrade of the system) is of no use.
if ! { [ -x .venv/bin/python ] && usable .venv/bin/python; }; then
    echo "setup: making a virtual environment in .venv"
    "$python" -m venv --clear .venv
fi
if [ ! -e "$stamp" ] || [ pyproject.toml -nt "$stamp" ]; then
    echo "setup: installing the project${extra:+ and what its ${extra}s need} with pip"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".${extra:+[$extra]}" ||
        fail "pip could not install the project; it needs a package index (see the lines above)"
    touch "$stamp"
fi
