#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# check.sh [--write] TABLE PROGRAM...: counts the instructions of each operation with callgrind, and
# prints them beside those of the table. Fails if an operation takes more than the table says and 5
# percent, or is missing on either side; what QHash takes is there to be read. With --write it makes the
# table.

set -euo pipefail

writes=false
if [ "$1" = --write ]; then
    writes=true
    shift
fi
table=$1
programs=("${@:2}")
tolerance=0.05
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What differs from run to run are the seeds of the hashes, and where keys meet: less than 1 percent.
for program in "${programs[@]}"; do
    valgrind --tool=callgrind --callgrind-out-file="$work/profile" "$program" >"$work/times" 2>"$work/log" || {
        cat "$work/log"
        exit 1
    }
    callgrind_annotate --inclusive=yes --threshold=100 --show-percs=no "$work/profile" >"$work/functions"
    sed -nE 's/^ *([0-9,]+) +[^ ]*:counted_([a-z_]+)( .*)?$/\2 \1/p' "$work/functions" | tr -d , |
        awk -v times="$(cat "$work/times")" '{ printf "%s %.0f\n", $1, $2 / times }'
done | sort >"$work/counted"

if $writes; then
    {
        sed -n '/^#/p' "$table"
        cat "$work/counted"
    } >"$work/new"
    cp "$work/new" "$table"
fi

sed '/^#/d; /^$/d' "$table" | sort | join -a 1 -a 2 -e - -o 0,1.2,2.2 - "$work/counted" |
    awk -v tolerance="$tolerance" '
        BEGIN { printf "%-36s %8s %8s\n", "instructions of", "allowed", "counted" }
        {
            wrong = $2 == "-" || $3 == "-" || ($3 > $2 * (1 + tolerance) && $1 !~ /^qhash_/)
            failed += wrong
            printf "%-36s %8s %8s %s\n", $1, $2, $3, wrong ? "WRONG" : ""
        }
        END { exit NR == 0 || failed > 0 }'
