#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# edges.sh ROOT: each edge of the memory order is written at both of its ends and in the table of
# src/README.md, under the same name.
#
# An end is a comment of the form "[name] release: why" or "[name] acquire: why", or acq_rel: for
# both at once; a second order in the same comment belongs to the last name before it. A bracketed
# name without an order refers to an edge, which must exist.

set -euo pipefail
cd "$1"

# Prints "name order place" for each end, and "name - place" for each mention.
ends() {
    # shellcheck disable=SC2016 # awk's dollars
    find include src -type f \( -name '*.h' -o -name '*.cpp' \) -exec awk '
        function finish() {
            text = block
            name = ""
            while (match(text, /(^|[^A-Za-z0-9_\]\[)])\[[a-z]+(-[a-z]+)*\]|(^|[^a-z_])(release|acquire|acq_rel):/)) {
                token = substr(text, RSTART, RLENGTH)
                text = substr(text, RSTART + RLENGTH)
                if (token ~ /\]$/) {
                    sub(/^[^\[]*\[/, "", token)
                    sub(/\]$/, "", token)
                    name = token
                    print name, "-", place
                } else if (name != "") {
                    sub(/^[^a-z]/, "", token)
                    if (token != "acquire:")
                        print name, "release", place
                    if (token != "release:")
                        print name, "acquire", place
                }
            }
            block = ""
        }
        FNR == 1 { finish(); inside = 0 }
        {
            line = $0
            whole = line ~ /^[ \t]*\/\//
            if (inside) {
                block = block " " line
            } else if ((at = index(line, "//")) || (at = index(line, "/*"))) {
                if (!whole || block == "") {
                    finish()
                    place = FILENAME ":" FNR
                }
                block = block " " substr(line, at + 2)
                inside = !index(line, "//") && !index(line, "*/")
            } else {
                finish()
            }
            if (inside && index(line, "*/"))
                inside = 0
        }
        END { finish() }' {} +
}

found=$(ends)
# The first column of a table row, with or without back-quotes round the brackets.
tabled=$(sed -nE 's/^\|[[:space:]]*`?\[([a-z]+(-[a-z]+)*)\]`?[[:space:]]*\|.*/\1/p' src/README.md 2>/dev/null || true)

problems=$(
    while read -r name; do
        for order in release acquire; do
            grep -q "^$name $order " <<<"$found" ||
                printf 'no "[%s] %s:" anywhere; the edge is named in%s\n' "$name" "$order" \
                    "$(sed -n "s/^$name [a-z-]* / /p" <<<"$found" | sort -u | tr -d '\n')"
        done
        grep -qx "$name" <<<"$tabled" || printf 'src/README.md has no row for [%s]\n' "$name"
    done < <(cut -d ' ' -f 1 <<<"$found" | sort -u | grep . || true)
    while read -r name; do
        grep -q "^$name " <<<"$found" || printf 'src/README.md has a row for [%s], which is nowhere in the code\n' "$name"
    done < <(grep . <<<"$tabled" || true)
)
if [ -n "$problems" ]; then
    printf '%s\n' "$problems"
    exit 1
fi
