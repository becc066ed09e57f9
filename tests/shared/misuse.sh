#!/bin/sh
# SPDX-License-Identifier: MIT

# misuse.sh SNIPPET COMPILER [ARGUMENT...]
# Compiles what must not compile, and looks for the sentence in the second line of the snippet: in one
# of two lines, at most, that say "error:", among no more than what fits on a screen. Further in, newer
# compilers say why a trait is false.

set -eu
snippet=$1
shift
sentence=$(sed -n '2s|^// ||p' "$snippet")
most_lines=40
if said=$(LC_ALL=C "$@" "$snippet" 2>&1); then
    echo "$snippet compiles"
    exit 1
fi
errors=$(printf '%s\n' "$said" | grep '^[^ ].*error:')
if [ "$(printf '%s\n' "$errors" | wc -l)" -gt 2 ] ||
    ! printf '%s\n' "$errors" | grep -qF "$sentence" ||
    [ "$(printf '%s\n' "$said" | wc -l)" -gt "$most_lines" ]; then
    printf '%s\n' "$said"
    exit 1
fi
