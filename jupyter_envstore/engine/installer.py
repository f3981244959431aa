"""The beginning of a self-extracting installer: a shell script, behind which a tar.gz follows.

It needs what every unix has: a POSIX shell, tail, gzip and tar. Its options are those that people
know of conda's own installers.
"""

from __future__ import annotations

import shlex

_SYSTEMS = {"linux": "Linux", "osx": "Darwin"}
_MACHINES = {"64": "x86_64 amd64", "aarch64": "aarch64 arm64", "arm64": "arm64 aarch64"}

_DIGITS = 8
"""Of the place where the archive begins: always as many, so that the place does not move."""

_SCRIPT = r"""#!/bin/sh
# Installs a conda environment. It needs no network: all files are behind this script.
title=@title@
name=@name@
platform=@platform@
system=@system@
machines=@machines@
longest=@longest@

set -eu
LC_ALL=C

usage() {
    cat <<END
usage: sh $0 [-b] [-h] [-p PREFIX]

Installs the environment $title for $platform.

  -b         ask nothing
  -h         show this and exit
  -p PREFIX  where to, a directory that is new or empty; \$HOME/$name unless it is given
END
}

fail() {
    echo "$1" >&2
    exit 1
}

batch=no
prefix=
while getopts bhp: option; do
    case $option in
        b) batch=yes ;;
        h) usage; exit 0 ;;
        p) prefix=$OPTARG ;;
        *) usage >&2; exit 2 ;;
    esac
done
shift $((OPTIND - 1))
[ $# -eq 0 ] || { usage >&2; exit 2; }
[ -f "$0" ] || fail "The installer is a file that is run by its name: sh FILE."

[ "$(uname -s)" = "$system" ] || fail "This is for $platform; here is $(uname -sm)."
case " $machines " in
    *" $(uname -m) "*) ;;
    *) fail "This is for $platform; here is $(uname -sm)." ;;
esac

if [ -z "$prefix" ]; then
    prefix=${HOME:?is not set: say where to with -p}/$name
    if [ $batch = no ] && [ -t 0 ]; then
        printf '%s is installed into %s.\nEnter to go on, or another directory: ' "$title" "$prefix"
        read -r answer
        prefix=${answer:-$prefix}
    fi
fi
case $prefix in
    /*) ;;
    *) prefix=$(pwd)/$prefix ;;
esac
while [ "$prefix" != / ] && [ "$prefix" != "${prefix%/}" ]; do prefix=${prefix%/}; done
case $prefix in
    *[[:space:]]*) fail "Programs cannot start from a path with spaces in it: $prefix" ;;
esac
[ ${#prefix} -le $longest ] || fail "The path has more than $longest characters: $prefix"
if [ -e "$prefix" ] || [ -L "$prefix" ]; then
    [ -d "$prefix" ] && [ -z "$(ls -A "$prefix")" ] ||
        fail "There is something at $prefix already. Name another directory with -p."
fi

finished=no
clean() {
    status=$?
    trap - EXIT
    [ $finished = yes ] || { rm -rf "$prefix"; [ $status -ne 0 ] || status=1; }
    exit $status
}
trap clean EXIT
trap 'exit 130' HUP INT TERM

mkdir -p "$prefix"
echo "Unpacking $title into $prefix ..."
tail -c +@place@ "$0" | { gzip -dc || : >"$prefix/.damaged"; } | tar -xf - -C "$prefix" ||
    : >"$prefix/.damaged"
[ ! -e "$prefix/.damaged" ] || fail "The installer is damaged or incomplete, or the disk is full."

python=$prefix/bin/python
[ -x "$python" ] || python=$(command -v python3) ||
    fail "The environment has no Python, and it takes one to finish: install python3."
"$python" -E -s "$prefix/bin/conda-unpack"
finished=yes
echo "Done. To use it: . $prefix/bin/activate"
exit 0
"""


def head(title: str, name: str, subdir: str, longest: int) -> bytes:
    """Return the script for a build; the archive begins right behind it.

    `longest` is how many bytes the path may have that it is installed to. Raises ValueError for
    a platform whose shells are not known.
    """
    system, _, machine = subdir.partition("-")
    if system not in _SYSTEMS:
        raise ValueError(f"There are no installers for {subdir}: the archive has the same files.")
    values = {
        "title": title,
        "name": name,
        "platform": subdir,
        "system": _SYSTEMS[system],
        "machines": _MACHINES.get(machine, machine),
        "longest": str(longest),
    }
    script = _SCRIPT
    for key, value in values.items():
        script = script.replace(f"@{key}@", shlex.quote(value))
    place = len(script.replace("@place@", "0" * _DIGITS).encode()) + 1
    return script.replace("@place@", f"{place:0{_DIGITS}}").encode()
