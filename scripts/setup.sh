#!/bin/sh
# Sets up one part of a clone: `run` and `engine` are what the demo and the stack need, `venv` and `node` what
# the tests need too, `deploy` what deploying needs, `chromium` a browser. Called by the Makefile when that part
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

# A line for each step, with what it takes.
step() { say "setup: $*"; }

# Counts the packages that pip looks at, of those that a lock names: on a terminal in one line that is
# written over and over, elsewhere a line at the end.
count_packages() {
    awk -v all="$1" -v live="$([ -t 2 ] && echo 1)" '
        function tell(end) {
            printf "%s       %d of %d packages%s%s", live ? "\r" : "", n, all, what, end > "/dev/stderr"
        }
        /^(Collecting|Ignoring|Requirement already satisfied)/ { if (n < all) n++; if (live) tell("") }
        /^Installing collected packages/ { n = all; what = ", unpacking …"; tell(live ? "" : "\n") }
        /^Successfully installed/ { what = ", all in place"; if (live) tell("\n") }
        # What goes wrong is told as it is.
        /^(ERROR|error)/ { print > "/dev/stderr" }'
}

make_venv() {
    # A link whose Python was upgraded away, or an environment of an older Python, starts anew.
    if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
            version=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
            apt_install "$version" ||
                stop "this Python cannot make virtual environments: install $version"
        fi
        step "a virtual environment in .venv"
        rm -rf .venv
        "$python" -m venv .venv || stop "$python cannot make a virtual environment"
    fi
    lock=requirements-$1.lock
    step "Python packages of $lock, $2"
    failed=.venv/.pip-failed
    : > "$failed"
    # Of a pipe a shell has the last command's exit code only.
    { .venv/bin/python -m pip install --progress-bar off --disable-pip-version-check --require-hashes -r "$lock" &&
        rm -f "$failed"; } | count_packages "$(grep -c '==' "$lock")"
    [ ! -e "$failed" ] || stop "pip could not install the packages of $lock (see above)"
}

check_python() {
    python=$(find_python)
}

check_node() {
    have node || stop "Node 20 or later is needed and 'node' was not found: https://nodejs.org"
    node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' ||
        stop "Node 20 or later is needed; this is $(node --version)"
    have npm || stop "npm is needed and was not found; it comes with Node"
}

# Both, before anything is fetched.
check_versions() {
    check_python
    check_node
    step "$("$python" --version) and Node $(node --version) are there"
}

# Exactly what package-lock.json names, by `npm ci`. That refuses a lock without the engines of all
# platforms, as one is that was made where a registry lacks some; `npm install` then takes what the
# lock has, and checks its hashes as well.
install_from_lock() {
    npm ci --silent --no-progress "$@" >/dev/null 2>&1 ||
        npm install --no-save --no-progress --loglevel=error "$@" >/dev/null
}

install_node_packages() {
    step "npm packages and the DynamoDB engine, $1"
    shift
    install_from_lock --include=optional "$@" ||
        stop "npm could not install the packages of package.json (see above)"
    .venv/bin/python -c 'from local.engine import engine_binary
import subprocess
subprocess.run([engine_binary(), "--version"], check=True, stdout=subprocess.DEVNULL)' ||
        stop "the DynamoDB engine cannot be run on this machine (see above)"
}

# The few whose files the pages bring along; where all are there, they would be taken away again.
install_pages_packages() {
    [ ! -e node_modules/.stamp ] && [ ! -e node_modules/.run-stamp ] || return 0
    step "npm packages of the pages"
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

begun=$(date +%s)
case "${1:-}" in
    run) check_versions && make_venv run "about 100 MB" ;;
    engine) check_node && install_node_packages "about 10 MB" --omit=dev ;;
    venv) check_versions && make_venv dev "about 800 MB, which takes some minutes" ;;
    node) check_node && install_node_packages "about 70 MB" --include=dev ;;
    deploy) check_versions && make_venv deploy "about 260 MB" && install_pages_packages ;;
    chromium) install_chromium ;;
    *) stop "usage: scripts/setup.sh run|engine|venv|node|deploy|chromium" ;;
esac
step "done in $(($(date +%s) - begun)) s"
