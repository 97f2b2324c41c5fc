#!/bin/sh
# Makes the PTX of every kernel source here anew; `nvcc` is that of CUDA 13, and on the PATH.
#
# The first line has the digest of the source and of the headers it includes, by which a test knows whether the text is
# still that of the source. No instruction is newer than PTX 7.4, so the text says that, for drivers from CUDA 11.4 on.
set -eu
cd "$(dirname "$0")"

included() { sed -n 's/^#include "\(.*\)"/\1/p' "$@"; }

for source in ${*:-*.cu}; do
    headers=$(included "$source" | sort -u)
    while :; do
        more=$(included "$source" $headers | sort -u)
        [ "$more" = "$headers" ] && break
        headers=$more
    done
    digest=$(cat "$source" $headers | sha256sum | cut -d ' ' -f 1)
    text=$(mktemp)
    nvcc -ptx -arch=compute_75 -O3 -fmad=false -o "$text" "$source"
    {
        echo "// sha256 $digest"
        sed 's/^\.version .*/.version 7.4/' "$text"
    } >"${source%.cu}.ptx"
    rm "$text"
done
