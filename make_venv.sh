#!/bin/sh
# make_venv.sh FOLDER: make the virtual environment FOLDER, with pip in it, with what this machine has for it. PYTHON says which Python.
# Ends with one line that names what is missing, and then without FOLDER.
set -u
venv=$1
python=${PYTHON:-python3}

fail() {
    rm -rf "$venv"
    echo "error: $*" >&2
    exit 1
}

# Debian and Ubuntu part `ensurepip` from Python; without it `python3 -m venv` ends halfway, when a folder with a Python is there already.
has_ensurepip() {
    "$python" -c 'import ensurepip, venv' 2>/dev/null
}

install_with_apt() {
    package=$1
    echo "Installing $package with apt-get: this Python makes no virtual environments without it"
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -qq --no-install-recommends "$package" >/dev/null 2>&1 && return
    apt-get update -qq && apt-get install -qq --no-install-recommends "$package" >/dev/null
}

command -v "$python" >/dev/null || fail "no $python on PATH; install Python 3.11 or newer, or say which: make PYTHON=python3.12 …"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "layertui needs Python 3.11 or newer; say which: make PYTHON=python3.12 …"

# One that was made here by other means serves as well. A pip that names another folder came along when this one was moved or copied.
case $("$venv/bin/pip" --version 2>/dev/null) in
*" from $PWD/$venv/"*) exit 0 ;;
esac

trap 'fail interrupted' HUP INT TERM
rm -rf "$venv"
echo "Making the virtual environment $venv with $("$python" --version)"
if command -v uv >/dev/null; then
    uv venv -q --seed --python "$python" "$venv" || fail "uv could not make $venv"
elif has_ensurepip; then
    "$python" -m venv "$venv" || fail "$python could not make $venv"
elif command -v virtualenv >/dev/null; then
    virtualenv -q -p "$python" "$venv" || fail "virtualenv could not make $venv"
else
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    [ "$python" != python3 ] || package=python3-venv
    if ! command -v apt-get >/dev/null; then
        fail "$python has no ensurepip; install it, uv or virtualenv, and try again"
    elif [ "$(id -u)" != 0 ]; then
        fail "$python makes no virtual environments yet; install what it lacks and try again: sudo apt install $package"
    fi
    install_with_apt "$package" && has_ensurepip || fail "$package could not be installed; try: apt install $package"
    "$python" -m venv "$venv" || fail "$python could not make $venv"
fi
"$venv/bin/python" -m pip --version >/dev/null || fail "no pip came into $venv"
