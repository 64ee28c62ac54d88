#!/usr/bin/env bash
#
# Makes this clone ready on a developer's PC: `setup.sh run`, `lint`, `test` or
# `bench` installs what that needs and is missing, and nothing twice. What it
# did before is noted in .venv/set-up; when nothing has changed since, it takes
# a fraction of a second. Safe to interrupt and to repeat.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=./say.sh
. "$here/say.sh"
# shellcheck source=./packages.sh
. "$here/packages.sh"
# shellcheck source=./environment.sh
. "$here/environment.sh"

purpose=${1-}
case $purpose in
    run) lock=requirements.txt ;;
    lint | test) lock=requirements-dev.txt ;;
    bench) lock=requirements-bench.txt ;;
    *)
        say "usage: ${0##*/} run|lint|test|bench"
        exit 2
        ;;
esac
readonly python=/usr/bin/python3 venv=$root/.venv notes=$root/.venv/set-up
export PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHON=$python

# --- The machine ----------------------------------------------------------------
# The distribution's own Python is used: its headers and pjsua2's libraries match.
know_the_machine() {
    local served='served are Debian 12 and 13, Ubuntu 24.04 and Raspberry Pi OS (64-bit)' name
    command -v apt-get >/dev/null || fail 'this machine has no apt' "$served"
    name=$(. /etc/os-release && printf '%s' "${PRETTY_NAME:-unknown}")
    case $(dpkg --print-architecture) in
        amd64 | arm64) ;;
        *) fail "$name for $(dpkg --print-architecture) is not served" "$served: use the 64-bit system" ;;
    esac
    case $(. /etc/os-release && printf '%s-%s' "$ID" "${VERSION_ID-}") in
        debian-12 | debian-13 | ubuntu-24.04) ;;
        *) say "$name is untried here ($served); going on" ;;
    esac
}

know_python() {
    "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' ||
        fail "$("$python" --version) is not served: Python 3.11 to 3.13 is needed" \
            'use one of the distributions that README.md names'
}

packages=(python3-venv python3-dev gcc libasound2-dev ca-certificates tzdata fonts-terminus-otb)
[[ $purpose == run ]] || packages+=(libsystemd-dev pkg-config)
[[ $purpose != lint ]] || packages+=(git shellcheck)

# --- The environment --------------------------------------------------------------
noted() { [[ -f $notes ]] && grep -qxF "$1" "$notes"; }
note() { printf '%s\n' "$1" >>"$notes"; }

pip_install() { "$venv/bin/python" -m pip install --no-input "$@"; }

install_wheel() { pip_install --no-index --no-deps --force-reinstall "$1"; }
install_project() { pip_install --no-index --no-deps --no-build-isolation --editable "$root"; }

# attempt WORDS COMMAND...: or the end, with what there is to do.
attempt() {
    local words=$1 log=$root/build/setup.log
    shift
    mkdir -p "$root/build"
    : >"$log"
    if ! step "$words" "$log" "$@"; then
        grep -iE '^(error|ERROR:|E:)|No matching|HASH' "$log" | tail -n 8 >&2 || tail -n 8 "$log" >&2
        fail "$words did not succeed" "its whole output is in build/setup.log" \
            'check the network (the packages come from the index that pip is configured for)' \
            'then run the same command again: it goes on from here'
    fi
}

# ensure NOTE WORDS COMMAND...: once, then noted.
ensure() {
    local mark=$1
    shift
    noted "$mark" && return
    attempt "$@"
    note "$mark"
}

know_the_machine
install_packages "for make $purpose" "${packages[@]}"
know_python
wheel=$(DESKPHONE_STEP_OF=setup "$root/image/pjsua2/build.sh")

base="environment $("$python" -c 'import sys; print(sys.version.split()[0], sys.prefix)') $(
    fingerprint "$root"/requirements*.txt
) $root"
if ! noted "$base" || [[ ! -x $venv/bin/python ]]; then
    rm -f "$notes"
    mkdir -p "$root/build"
    step 'Making the Python environment' "$root/build/setup.log" "$python" -m venv --clear "$venv" ||
        fail 'the Python environment could not be made' "see build/setup.log" \
            'is the disk full, or .venv owned by somebody else?'
    note "$base"
fi
locks=("$root/requirements-build.txt" "$root/$lock")
kept=$(kept_environment "${locks[@]}")
if ! noted "packages $lock"; then
    [[ -d $kept ]] || attempt "Installing the Python packages of $lock" make_environment "$kept" "${locks[@]}"
    ensure "packages $lock" "Taking the Python packages of $lock" copy_environment "$kept" "$venv"
fi
ensure "pjsua2 $(stat --format='%n %s %Y' "$wheel")" 'Installing pjsua2' install_wheel "$wheel"
ensure "project $(fingerprint "$root/pyproject.toml")" 'Installing deskphone' install_project

case $purpose in
    test | bench) [[ ! -x $root/tests/peers/setup.sh ]] || "$root/tests/peers/setup.sh" ;;
esac
