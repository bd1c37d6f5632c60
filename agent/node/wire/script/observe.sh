# The facts of one node, as headers of the letter. Nothing in this file changes anything.

# Only a look looks around (around.sh); an act tells of what it touched.
look_elsewhere() { :; }
look_for_strays() { :; }
look_at_folder() { :; }

# Every file in one look, and we ourselves (as whom we run; proc makes our entry now, so its time is now); the controller reads the lines, the script keeps only what it needs itself.
look_at_files() {
    set -- "$home" "/proc/$$"
    inside=no
    if cd -- "$home" 2>/dev/null; then
        inside=yes
        set -- "$@" . "$target" .jira-home.lock "$ours" "$log"
    fi
    stats=$(stat -c "$fact_shape" -- "$@" 2>&1)
    say inside "$inside"
    size= kind= lock_key= log_inode=
    IFS=$nl
    for line in $stats; do
        unset IFS
        case $line in
            [0-9a-f][0-9a-f][0-9a-f][0-9a-f]\ *) say stat "$line"; remember $line ;;
            *denied*) say hidden yes ;;
        esac
    done
    unset IFS
}

remember() {
    [ $# -eq 10 ] || return 0
    case ${10} in
        "$target") kind=$1 size=$2 ;;
        "$log") case $1 in 8???) log_inode=$7 log_size=$2 ;; esac ;;
        .jira-home.lock) lock_key=$(printf %02x:%02x:%s $(($6 >> 8 & 4095)) $(($6 & 255 | $6 >> 12 & 1048320)) "$7") ;;
    esac
}

# Lines of known shape from several small files in one look. What has another shape does not enter the letter.
look_into_files() {
    set -- /proc/stat /proc/locks
    [ "$inside" = no ] || set -- "$@" cluster.properties "$ours/lock" "$ours/epoch" "$ours/receipts"
    lines=$(grep -a -H -D skip -m 99 -E -e "^btime $n\$" -e "^$n: [A-Z]+ +[A-Z]+ +[A-Z]+ $n ${lock_key:-none} " \
        -e '^[[:space:]]*jira\.node\.id[[:space:]=:]' -e "$lock_shape" -e "$epoch_shape" \
        -e "$receipt_shape" -e "$loaded_shape" -- "$@" 2>/dev/null)
    locker= several= tag= held= fence= node_id=
    IFS=$nl
    for line in $lines; do
        unset IFS
        case $line in
            /proc/stat:btime\ *) say btime "${line#*e }" ;;
            /proc/locks:*) set -- $line; pid_of_locker "$5" ;;
            cluster.properties:*) node_id=${line#*:} ;;
            "$ours/lock:lock "*) [ -n "$held" ] || { held=${line#*:}; set -- $line; tag=$2; say lock "${line#*:lock }"; } ;;
            "$ours/epoch:epoch "*) [ -n "$fence" ] || { fence=${line#*:epoch }; say epoch "$fence"; } ;;
            "$ours/receipts:"*) say trace "${line#*:}" ;;
        esac
    done
    unset IFS
    # Said twice, the last counts, as with all files of properties.
    [ -z "$node_id" ] || say node-id "$node_id"
    [ "$inside" = no ] || [ -n "$held" ] || [ ! -e "$ours/lock" ] || say lock damaged
    # A stranger may see that it is there, and not what it holds.
    [ "$inside" = no ] || [ -n "$fence" ] || [ ! -O "$ours" ] || [ ! -e "$ours/epoch" ] || say epoch damaged
}

pid_of_locker() {
    [ -z "$locker" ] || [ "$locker" = "$1" ] || several=yes
    locker=$1
}

# Which process uses this home: who locks its lock file, else the unit's, else the one started with this home.
look_for_process() {
    # Where /proc is mounted with hidepid, no process found means nothing.
    if [ -r /proc/1/stat ]; then say sees-all yes; else say sees-all no; fi
    unit_pid=0
    # Asking systemd takes longer than all the rest: only where no lock tells, or the unit itself is in question.
    [ -n "$locker" ] && [ -z "$examine" ] || look_at_unit
    if [ -n "$several" ]; then say process 'several locks'; return; fi
    if [ -n "$locker" ]; then describe_process "$locker" lock; return; fi
    if [ "$unit_pid" != 0 ]; then describe_process "$unit_pid" unit; return; fi
    # "--regexp=" keeps this very grep from finding itself: its own word is longer.
    set +f
    found=$(grep -l -z -a -F -x "--regexp=-Djira.home=$home" -- /proc/[0-9]*/cmdline 2>/dev/null)
    set -f
    case $found in
        '') look_elsewhere ;;
        *"$nl"*) say process 'several homes' ;;
        *) found=${found#/proc/}; describe_process "${found%/cmdline}" home ;;
    esac
}

