# What a change leaves behind: the document it replaced, the folder on the disk, a receipt.

keep_previous() {
    [ "$found" != absent ] || return 0
    kept=$documents/${found#sha256:}
    mkdir -p -m 700 "$documents" 2>/dev/null
    sum_of "$kept"
    if [ "$sum" = "$found" ]; then
        touch -c -- "$kept"
    else
        trouble=$({ cat <"$target" >"$kept.new" && sync "$kept.new"; } 2>&1) || lose_previous "$(code_of "$trouble" not-written)"
        sum_of "$kept.new"
        [ "$sum" = "$found" ] || lose_previous changed
        mv -f -T "$kept.new" "$kept" && sync "$documents" || lose_previous sync-failed
    fi
    for name in $(ls -t "$documents" | tail -n +11); do rm -f -- "$documents/$name"; done
}

lose_previous() {
    rm -f -- "$kept.new"
    refuse "$1" 'the previous document could not be kept'
}

# The name is in place; a second try opens the folder afresh.
settle() {
    sync . 2>/dev/null || sync . 2>/dev/null || refuse not-durable
}

# The ticks are those of a fresh child, born after the rename: a process with more of them has read the new file.
leave_receipt() {
    read -r boot </proc/sys/kernel/random/boot_id
    born=$(cat /proc/self/stat)
    set -- ${born##*) }
    ticks=${20} marked=
    [ -z "$loaded" ] || marked="loaded ${loaded% *} $boot ${loaded##* }"
    {
        grep -a -E -e "$receipt_shape" -- "$ours/receipts" 2>/dev/null | tail -n 19
        grep -a -E -e "$loaded_shape" -- "$ours/receipts" 2>/dev/null | tail -n 19
        [ -z "$marked" ] || printf '%s\n' "$marked"
        printf 'receipt %s %s %s %s %s\n' "$wanted" "$meaning" "$found" "$boot" "$ticks"
    } | keep receipts 2>/dev/null || refuse not-recorded
}
