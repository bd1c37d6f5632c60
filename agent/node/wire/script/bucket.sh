# With whose rights, by which tool: what every request for a backup begins with; and what of an answer leaves the node.
open_bucket() {
    find_identity
    choose_store_tool
    # A command that cannot be started is none; and it writes to a pipe by name, which some shells (ksh93) have not.
    if [ "$tool" = aws ] && ! { : | [ -p /dev/stdin ] && timeout -k 1 8 "$aws" --version >/dev/null 2>&1; }; then
        tool=
        ! command -v curl >/dev/null || tool=curl
    fi
    [ -n "$tool" ] || refuse no-store-tool
    enter_bucket "$bucket" "$region" "$root" "$endpoint"
    chain=
    if [ "$tool" = curl ]; then
        find_keys || refuse no-keys "$chain"
    else
        key_id=$AWS_ACCESS_KEY_ID secret_key=$AWS_SECRET_ACCESS_KEY session_token=$AWS_SESSION_TOKEN
    fi
    say bucket-rights "$tool $surroundings ${chain:-unsaid}"
}

# An answer that is base64: whole where it is what was asked for, else only the lines that say why not; whole in no case
# where it holds a credential.
say_answer() {
    text=$(printf %s "$2" | base64 -d 2>/dev/null | tr -d '\0')
    case ${text%%"$nl"*} in
        HTTP/?.?\ 2??* | HTTP/?\ 2??* | \{*) kept=raw ;;
        *) kept=told ;;
    esac
    # Where there is nothing to list, the aws command may say nothing.
    [ "$text" != "${nl}exit 0" ] || kept=raw
    for secret in "$secret_key" "$session_token" "$key_id"; do
        [ -z "$secret" ] || case $text in *"$secret"*) kept=told ;; esac
    done
    secret=
    if [ "$kept" = raw ]; then
        say bucket-said "$1 raw $2"
    else
        told_of "$text"
        say bucket-said "$1 told $told"
    fi
    text=
}

# How long the next request may take: its share of what is left for so many, but not more than $2 seconds.
be_patient() {
    time_left 4
    patience=$((seconds_left / $1))
    [ "$patience" -le "$2" ] || patience=$2
    [ "$patience" -ge 1 ] || patience=1
}
