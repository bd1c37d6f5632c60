# Look, and ask the node's own Jira for pages of its REST interface. The token is shown to it alone: it stands in no
# argument and in no environment, only in pipes. A name that the login exported stays exported whatever it holds by
# now, so the names are made anew; s is the one that this whole script was read into.
set +a
set -- "$token" "$quoted_token"
unset s token quoted_token
token=$1 quoted_token=$2
set --

consult() {
    site=${url%/status} host=${url#*://}
    host=${host%%/*}
    # All headers of a letter together stay below what an adapter reads of it.
    room=655360
    choose_tool
    for name in $pages; do
        if [ -z "$tool" ]; then
            say rest "$name no-tool"
        elif ! jira_is_there; then
            say rest "$name no-process"
        elif [ "$room" -lt 350000 ]; then
            say rest "$name no-room"
        else
            fetch "$name"
            say rest "$name raw $raw"
            room=$((room - ${#raw}))
        fi
    done
}

# Where printf is a program, the token would be its argument.
choose_tool() {
    tool=
    case $(command -v printf) in /*) return ;; esac
    if command -v curl >/dev/null; then
        tool=curl
    elif [ "$scheme" = http ] && command -v bash >/dev/null; then
        tool=bash
    fi
}

# Any user may listen on Jira's port while Jira does not.
jira_is_there() {
    case $letter in *"${nl}process: "[luh]*) ;; *) return 1 ;; esac
}

# Older versions have the checks elsewhere.
fetch() {
    case $1 in
        members) get /rest/api/2/cluster/nodes ;;
        upgrade) get /rest/api/2/cluster/zdu/state ;;
        index) get /rest/api/2/index/summary ;;
        checks)
            get /rest/troubleshooting/1.0/check/
            case $(printf %.16s "$raw" | base64 -d 2>/dev/null) in
                HTTP/1.?\ 404) get /rest/supportHealthCheck/1.0/check/ ;;
            esac
            ;;
    esac
}

get() { raw=$(ask "$1" 2>/dev/null | head -c 262144 | base64 -w 0); }

ask() { if [ "$tool" = curl ]; then ask_by_curl "$1"; else ask_by_bash "$1"; fi; }

# No proxy, no redirect. -k: the page is asked of the node itself by address, which no certificate names.
ask_by_curl() {
    printf 'header = "Authorization: Bearer %s"\n' "$quoted_token" |
        curl -q -s -i -0 -k -g --noproxy '*' --connect-timeout 3 --max-time 5 -H 'Accept: application/json' \
            -K - "$site$1"
}

ask_by_bash() {
    printf '%s\n' "$token" | timeout -k 1 5 bash -c 'set +a
        IFS= read -r token && exec 4<>"/dev/tcp/$1/$2" || exit
        printf "GET %s HTTP/1.0\r\nHost: %s\r\nAuthorization: Bearer %s\r\n" "$3" "$4" "$token" >&4
        printf "Accept: application/json\r\nConnection: close\r\n\r\n" >&4
        exec cat <&4' rest "$address" "$port" "${path%/status}$1" "$host"
}

describe
consult
send
