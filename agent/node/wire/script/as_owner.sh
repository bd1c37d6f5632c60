# An errand proves nothing with another user's rights. The minute of a request is counted from here.
must_be_owner() {
    me=$(id -un)
    [ "$me" = "$owner" ] || refuse not-owner "it ran as $me, not as $owner"
}

uptime() { read -r up line </proc/uptime && up=${up%%.*}; }
uptime
begun_at=$up

# Seconds that are left of it when so many more are kept back; at least one.
time_left() {
    uptime
    seconds_left=$((48 - $1 - (up - begun_at)))
    [ "$seconds_left" -gt 0 ] || seconds_left=1
}
