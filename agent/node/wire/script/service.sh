# Ask the service and return at once. It inherits nothing of ours: no stdio, no turn, no locale.
find_command() {
    # Where the words will be run, and as the login would find them.
    found=$(cd / && PATH=$login_path && command -v -- "$1") || case $1 in */*) found=$1 ;; esac
    [ -e "$found" ] || refuse no-command "$1 is not there"
    [ -f "$found" ] && [ -x "$found" ] || refuse no-command "$1 is not executable for $me"
}

must_be_ours
if [ -z "$unit" ]; then
    eval "set -- $argv"
    find_command "$1"
    (
        cd / && umask "$login_umask"
        PATH=$login_path
        [ -z "$login_locale" ] && unset LC_ALL || LC_ALL=$login_locale
        exec setsid "$@" </dev/null >/dev/null 2>&1 3<&- 9>&-
    ) &
else
    ask_systemd "$my_uid" || refuse "$refusal" "$detail"
fi
answer
