#!/bin/sh
# Rewrites requirements-*.lock from requirements-*.txt: run it after a change of a pin. It needs
# `uv` on the path, and asks whatever package index uv is configured for.
set -eu
cd "$(dirname "$0")/.."

for name in requirements-run requirements-deploy requirements-dev; do
    # Versions stay as they are locked where the pins allow it: those of the file itself, or of the
    # largest, which has all packages.
    for known in "$name.lock" requirements-dev.lock; do
        [ ! -e "$known" ] || { cp "$known" "$name.lock.new"; break; }
    done
    # For every system and Python from 3.11 on; pip is the one thing that a virtual environment has.
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
        --no-emit-package pip --custom-compile-command scripts/lock.sh "$name.txt" --output-file "$name.lock.new"
    { echo "# Made from $name.txt by scripts/lock.sh."; cat "$name.lock.new"; } > "$name.lock"
    rm "$name.lock.new"
done