describe_process() {
    line= stat_line=
    { read -r stat_line <"/proc/$1/stat"; } 2>/dev/null
    # The name in brackets may hold brackets and blanks itself: only what follows the last one counts.
    set -- "$1" "$2" ${stat_line##*') '}
    say process "$2 $1 ${22:-none}"
    # Of the command line only this one word is taken, and of the environment nothing (identity.sh is an errand's).
    word=$(grep -h -z -a -m 1 '^-Djira\.home=' "/proc/$1/cmdline" 2>/dev/null)
    case $word in *"$nl"*) word= ;; esac
    word=${word#-Djira.home=}
    # Another way to write the same folder is no other home.
    [ "$inside" = no ] || [ -z "$word" ] || [ ! "$word" -ef . ] || word=$home
    say home "$word"
}

look_at_unit() {
    [ -n "$unit" ] && [ -d /run/systemd/system ] && [ -x /usr/bin/systemctl ] || return 0
    facts=$(timeout 3 /usr/bin/systemctl show -p LoadState -p ActiveState -p MainPID -p TimeoutStopUSec -p FragmentPath \
        -- "$unit" 2>/dev/null)
    IFS=$nl
    for line in $facts; do
        case $line in
            MainPID=*) unit_pid=${line#*=}; say unit "$line" ;;
            *=*) say unit "$line" ;;
        esac
    done
    unset IFS
}

# The status page, raw and capped. For plain http bash alone is quicker than curl's own start; it writes a line.
look_at_status() {
    if [ "$scheme" = http ] && command -v bash >/dev/null; then
        page=$(timeout -k 1 5 bash -c 'exec 2>&1 4<>"/dev/tcp/$1/$2" || exit
            printf "GET %s HTTP/1.0\r\nHost: %s\r\nConnection: close\r\n\r\n" "$3" "$1" >&4
            IFS= read -r -N 4096 -t 5 page <&4
            printf -v nl "\n"
            printf -v cr "\r"
            page=${page//\\/\\\\}
            page=${page//$nl/\\n}
            printf %s "${page//$cr/\\r}"' status "$address" "$port" "$path")
        case $page in
            HTTP/*) say page "text $page" ;;
            *'Connection refused'*) say page refused ;;
            *) say page "silent ${page%%"$nl"*}" ;;
        esac
    elif command -v curl >/dev/null; then
        # -k: the page is asked of the node itself by address, which no certificate names.
        page=$(curl -q -s -S -i -0 -k -g --noproxy '*' --connect-timeout 3 --max-time 5 "$url" 2>&1 |
            head -c 4096 | base64 -w 0)
        say page "base64 $page"
    else
        say page none
    fi
}

look_at_machine() {
    for fact in boot:/proc/sys/kernel/random/boot_id machine:/etc/machine-id host:/proc/sys/kernel/hostname; do
        line=
        { read -r line <"${fact#*:}"; } 2>/dev/null
        say "${fact%%:*}" "$line"
    done
    container=
    [ ! -e /run/.containerenv ] || container=podman
    [ ! -e /.dockerenv ] || container=docker
    [ -z "$KUBERNETES_SERVICE_HOST" ] || container=kubernetes
    while [ -z "$container" ] && read -r line; do
        case $line in
            *kubepods*) container=kubernetes ;;
            *docker*) container=docker ;;
            *libpod*) container=podman ;;
        esac
    done 2>/dev/null </proc/1/cgroup
    # Only where the first process is an image's own launcher does a start rewrite the file (the vendor's image begins at
    # /entrypoint.py); a machine that merely is a container is a machine like any other.
    if [ -n "$container" ] && [ ! -e /entrypoint.py ]; then
        grep -qa -e entrypoint -e start-jira -e '-Djira.home=' /proc/1/cmdline 2>/dev/null || container=
    fi
    say container "$container"
    look_for_tools
    say missing "$missing"
}

look_for_tools() {
    missing=
    for tool in base64 cat chgrp chmod cp cut dd flock grep head id ln ls mkdir mv rm setsid sha256sum stat sync tail timeout touch; do
        command -v "$tool" >/dev/null || missing="$missing$tool "
    done
}

look_at_home() {
    [ "$inside" = yes ] || return 0
    if [ -w . ]; then say writable yes; else say writable no; fi
    say space "$(stat -f -c '%a %S %d %c %T' . 2>/dev/null)"
    set +f
    for name in $temps; do
        [ ! -f "$name" ] || say leftover "$name"
    done
    set -f
    look_for_strays
    [ -n "$kind" ] || look_at_folder
}

# The file itself: only a regular one, only up to 64 KiB, never through a link, never waiting on a pipe.
look_at_content() {
    length=none staged=
    [ "$inside" = yes ] || return 0
    [ -z "$tag" ] || staged=.filestore-config.xml.$tag.tmp
    [ -f "$staged" ] && [ ! -L "$staged" ] || staged=
    case $kind in
        8???) [ "$size" -gt 65536 ] || [ ! -r "$target" ] || length=$size ;;
    esac
    set -- ${staged:+"$staged"}
    [ "$length" = none ] || set -- "$target" "$@"
    [ $# -eq 0 ] || sums=$(sha256sum -- "$@" 2>/dev/null)
    IFS=$nl
    for line in $sums; do say sum "$line"; done
    unset IFS
}

answer() {
    describe
    send
}

describe() {
    letter= sums=
    say verdict "$refusal"
    say detail "$detail"
    look_at_files
    look_into_files
    look_for_process
    look_at_status
    look_at_machine
    look_at_home
    look_at_content
}

# The letter: headers, then exactly as many bytes of the file as "length" says, between two lines that hold the nonce.
send() {
    open_letter
    close_letter
}

open_letter() {
    say length "$length"
    printf '\n%s begin\n%s\n' "$frame" "$letter"
    [ "$length" = none ] || dd if="$target" bs=65536 count="$length" iflag=nofollow,nonblock,count_bytes,fullblock 2>/dev/null
}

close_letter() {
    printf '\n%s end\n' "$frame"
}
