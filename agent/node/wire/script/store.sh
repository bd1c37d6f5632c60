# Requests to a bucket with Jira's own rights: by the aws command where there is one, else by curl with signatures of our
# own (sigv4.sh). What came back is told as it came; nothing is judged here.

# How much of an answer is read, and for how long it is waited for; empty is as below.
most= patience=

# $tool is aws, curl or empty. Where printf is a program a key would be its argument.
choose_store_tool() {
    tool= aws=
    for name in /usr/local/bin/aws /usr/bin/aws; do
        [ ! -x "$name" ] || { tool=aws aws=$name; return 0; }
    done
    case $(command -v printf) in /*) return 0 ;; esac
    ! command -v curl >/dev/null || tool=curl
}

# A bucket: its name, region, where its root is (scheme, host, port, and /bucket where the name is not in the host), and
# the endpoint that was written down for it, empty for AWS's own.
enter_bucket() {
    bucket=$1 region=$2 root=$3 endpoint=$4
    host=${root#*://} path=/
    case $host in */*) path=/${host#*/}/ host=${host%%/*} ;; esac
    # The scheme's own port is left out by every client, so it is not signed either.
    case $root in https://*) host=${host%:443} ;; *) host=${host%:80} ;; esac
}

# ask_store METHOD KEY QUERY [MORE]: key and query come encoded as a signature wants them, the query's names in order; MORE
# are lines of curl's configuration. A PUT sends $content.
ask_store() {
    service=s3 hash=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    case $1 in
        PUT)
            hash=$(printf %s "$content" | hash_of)
            set -- "$1" "$2" "$3" "${4:-}${nl}data-binary = \"$content\"${nl}header = \"Content-Type:\""
            ;;
        HEAD) set -- "$1" "$2" "$3" "${4:-}${nl}head" ;;
    esac
    {
        signature "$1" "$path$2" "$3" "$hash"
        printf 'url = "%s://%s%s%s"\n%s\n' "${root%%://*}" "$host" "$path$2" "${3:+?$3}" "${4:-}"
        [ "$1" = HEAD ] || printf 'request = "%s"\n' "$1"
    } | curl_by_pipe
}

# No redirect is followed: to be sent elsewhere is an answer. The exit code stands behind the answer.
curl_by_pipe() {
    {
        curl -q -s -S -i -g --connect-timeout 5 --max-time "${patience:-12}" -K - 2>&1
        printf '\nexit %s\n' $?
    } | head -c "${most:-65536}" | base64 -w 0
}

# aws_asked WORDS: the aws command's answer and complaint, as one, and its exit code behind.
aws_asked() {
    {
        AWS_PAGER= AWS_CLI_AUTO_PROMPT=off AWS_MAX_ATTEMPTS=1 timeout -k 1 "${patience:-12}" "$aws" --region "$region" --output json \
            --cli-connect-timeout 5 --cli-read-timeout 10 "$@" 2>&1
        printf '\nexit %s\n' $?
    } | head -c "${most:-65536}" | base64 -w 0
}

# The same of the bucket's own store.
aws_store() {
    verb=$1
    shift
    aws_asked ${endpoint:+--endpoint-url "$endpoint"} s3api "$verb" --bucket "$bucket" "$@"
}

# What of an answer may leave the node, as one word in $told: a store repeats a key or a token that it does not take, so
# only lines of known kinds are told, and none that holds a credential.
told_of() {
    told=$(printf '%s\n' "$1" | grep -a -o -i -E -e '^HTTP/[0-9.]+ [0-9]{3}' \
        -e '^(date|x-amz-bucket-region|etag|x-amz-version-id|x-amz-delete-marker|x-amz-request-id): .{0,120}' \
        -e '<(Code|Message|Region|Arn)>[^<]{0,300}' -e '<ListBucketResult' -e '^curl: .{0,200}' \
        -e '^written by filestore-agent preflight-s3; may be deleted$' \
        -e '^ *"(ETag|VersionId|DeleteMarker|KeyCount|Arn|RequestCharged)": .{0,200}' \
        -e 'An error occurred \([A-Za-z0-9.]{1,60}\) when calling the [A-Za-z0-9]{1,40} operation.{0,300}' \
        -e '(Unable to locate|Partial) credentials' -e 'The config profile \(.{0,60}\) could not be found' \
        -e 'Could not connect to the endpoint URL' -e '(Connect|Read) timeout on endpoint URL' -e 'SSL validation failed' \
        -e 'Error when retrieving (credentials|token) from [A-Za-z0-9_-]{1,40}' -e 'Connection was closed before' \
        -e 'Unknown options' -e 'Invalid endpoint' -e 'Proxy ?Error' -e 'SSO session.{0,40}(expired|invalid)' \
        -e '^exit [0-9]+$' | tail -n 40)
    for secret in "$secret_key" "$session_token" "$key_id"; do
        [ -n "$secret" ] || continue
        case $told in *"$secret"*) told=withheld$nl${told##*"$nl"} ;; esac
    done
    secret=
    told=$(printf %s "$told" | head -c 6000 | base64 -w 0)
    told=${told:-=}
}
