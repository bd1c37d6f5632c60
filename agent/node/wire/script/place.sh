# Files in the localhome: what is there, and how a new one comes to lie beside it.
staged=.filestore-config.xml.$own_tag.tmp part=.filestore-config.xml.$own_tag.part.tmp
documents=$ours/documents

# Digests of several files at once; of those that cannot be read there is none.
take_sums() {
    sums=$(sha256sum -- "$@" 2>/dev/null)
}

# Sets sum to the digest that was taken of a file.
sum_of() {
    sum=sha256:
    IFS=$nl
    for line in $sums; do
        case $line in *"  $1") sum=sha256:${line%%  *} ;; esac
    done
    unset IFS
}

# Sets found to the digest of the file on disk; whatever is not a plain file with one name is refused.
as_expected() {
    found=absent
    case $kind in
        '') ;;
        8???) sum_of "$target"; found=$sum ;;
        a???) refuse not-a-file 'it is a symbolic link' ;;
        4???) refuse not-a-file 'it is a directory' ;;
        1???) refuse not-a-file 'it is a FIFO' ;;
        *) refuse not-a-file 'it is a device or a socket' ;;
    esac
    [ "${links:-1}" -eq 1 ] || refuse hard-link "it has $links names"
    [ "${size:-0}" -le 65536 ] || refuse changed "it has $size bytes, more than any filestore-config.xml"
    [ "$found" = "$expected" ] || refuse changed "expected $expected, found $found"
}

# Only a plain file of a size that can be ours is read.
plain_target() {
    case $kind in 8???) [ "$size" -le 65536 ] ;; *) false ;; esac
}

# Once more, as near to the change as can be.
still_expected() {
    before=$found found=absent
    if [ -e "$target" ] || [ -L "$target" ]; then
        sums=
        [ ! -f "$target" ] || [ -L "$target" ] || take_sums "$target"
        sum_of "$target"
        found=$sum
    fi
    [ "$found" = "$before" ] || refuse changed "expected $expected, found $found"
}

may_replace() {
    safe_home
    if command -v lsattr >/dev/null; then
        set -- .
        [ -z "$kind" ] || set -- "$target" .
        IFS=$nl
        for line in $(lsattr -d -- "$@" 2>/dev/null); do
            case ${line%% *} in *[ia]*) refuse immutable "${line##* } ${line%% *}" ;; esac
        done
        unset IFS
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
    # A new file has our own group, unless its folder has another.
    [ "$my_group" = "$group" ] && [ -G "$part" ] ||
        trouble=$(chgrp -- "$group" "$part" 2>&1) || give_up group-refused "$group"
    trouble=$({ chmod -- "$mode" "$part"; } 2>&1) || give_up not-written "$trouble"
    trouble=$({ sync "$part"; } 2>&1) || give_up sync-failed "$trouble"
    take_sums "$part"
    sum_of "$part"
    [ "$sum" = "$wanted" ] || give_up damaged "sent $wanted, arrived $sum"
}
