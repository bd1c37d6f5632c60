# Files in the localhome: what is there, and how a new one comes to lie beside it.
staged=.filestore-config.xml.$own_tag.tmp part=.filestore-config.xml.$own_tag.part.tmp
documents=$ours/documents

sum_of() {
    sum=$(sha256sum -- "$1" 2>/dev/null)
    sum=sha256:${sum%% *}
}

# Sets found to the digest of the file on disk; whatever is not a plain file with one name is refused.
look_at_target() {
    found=absent
    facts=$(stat -c '%f %h %s' -- "$target" 2>/dev/null) || return 0
    set -- $facts
    case $1 in
        8???) ;;
        a???) refuse not-a-file 'it is a symbolic link' ;;
        4???) refuse not-a-file 'it is a directory' ;;
        1???) refuse not-a-file 'it is a FIFO' ;;
        *) refuse not-a-file 'it is a device or a socket' ;;
    esac
    [ "$2" -eq 1 ] || refuse hard-link "it has $2 names"
    [ "$3" -le 65536 ] || refuse changed "it has $3 bytes, more than any filestore-config.xml"
    sum_of "$target"
    found=$sum
}

as_expected() {
    look_at_target
    [ "$found" = "$expected" ] || refuse changed "expected $expected, found $found"
}

may_replace() {
    safe_home
    if command -v lsattr >/dev/null; then
        for name in "$target" .; do
            [ -e "$name" ] || continue
            flags=$(lsattr -d -- "$name" 2>/dev/null)
            case ${flags%% *} in *[ia]*) refuse immutable "${name#.} ${flags%% *}" ;; esac
        done
    fi
    # Twice the document, the copy of the previous one, and blocks for our small files.
    set -- $(stat -f -c '%a %S %d %c' .)
    [ $(($1 * $2)) -ge $((2 * $bytes + 98304)) ] || [ $# -ne 4 ] || refuse no-space "$(($1 * $2)) bytes are free"
    [ "${4:-0}" -eq 0 ] || [ "$3" -ge 6 ] || refuse no-inodes "$3 are free"
    [ -w . ] || refuse "$(code_of "$(touch -c -- . 2>&1)" home-unsafe)" "$home may not be written"
}

# Temps of dead rollouts; the lock is ours and it is our turn, so none of them is in use.
remove_temps() {
    set +f
    for name in $temps; do
        [ ! -f "$name" ] || [ -L "$name" ] || [ ! -O "$name" ] || rm -f -- "$name"
    done
    set -f
}

give_up() {
    rm -f -- "$part"
    refuse "$1" "$2"
}

# Bring "bytes" bytes of descriptor 3 to the disk under a temp's name, dressed as the file is to be, and checked there.
write_part() {
    trouble=$({ set -C; head -c "$bytes" <&3 >"$part"; } 2>&1) || give_up "$(code_of "$trouble" not-written)" "$trouble"
    # An inherited default ACL would let others in beside the mode.
    ! command -v setfacl >/dev/null || setfacl -b -- "$part" 2>/dev/null
    trouble=$(chgrp -- "$group" "$part" 2>&1) || give_up group-refused "$group"
    trouble=$(chmod -- "$mode" "$part" 2>&1) || give_up not-written "$trouble"
    trouble=$(sync "$part" 2>&1) || give_up sync-failed "$trouble"
    sum_of "$part"
    [ "$sum" = "$wanted" ] || give_up damaged "sent $wanted, arrived $sum"
}
