# Look, and bring the lines of Jira's log after a mark that bear a sign. The log may be rotated, huge or no file at all.

# All files of the log, the newest last, each as inode, mode, links, user, group, size, time and name.
list_logs() {
    set +f
    logs=$(ls -1 -t -r -d -i -n --time-style=+%s -- "$log"* 2>/dev/null)
    set -f
    known=
    IFS=$nl
    for line in $logs; do known="$known${line%% -*} ${line#* log/}$nl"; done
    unset IFS
}

# What is to be read, in the order of its age: the rest of the mark's file, and every newer one up to the log of now.
choose_parts() {
    parts= total=0 whole=yes found=no current=
    IFS=$nl
    for line in $logs; do
        unset IFS
        set -- $line
        name=log/${line#* log/}
        case $2 in -*) consider "$1" "$6" ;; esac
    done
    unset IFS
    [ -z "$mark_inode" ] || [ "$found" = yes ] || whole=no
    [ -z "$log_inode" ] || [ "$log_inode" = "$mark_inode" ] || read_current
}

# The log of now ends where this letter says that it does, so that the next mark begins where this one ended.
consider() {
    size=$2
    [ "$1" != "$log_inode" ] || current=$name size=$log_size
    if [ "$1" = "$mark_inode" ]; then
        [ "$found" = no ] || return 0
        found=yes
        # Cut short in place: what it held before is gone.
        [ "$mark_size" -le "$size" ] || { mark_size=0; whole=no; }
        add "$mark_size" "$((size - mark_size))"
    elif [ "$found" = yes ] && [ "$1" != "$log_inode" ]; then
        case $name in *.gz | *.bz2 | *.xz | *.zip) whole=no ;; *) add 0 "$size" ;; esac
    fi
}

read_current() {
    name=$current
    [ -n "$name" ] || { whole=no; return 0; }
    # Without a mark, its last 256 KiB.
    if [ -z "$mark_inode" ] && [ "$log_size" -gt 262144 ]; then
        add "$((log_size - 262144))" 262144
    else
        add 0 "$log_size"
    fi
}

add() {
    [ -r "$name" ] || { whole=no; return 0; }
    [ "$2" -eq 0 ] || parts="$parts$1 $2 $name$nl" total=$((total + $2))
}

# The bytes from one place to another, counted over all parts.
bring() {
    from=$1 to=$2 at=0
    IFS=$nl
    for part in $parts; do
        unset IFS
        set -- $part
        start=0 stop=$2
        [ "$from" -le "$at" ] || start=$((from - at))
        [ "$to" -ge $((at + $2)) ] || stop=$((to - at))
        at=$((at + $2))
        [ "$start" -lt "$stop" ] || continue
        dd if="${part#* * }" bs=65536 skip="$(($1 + start))" count="$((stop - start))" \
            iflag=nofollow,nonblock,skip_bytes,count_bytes,fullblock
        printf '\n'
    done
    unset IFS
}

# Not more than 8 MiB: the first half of it tells how it began, the second how it stands.
bring_all() {
    if [ "$total" -le 8388608 ]; then
        bring 0 "$total"
    else
        bring 0 4194304
        bring "$((total - 4194304))" "$total"
    fi 2>/dev/null
}

# The signs are one argument of their own, one sign a line, and never a pattern.
bear() { bring_all | grep -a -n -F "$@" -e "$signs"; }

# A line is cut, its number in what was read before it; one more of the first than are shown tells whether all came.
packed() { cut -b 1-509 | base64 -w 0; }

look_at_log() {
    [ "$inside" = yes ] || { say whole no; return 0; }
    list_logs
    before=$known
    choose_parts
    [ "$total" -le 8388608 ] || whole=no
    if [ -n "$signs" ] && [ "$total" -gt 0 ]; then
        say first "$(bear -m 61 | packed)"
        say last "$(bear | tail -n 60 | packed)"
    fi
    # Rotated under our eyes: a name may have been another file's when it was read.
    list_logs
    [ "$known" = "$before" ] || whole=no
    say whole "$whole"
}

describe
look_at_log
send
