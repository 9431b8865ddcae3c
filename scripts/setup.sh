#!/bin/sh
# Sets up one part of a clone: `venv`, `node`, `deploy` or `chromium`. Called by the Makefile when that part
# is missing or out of date; can be run again at any time. POSIX sh, Debian and macOS.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
stop() { say "setup: $*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command as root: as root, or by a sudo that asks for nothing.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif have sudo && sudo -n true 2>/dev/null; then sudo -n "$@"
    else return 1
    fi
}

# Installs Debian packages; fails where that cannot be done.
apt_install() {
    have apt-get || return 1
    say "setup: installing $* with apt-get"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >&2 ||
        { as_root apt-get update >&2 &&
          as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >&2; }
}

find_python() {
    for name in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 \
        /opt/homebrew/bin/python3 /usr/local/bin/python3; do
        [ -n "$name" ] && have "$name" || continue
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    stop "Python 3.11 or later is needed and was not found (PYTHON=/path/to/python names one)"
}

make_venv() {
    python=$(find_python)
    # A link whose Python was upgraded away, or an environment of an older Python, starts anew.
    if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
            version=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
            apt_install "$version" ||
                stop "this Python cannot make virtual environments: install $version"
        fi
        say "setup: virtual environment with $("$python" --version)"
        rm -rf .venv
        "$python" -m venv .venv || stop "$python cannot make a virtual environment"
    fi
    say "setup: Python packages"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$1" ||
        stop "pip could not install the packages of $1 (see above)"
}

check_node() {
    have node || stop "Node 20 or later is needed and 'node' was not found"
    node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' ||
        stop "Node 20 or later is needed; this is $(node --version)"
    have npm || stop "npm is needed and was not found; it comes with Node"
}

# Exactly what package-lock.json names, by `npm ci`. That refuses a lock without the engines of all
# platforms, as one is that was made where a registry lacks some; `npm install` then takes what the
# lock has, and checks its hashes as well.
install_from_lock() {
    npm ci --no-progress --loglevel=silent "$@" >&2 ||
        npm install --no-save --no-progress --loglevel=error "$@" >&2
}

install_node_packages() {
    check_node
    say "setup: npm packages and the DynamoDB engine"
    install_from_lock --include=optional --include=dev ||
        stop "npm could not install the packages of package.json (see above)"
    .venv/bin/python -c 'from local.engine import engine_binary
import subprocess
subprocess.run([engine_binary(), "--version"], check=True, stdout=subprocess.DEVNULL)' ||
        stop "the DynamoDB engine cannot be run on this machine (see above)"
}

# The few whose files the pages bring along; where all are there, they would be taken away again.
install_pages_packages() {
    [ ! -e node_modules/.stamp ] || return 0
    check_node
    say "setup: npm packages of the pages"
    install_from_lock --omit=dev --omit=optional ||
        stop "npm could not install the packages of package.json (see above)"
}

find_chromium() {
    .venv/bin/python -m local.chromium 2>/dev/null
}

install_chromium() {
    if find_chromium >/dev/null; then return; fi
    # Most tests do without windows, in less time; not every Debian has it by itself.
    apt_install chromium chromium-headless-shell || apt_install chromium ||
        stop "the browser tests need Chromium or Chrome: install it, or name one by CHROMIUM=/path"
    find_chromium >/dev/null || stop "chromium was installed but cannot be found"
}

case "${1:-}" in
    venv) make_venv requirements-dev.lock ;;
    deploy) make_venv requirements-deploy.lock && install_pages_packages ;;
    node) install_node_packages ;;
    chromium) install_chromium ;;
    *) stop "usage: scripts/setup.sh venv|node|deploy|chromium" ;;
esac
