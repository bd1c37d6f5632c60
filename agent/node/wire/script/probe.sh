# What would Jira be able to do with each bucket? A tiny object is written, read, deleted and listed below each target's
# own prefix. What comes back is told in part and judged elsewhere; all of it ends by itself before the letter's time.

# By the clock that nobody sets.
uptime_now() {
    read -r now rest </proc/uptime
    now=${now%%.*}
}

seconds_left() {
    uptime_now
    left=$((begun + 48 - now))
}

# The time that is left is shared by what is still to be asked, twice the share each: most answers come at once.
take_share() {
    seconds_left
    [ $due -ge 1 ] || due=1
    patience=$((2 * left / (due + 1)))
    [ $patience -ge 4 ] || patience=4
    [ $patience -le 10 ] || patience=10
    due=$((due - 1))
    [ $((left - patience)) -ge 2 ] || patience=$((left - 2))
    [ $patience -ge 2 ]
}

probe() {
    choose_store_tool
    # A command that cannot be started is none.
    [ "$tool" != aws ] || timeout -k 1 8 "$aws" --version >/dev/null 2>&1 || use_curl
    keys=no
    ! find_keys || keys=yes
    tell_rights
    number=0
    IFS=$nl
    for place in $stores; do
        unset IFS
        probe_store $place
        number=$((number + 1))
    done
    unset IFS
}

use_curl() {
    tool=
    ! command -v curl >/dev/null || tool=curl
}

tell_rights() {
    digest=none proxy=no
    [ -z "$key_id" ] || digest=$(printf %s "$key_id" | sha256sum | cut -c 1-12)
    [ -z "$https_proxy$HTTPS_PROXY" ] || proxy=yes
    say rights "$surroundings ${tool:-none} $chain $digest $proxy"
    raw= who=${AWS_ENDPOINT_URL_STS:-$sts}
    # It becomes an argument and a line of curl's configuration.
    case $who in *[!A-Za-z0-9.:/_-]*) who= ;; esac
    region=$sts_region
    if [ -n "$who" ] && take_share; then
        case $tool.$keys in
            aws.*) raw=$(aws_asked --endpoint-url "$who" sts get-caller-identity | base64 -d | tr -d '\0') ;;
            curl.yes) raw=$(ask_sts | base64 -d | tr -d '\0') ;;
        esac
    fi
    told_of "$raw"
    say caller "$told"
}

ask_sts() {
    service=sts host=${who#*://}
    host=${host%%/*}
    set -- 'Action=GetCallerIdentity&Version=2011-06-15'
    {
        signature GET / "$1" e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
        printf 'url = "%s://%s/?%s"\n' "${who%%://*}" "$host" "$1"
    } | curl_by_pipe
}

# BUCKET REGION ROOT ENDPOINT TARGET:KEY...; "-" is no endpoint.
probe_store() {
    [ "$4" != - ] || set -- "$1" "$2" "$3" '' "$5" "$6" "$7"
    enter_bucket "$1" "$2" "$3" "$4"
    shift 4
    barred=
    look_up
    knock
    for trial in "$@"; do
        [ -z "$trial" ] || try "${trial%%:*}" "${trial#*:}"
    done
}

look_up() {
    found=not-asked name=$host
    case $name in '['*) name=${name#?} name=${name%%]*} ;; *) name=${name%:*} ;; esac
    if command -v getent >/dev/null && take_share; then
        timeout -k 1 "$patience" getent ahosts "$name" >/dev/null 2>&1
        case $? in 0) found=found ;; 2) found=none ;; *) found=slow ;; esac
    fi
    say store "$number look-up $found"
}

# Who answers there, by which clock, and where the bucket is: signed where there are keys, since the aws command follows
# to another region by itself, and Jira's client does not.
knock() {
    if ! command -v curl >/dev/null; then
        say store "$number door no-tool"
    elif ! take_share; then
        say store "$number door no-time"
    else
        case $tool.$keys in
            ?*.yes) raw=$(ask_store HEAD '' '') knocked=signed ;;
            *) raw=$(printf 'url = "%s://%s%s"\nhead\n' "${root%%://*}" "$host" "$path" | curl_by_pipe) knocked=curl ;;
        esac
        raw=$(printf %s "$raw" | base64 -d | tr -d '\0')
        told_of "$raw"
        say store "$number door $(date +%s) $knocked $told"
        # Nobody there, or nobody known to be the right one: nothing is sent.
        case ${raw##*"${nl}exit "} in 5 | 6 | 7 | 28 | 35 | 51 | 58 | 60 | 77) barred=yes ;; esac
    fi
}

try() {
    sent=
    for verb in write read delete list; do
        case $1.$verb in backups.list) continue ;; esac
        if [ -z "$tool" ]; then
            unasked no-tool "$1"
        elif [ "$tool.$keys" = curl.no ]; then
            unasked no-keys "$1"
        # What may have been written is to be removed, whatever came of it.
        elif [ -n "$barred" ] && [ "$sent.$verb" != yes.delete ]; then
            unasked barred "$1"
        elif ! take_share; then
            unasked no-time "$1"
        else
            sent=yes
            raw=$("${tool}_$verb" "$1" "$2" | base64 -d | tr -d '\0')
            told_of "$raw"
            say store "$number $verb $1 $(date +%s) $tool $told"
            case $tool.${raw##*"${nl}exit "} in curl.0 | aws.25[2-5] | aws.[0-3]) ;; *) barred=yes ;; esac
            case $raw in *'Could not connect'* | *'timeout on endpoint'* | *'SSL validation'*) barred=yes ;; esac
        fi
    done
}

unasked() {
    [ "$1" = no-time ] || due=$((due - 1))
    say store "$number $verb $2 $1"
}

# A bucket with Object Lock wants a checksum of what is put into it: this one is of $content.
curl_write() { ask_store PUT "$2" '' 'header = "Content-MD5: XSsyr1Vh1dbv0+yg013zfg=="'; }
curl_read() { ask_store GET "$2" ''; }
curl_delete() { ask_store DELETE "$2" ''; }
curl_list() { ask_store GET '' "list-type=2&max-keys=1&prefix=$1%2F"; }
aws_write() { aws_store put-object --key "$2"; }
aws_read() { aws_store get-object --key "$2" /dev/null; }
aws_delete() { aws_store delete-object --key "$2"; }
aws_list() { aws_store list-objects-v2 --prefix "$1/" --max-keys 1 --no-paginate; }

content='written by filestore-agent preflight-s3; may be deleted'
begun=
uptime_now
begun=$now
# With another user's rights it would prove nothing.
[ "$(id -un)" = "$owner" ] || refuse not-owner "it ran as $(id -un), not as $owner"
describe
find_identity
probe
send
