# Ask the service and return at once. It inherits nothing of ours: no stdio, no turn, no locale.
must_be_ours
if [ -z "$unit" ]; then
    eval "set -- $argv"
    command -v -- "$1" >/dev/null || refuse service-failed "$1 is not there"
    (
        cd / && umask "$login_umask"
        PATH=$login_path
        [ -z "$login_locale" ] && unset LC_ALL || LC_ALL=$login_locale
        exec setsid "$@" </dev/null >/dev/null 2>&1 3<&- 9>&-
    ) &
elif [ "$my_uid" = 0 ]; then
    /usr/bin/systemctl --no-block "$act" "$unit" >/dev/null 2>&1 3<&- 9>&- || refuse service-failed "systemctl ended with $?"
else
    /usr/bin/sudo -n /usr/bin/systemctl --no-block "$act" "$unit" >/dev/null 2>&1 3<&- 9>&- || refuse service-failed "sudo systemctl ended with $?"
fi
answer
