# AWS's signature, version 4, by sha256sum alone: a key stands in no argument and in no file, only in pipes.
# (AWS, "Create a signed AWS API request"; any curl will do, whatever it knows of signing itself.)

hash_of() { sha256sum | cut -c 1-64; }

to_hex() { od -An -v -t x1 | tr -d ' \n'; }

# Bytes of hex digits, each xored with $2; for printf %b.
octal() {
    left=$1 octal=
    while [ -n "$left" ]; do
        byte=$((0x${left%"${left#??}"} ^ $2)) left=${left#??}
        octal="$octal\\0$((byte >> 6))$((byte >> 3 & 7))$((byte & 7))"
    done
}

# HMAC-SHA256 (RFC 2104) of what comes on stdin, by a key of hex digits.
hmac_of() {
    key=$1
    if [ ${#key} -gt 128 ]; then
        octal "$key" 0
        key=$(printf %b "$octal" | hash_of)
    fi
    while [ ${#key} -lt 128 ]; do key=${key}00; done
    octal "$key" 54
    inner=$({ printf %b "$octal"; cat; } | hash_of)
    octal "$key" 92
    outer=$octal
    octal "$inner" 0
    { printf %b "$outer"; printf %b "$octal"; } | hash_of
}

# The key of one day, region and service; it is the same for every request of a letter, until midnight.
signing_key() {
    [ "$signed_for" = "$day $region $service" ] && return
    signing=$(printf %s "AWS4$secret_key" | to_hex)
    for part in "$day" "$region" "$service" aws4_request; do
        signing=$(printf %s "$part" | hmac_of "$signing")
    done
    signed_for="$day $region $service"
}
signed_for=

# The headers that sign METHOD PATH QUERY HASH for $host, as lines of curl's configuration. Path and query come encoded
# as the signature wants them, the query's names in order.
signature() {
    stamp=$(date -u +%Y%m%dT%H%M%SZ)
    day=${stamp%T*}
    names='host;x-amz-content-sha256;x-amz-date'
    headers="host:$host${nl}x-amz-content-sha256:$4${nl}x-amz-date:$stamp$nl"
    if [ -n "$session_token" ]; then
        names="$names;x-amz-security-token"
        headers="${headers}x-amz-security-token:$session_token$nl"
    fi
    scope=$day/$region/$service/aws4_request
    digest=$(printf %s "$1$nl$2$nl$3$nl$headers$nl$names$nl$4" | hash_of)
    signing_key
    sealed=$(printf %s "AWS4-HMAC-SHA256$nl$stamp$nl$scope$nl$digest" | hmac_of "$signing")
    printf 'header = "%s"\n' "x-amz-content-sha256: $4" "x-amz-date: $stamp"
    [ -z "$session_token" ] || printf 'header = "%s"\n' "x-amz-security-token: $session_token"
    printf 'header = "Authorization: AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s"\n' \
        "$key_id" "$scope" "$names" "$sealed"
}
