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

enter() {
    me=$(id -un)
    [ "$me" = "$owner" ] || refuse not-owner "it ran as $me, not as $owner"
    [ ! -L "$home" ] || refuse home-unsafe "$home is a symbolic link"
    cd -- "$home" 2>/dev/null || refuse no-home "$home"
}

# One request at a time works in a localhome; the kernel frees descriptor 9 whenever the script ends.
take_turn() {
    [ ! -L "$ours" ] && [ -d "$ours" ] && [ -O "$ours" ] || refuse "$1" "$2"
    trouble=$({ : >>"$ours/mutex"; } 2>&1) || refuse "$(code_of "$trouble" not-written)" "$ours/mutex cannot be written"
    exec 9>>"$ours/mutex"
    flock -w 10 9 || refuse busy
    held=$(grep -a -m 1 -E -e "$lock_shape" -- "$ours/lock" 2>/dev/null) || [ ! -e "$ours/lock" ] || held=damaged
}

must_be_ours() {
    enter
    take_turn not-ours 'nobody holds it'
    case "$held" in
        "lock $mine "*) ;;
        '') refuse not-ours 'nobody holds it' ;;
        *) refuse not-ours 'another rollout holds it' ;;
    esac
}

# Who could swap files under our hands: every folder on the way is root's or ours, and closed to strangers.
safe_home() {
    set --
    for way in "$home" "$(pwd -P)"; do
        while [ -n "$way" ]; do
            set -- "$@" "$way"
            way=${way%/*}
        done
    done
    IFS=$nl
    for line in $(stat -c '%f %u %g %G %n' -- "$@" /); do
        unset IFS
        safe_folder $line
    done
    unset IFS
}

safe_folder() {
    bits=$((0x$1)) uid=$2 gid=$3 named=$4
    shift 4
    # A link on the way is as safe as the folder that holds it, and where it leads is on the other way.
    [ $((bits >> 12)) -ne 10 ] || return 0
    [ "$uid" = 0 ] && [ "$*" != "$home" ] || [ "$uid" = "$(id -u)" ] || refuse home-unsafe "$* belongs to uid $uid"
    [ $((bits & 512)) -eq 0 ] || return 0
    [ $((bits & 2)) -eq 0 ] || refuse home-unsafe "$* may be written by everybody"
    [ $((bits & 16)) -eq 0 ] || [ "$gid" = 0 ] || [ "$named" = "$group" ] || refuse home-unsafe "$* may be written by the group $named"
}

all_tools() {
    look_for_tools
    [ -z "$missing" ] || refuse missing-tools "$missing"
}

# A small file of ours, whole on the disk before its name is.
keep() {
    cat >"$ours/$1.new" && sync "$ours/$1.new" && mv -f -T "$ours/$1.new" "$ours/$1" && sync "$ours"
}

epoch_seen() {
    seen=$(grep -a -m 1 -E -e "$epoch_shape" -- "$ours/epoch" 2>/dev/null)
    seen=${seen#epoch }
    seen=${seen:-0}
}
