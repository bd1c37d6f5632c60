# Ask systemd, as the user with this id; where it does not follow, why not stands in refusal and detail.
ask_systemd() {
    if [ "$1" = 0 ]; then
        set -- /usr/bin/systemctl --no-block "$act" "$unit"
    else
        set -- /usr/bin/sudo -n /usr/bin/systemctl --no-block "$act" "$unit"
    fi
    heard=$({ "$@" 2>&1 >/dev/null; printf '\n%s %s\n' "$frame" "$?"; } 3<&- 9>&- | hear)
    ended=${heard%% *} words=${heard#* }
    [ "$ended" != 0 ] || return 0
    refusal=service-failed detail="systemctl ended with $ended${words:+: $words}"
    [ "$2" != -n ] || { shift 2; /usr/bin/sudo -n -l "$@" </dev/null >/dev/null 2>&1 3<&- 9>&-; } || refusal=sudo-refused
    return 1
}

# How it ended and what it complained of, on one line. We read up to our own mark and not to the end of the pipe:
# whatever systemctl leaves behind may hold that open.
hear() {
    words=
    while IFS= read -r line; do
        case $line in
            "$frame "*) printf '%s %.200s' "${line##* }" "$words"; return ;;
            ?*) [ ${#words} -gt 200 ] || words="$words${words:+; }$line" ;;
        esac
    done
}
