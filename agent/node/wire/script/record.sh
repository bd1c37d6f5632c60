# What a change leaves behind: the document it replaced, the folder on the disk, a receipt.

# Digests of the file, of what is to replace it, and of what is kept of it, if anything is.
take_all_sums() {
    [ "$expected" = absent ] || set -- "$@" "$documents/${expected#sha256:}"
    ! plain_target || set -- "$target" "$@"
    sums=
    [ $# -eq 0 ] || take_sums "$@"
}

keep_previous() {
    [ "$found" != absent ] || return 0
    kept=$documents/${found#sha256:}
    sum_of "$kept"
    if [ "$sum" = "$found" ]; then
        touch -c -- "$kept"
    else
        [ -d "$documents" ] || mkdir -m 700 "$documents" 2>/dev/null
        trouble=$({ cat <"$target" >"$kept.new" && sync "$kept.new"; } 2>&1) || lose_previous "$(code_of "$trouble" not-written)"
        take_sums "$kept.new"
        sum_of "$kept.new"
        [ "$sum" = "$found" ] || lose_previous changed
        mv -f -T "$kept.new" "$kept" && sync "$documents" || lose_previous sync-failed
    fi
    forget_oldest
}

forget_oldest() {
    set +f
    set -- "$documents"/*
    set -f
    [ $# -le 10 ] || for name in $(ls -t "$documents" | tail -n +11); do rm -f -- "$documents/$name"; done
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
settle_and_record() {
    read -r boot </proc/sys/kernel/random/boot_id
    born=$(cat /proc/self/stat)
    set -- ${born##*) }
    kept_lines=
    last_of receipt
    last_of loaded
    [ -z "$loaded" ] || kept_lines="${kept_lines}loaded ${loaded% *} $boot ${loaded##* }$nl"
    kept_lines="${kept_lines}receipt $wanted $meaning $found $boot ${20}$nl"
    # Both to the disk at once; where that fails, one after the other tells which. No receipt has its name before the
    # folder is safe.
    if { printf '%s' "$kept_lines" >"$ours/receipts.new" && sync . "$ours/receipts.new"; } 2>/dev/null; then
        { mv -f -T "$ours/receipts.new" "$ours/receipts" && sync "$ours"; } 2>/dev/null || refuse not-recorded
    else
        settle
        rm -f "$ours/receipts.new"
        keep receipts "$kept_lines" || refuse not-recorded
    fi
}

# The last nineteen traces of a kind.
last_of() {
    count=-19
    IFS=$nl
    for line in $traces; do case $line in "$1 "*) count=$((count + 1)) ;; esac; done
    for line in $traces; do
        case $line in "$1 "*) count=$((count - 1)) ;; *) continue ;; esac
        [ $count -ge 0 ] || kept_lines="$kept_lines$line$nl"
    done
    unset IFS
}
