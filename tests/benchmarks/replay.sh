#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tests/benchmarks/replay.sh FOLDER: prints the hit ratios of SyncCache beside those of published
# policies. FOLDER holds *.trace.xz and a reference.tsv with the columns trace, percent, size, and
# one for each policy. Needs the preset release to be built.

set -euo pipefail

folder=${1:?which folder of traces?}
replay=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/release/tests/benchmarks/replay
unpacked=$(mktemp)
trap 'rm -f "$unpacked"' EXIT

printf 'trace\tpercent\tsize\tours\t2 threads\tlru\tbest of the others\n'
last=''
{
    IFS=$'\t' read -r -a names
    while IFS=$'\t' read -r -a row; do
        if [ "${row[0]}" != "$last" ]; then
            last=${row[0]}
            xz -dc "$folder/$last.trace.xz" >"$unpacked"
        fi
        best=0
        lru=0
        for ((i = 3; i < ${#row[@]}; ++i)); do
            [ "${names[i]}" != opt ] || continue
            [ "${names[i]}" != lru ] || lru=${row[i]}
            best=$(printf '%s\n%s\n' "$best" "${row[i]}" | sort -g | tail -n 1)
        done
        printf '%s\t%s\t%s\t%s\t%s\t%s\n' "${row[0]}" "${row[1]}" "${row[2]}" \
            "$("$replay" "$unpacked" "${row[2]}" 1 2)" "$lru" "$best"
    done
} <"$folder/reference.tsv" | awk -F '\t' '
    { print; ours += $4; two += $5; lru += $6; best += $7; ++rows }
    $4 - $6 < worst { worst = $4 - $6; name = $1 " " $2 }
    END {
        printf "mean\t\t\t%.4f\t%.4f\t%.4f\t%.4f\n", ours / rows, two / rows, lru / rows, best / rows
        printf "worst row beside LRU: %+.4f (%s)\n", worst, name
    }'
