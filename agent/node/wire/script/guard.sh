# What every verb that changes something asks first; whoever may not go on says so in a whole letter.

refuse() {
    refusal=$1 detail=${2:-}
    answer
    exit 3
}

# The code for the words of a failed command (the C locale fixes them), or the given one.
code_of() {
    case $1 in
        *'No space left'*) case $(stat -f -c '%d %c' .) in '0 0') echo no-space ;; '0 '*) echo no-inodes ;; *) echo no-space ;; esac ;;
        *'quota exceeded'*) echo quota ;;
        *'Read-only file system'*) echo read-only ;;
        *'Operation not permitted'*) echo immutable ;;
        *) echo "$2" ;;
    esac
}

# PWD is the home as the kernel sees it from here on. Only the way to a "no" takes the time to ask who we are.
enter() {
    [ ! -L "$home" ] && cd -P -- "$home" 2>/dev/null && [ -O . ] || doubt_entry
}

doubt_entry() {
    me=$(id -un)
    [ "$me" = "$owner" ] || refuse not-owner "it ran as $me, not as $owner"
    [ ! -L "$home" ] || refuse home-unsafe "$home is a symbolic link"
    cd -P -- "$home" 2>/dev/null || refuse no-home "$home"
}

# All that is judged by its facts, in one look: as whom we run, the file, our folder, and every folder on the way.
survey() {
    set -- "/proc/$$" "$target" "$ours"
    for way in "$home" "$PWD"; do
        while [ -n "$way" ]; do
            set -- "$@" "$way"
            way=${way%/*}
        done
        [ "$PWD" != "$home" ] || break
    done
    facts=$(stat -c "$fact_shape" -- "$@" / 2>/dev/null)
    me= size= kind= links= closed=no
    IFS=$nl
    for line in $facts; do
        unset IFS
        named=${line#* * * * * * * * * }
        case $named in
            "/proc/$$") set -- $line; me=${3%:*} my_uid=${3##*:} my_group=${4%:*} ;;
            "$target") set -- $line; kind=$1 size=$2 links=$5 ;;
            "$ours") case $line in 4[13579bdf]c0\ *) closed=yes ;; esac ;;
        esac
    done
    unset IFS
    [ "$me" = "$owner" ] || refuse not-owner "it ran as $me, not as $owner"
}

# One request at a time works in a localhome; the kernel frees descriptor 9 whenever the script ends.
take_turn() {
    [ ! -L "$ours" ] && [ -d "$ours" ] && [ -O "$ours" ] || refuse "$1" "$2"
    # Not by ":", whose failure would end the shell.
    { true >>"$ours/mutex"; } 2>/dev/null ||
        refuse "$(code_of "$({ true >>"$ours/mutex"; } 2>&1)" not-written)" "$ours/mutex cannot be written"
    exec 9>>"$ours/mutex"
    flock -w 10 9 || refuse busy
    recall
}

# Our own small files, in one look; nobody else changes them while it is our turn.
recall() {
    held= seen= traces=
    lines=$(grep -a -H -D skip -m 99 -E -e "$lock_shape" -e "$epoch_shape" -e "$receipt_shape" -e "$loaded_shape" \
        -- "$ours/lock" "$ours/epoch" "$ours/receipts" 2>/dev/null)
    IFS=$nl
    for line in $lines; do
        case $line in
            "$ours/lock:lock "*) held=${held:-"${line#*:}"} ;;
            "$ours/epoch:epoch "*) seen=${seen:-"${line#*:epoch }"} ;;
            "$ours/receipts:"*) traces="$traces${line#*:}$nl" ;;
        esac
    done
    unset IFS
    [ -n "$seen" ] || [ ! -e "$ours/epoch" ] || seen=damaged
    seen=${seen:-0}
    [ -n "$held" ] || [ ! -e "$ours/lock" ] || held=damaged
}

# No node comes to remember an epoch that none can be.
must_be_epoch() {
    [ "$1" -le "$highest_epoch" ] 2>/dev/null || refuse no-epoch "the request has $1, the highest is $highest_epoch"
}

# What is remembered never goes down, so what cannot be read is not written over.
must_remember() {
    [ "$seen" != damaged ] || refuse no-epoch "$ours/epoch"
}

must_be_ours() {
    enter
    take_turn not-ours 'nobody holds it'
    survey
    case "$held" in
        "lock $mine "*) ;;
        '') refuse not-ours 'nobody holds it' ;;
        *) refuse not-ours 'another rollout holds it' ;;
    esac
}

# Who could swap files under our hands: every folder on the way is root's or ours, and closed to strangers.
safe_home() {
    IFS=$nl
    for line in $facts; do
        unset IFS
        named=${line#* * * * * * * * * }
        case $named in /proc/*) ;; /*) safe_folder $line ;; esac
    done
    unset IFS
}

safe_folder() {
    bits=$((0x$1)) uid=${3##*:} gid=${4##*:} folder_group=${4%:*}
    # A link on the way is as safe as the folder that holds it, and where it leads is on the other way.
    [ $((bits >> 12)) -ne 10 ] || return 0
    [ "$uid" = 0 ] && [ "$named" != "$home" ] || [ "$uid" = "$my_uid" ] || refuse home-unsafe "$named belongs to uid $uid"
    [ $((bits & 512)) -eq 0 ] || return 0
    [ $((bits & 2)) -eq 0 ] || refuse home-unsafe "$named may be written by everybody"
    [ $((bits & 16)) -eq 0 ] || [ "$gid" = 0 ] || [ "$folder_group" = "$group" ] ||
        refuse home-unsafe "$named may be written by the group $folder_group"
}

all_tools() {
    look_for_tools
    [ -z "$missing" ] || refuse missing-tools "$missing"
}

# A small file of ours, whole on the disk before its name is.
keep() {
    { printf '%s' "$2" >"$ours/$1.new" && sync "$ours/$1.new" && mv -f -T "$ours/$1.new" "$ours/$1" && sync "$ours"; } 2>/dev/null
}

# The letter of an act that is done and not the last: what it touched, from what is known now, and nothing else.
answer_briefly() {
    letter=
    say verdict ok
    say detail ''
    say inside yes
    IFS=$nl
    for line in $facts; do
        case ${line#* * * * * * * * * } in "/proc/$$" | "$home" | "$target" | "$ours") say stat "$line" ;; esac
    done
    case $held in damaged) say lock damaged ;; lock\ *) say lock "${held#lock }" ;; esac
    say epoch "$seen"
    for line in $traces; do say trace "$line"; done
    for line in $sums; do say sum "$line"; done
    unset IFS
    { read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null
    say boot "$boot"
    say page not-asked
    send
}
