# The next bytes of an object, behind those that are there, for a bounded time. What was written is the answer.

# The URL is shown to curl alone, in a pipe. A name that the login exported stays exported, so it is made anew; s is the
# one that this whole script was read into.
set +a
set -- "$presigned"
unset s presigned
presigned=$1
set --

# Lines of curl's configuration.
way_of_curl() {
    if [ -n "$presigned" ]; then
        printf 'url = "%s"\n' "$presigned"
    else
        service=s3
        signature GET "$path$path_of_key" "" e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
        printf 'url = "%s://%s%s%s"\n' "${root%%://*}" "$host" "$path" "$path_of_key"
    fi
    printf 'header = "If-Match: \\"%s\\""\n' "$backup_etag"
}

# curl itself takes no answer that begins elsewhere; "-f" keeps the page of a no out of the file.
by_curl() {
    { way_of_curl; [ "$before" = 0 ] || printf 'continue-at = %s\n' "$before"; } |
        curl -q -s -S -f -g --connect-timeout 5 --max-time "$slice_seconds" -K - 2>&5
    printf '\nexit %s\n' $? >&5
}

by_aws() {
    AWS_PAGER= AWS_MAX_ATTEMPTS=1 timeout -k 1 "$slice_seconds" "$aws" --region "$region" --output json --cli-connect-timeout 5 \
        --cli-read-timeout 10 ${endpoint:+--endpoint-url "$endpoint"} s3api get-object --bucket "$bucket" --key "$backup_key" \
        --range "bytes=$before-$((backup_size - 1))" --if-match "\"$backup_etag\"" /dev/fd/7 7>&1 >/dev/null 2>&5
    printf '\nexit %s\n' $? >&5
}

ask_why() {
    { way_of_curl; printf 'header = "Range: bytes=0-0"\n'; } | {
        curl -q -s -S -i -g --connect-timeout 3 --max-time 5 -K - 2>&1
        printf '\nexit %s\n' $?
    } | head -c 8192 | base64 -w 0
}

must_be_owner
describe
if [ -n "$presigned" ]; then
    find_identity
    key_id= secret_key= session_token=
    command -v curl >/dev/null || refuse no-store-tool
    case $(command -v printf) in /*) refuse no-store-tool ;; esac
    tool=curl
    say bucket-rights "curl presigned unsaid"
else
    open_bucket
fi
enter_import
nothing_in_the_way
take_half
[ ! -e "$backup" ] || [ -s "$half" ] || rm -f -- "$half"
nothing_in_the_way
before=$(size_of "$half")
[ "$before" -le "$backup_size" ] || refuse too-long "$shared/import/$half has $before bytes, the backup has $backup_size"
set -- $(stat -f -c '%a %S' .)
[ $# -ne 2 ] || [ $(($1 * $2)) -ge $((backup_size - before + spare)) ] ||
    refuse no-room "$(($1 * $2)) bytes are free there, $((backup_size - before)) are still to come, and $spare stay free"
said= why= after=$before
if [ "$before" -lt "$backup_size" ]; then
    time_left 14
    [ "$seconds_left" -ge "$slice_seconds" ] || slice_seconds=$seconds_left
    said=$({ "by_$tool" | head -c $((backup_size - before)) >&9 2>&5; } 5>&1 | head -c 4096)
    after=$(size_of "$half")
    case $said in
        *'No space left'* | *'quota exceeded'*) refuse no-room "the disk or the quota is full; $after of $backup_size bytes are there" ;;
        *'Read-only file system'* | *'Input/output error'*) refuse import-closed "$said" ;;
    esac
    [ "$tool" = aws ] || case $said in *'curl: (22)'*) why=$(ask_why) ;; esac
    time_left 5
    timeout -s KILL "$seconds_left" sync -- "$half" 2>/dev/null
fi
say fetched "$before $after"
told_of "$said"
say bucket-said "fetch told $told"
[ -z "$why" ] || say_answer why "$why"
send
