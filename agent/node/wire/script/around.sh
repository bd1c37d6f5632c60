# What a look tells besides, of the machine around the file. Nothing in this file changes anything.

# Nobody names this home in these words. It may be named in others (a link to it, a slash more), or there are only
# processes with other homes.
look_elsewhere() {
    set +f
    words=$(grep -H -z -a -m 1 '^-Djira\.home=/' -- /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n')
    set -f
    same= count=0
    IFS=$nl
    for line in $words; do
        case $line in /proc/*/cmdline:-Djira.home=/*) ;; *) continue ;; esac
        there=${line#*:-Djira.home=}
        if [ "$inside" = yes ] && [ "$there" -ef . ]; then
            line=${line#/proc/}
            same="$same${same:+ }${line%%/*}"
        elif [ $count -lt 8 ]; then
            count=$((count + 1))
            say elsewhere "$there"
        fi
    done
    unset IFS
    case $same in
        '') ;;
        *' '*) say process 'several homes' ;;
        *) describe_process "$same" home ;;
    esac
}

# What else bears the file's name: copies that somebody made, temps of other tools.
look_for_strays() {
    set +f
    count=0
    for name in "$target"?* ".$target"*; do
        [ -e "$name" ] || [ -L "$name" ] || continue
        case $name in *"$nl"* | ".$target".$h$h$h$h.tmp | ".$target".$h$h$h$h.part.tmp) continue ;; esac
        [ $count -lt 20 ] || break
        count=$((count + 1))
        say stray "$name"
    done
    set -f
}

# Where there is no file its folder tells when one was last removed, and the uptime around it what time that is.
look_at_folder() {
    before= after= lock=.jira-home.lock
    [ -e "$lock" ] || lock=
    { read -r before line </proc/uptime; } 2>/dev/null
    set -- $(stat -c '%.Y %.Z' -- "/proc/$$" . $lock 2>/dev/null)
    { read -r after line </proc/uptime; } 2>/dev/null
    say folder "$before $* $after"
}
