# Look, and bring the copy of the plan that the lock's holder left here, behind the bytes of the file.
plan=$ours/plan

# Only a plain file of our own, whole or not at all, and only while one and the same lock is there.
look_at_copy() {
    copy=none
    [ "$inside" = yes ] && [ ! -L "$ours" ] && [ -O "$ours" ] && [ -f "$ours/lock" ] || return 0
    [ -f "$plan" ] && [ ! -L "$plan" ] && [ -O "$plan" ] && [ -r "$plan" ] || return 0
    size=$(stat -c %s -- "$plan" 2>/dev/null)
    [ "${size:-4194305}" -le 4194304 ] || return 0
    sum=$(sha256sum -- "$plan" 2>/dev/null)
    now=
    { IFS= read -r now <"$ours/lock"; } 2>/dev/null
    [ -n "$sum" ] && { [ -z "$held" ] || [ "$now" = "$held" ]; } || return 0
    say sum "$sum"
    copy=$size
}

describe
look_at_copy
say copy "$copy"
open_letter
[ "$copy" = none ] || dd if="$plan" bs=65536 count="$copy" iflag=nofollow,nonblock,count_bytes,fullblock 2>/dev/null
close_letter
