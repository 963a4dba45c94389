#!/bin/bash
# Prints how often, and from when to when, each level occurs.
export LC_ALL=C
awk '
$2 ~ /^[A-Z]+$/ {
    if (!($2 in count) || $1 < first[$2]) first[$2] = $1
    if (!($2 in count) || $1 > last[$2]) last[$2] = $1
    count[$2]++
}
END { for (level in count) print level, count[level], first[level], last[level] }
' | sort -k2,2nr -k1,1
