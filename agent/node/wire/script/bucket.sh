# With whose rights, by which tool: what every request to a bucket of our own begins with.
open_bucket() {
    find_identity
    choose_store_tool
    [ -n "$tool" ] || refuse no-store-tool
    enter_bucket "$bucket" "$region" "$root" "$endpoint"
    chain=
    if [ "$tool" = curl ]; then
        find_keys || refuse no-keys "$chain"
    fi
    say rights "$tool $surroundings ${chain:-unsaid}"
}
