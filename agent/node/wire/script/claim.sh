# Take the lock: whole or not at all, and never under an epoch that the node has seen.
all_tools
enter
survey
safe_home
[ -d "$ours" ] || trouble=$(mkdir -m 700 "$ours" 2>&1) || [ -d "$ours" ] ||
    refuse "$(code_of "$trouble" not-written)" "$trouble"
take_turn home-unsafe "$ours is not a folder of ours"
[ "$closed" = yes ] || chmod 0700 "$ours"
case "$held" in
    "lock $mine "*) answer_briefly; exit 0 ;;
    '') ;;
    *) refuse locked ;;
esac
[ "$own_epoch" -gt "$seen" ] || refuse epoch "the node has seen $seen, the claim has $own_epoch"
# A dead claim may have left this second name of its lock.
[ ! -e "$ours/lock.new" ] || rm -f "$ours/lock.new"
new_lock() {
    printf 'lock %s %s\n' "$mine" "$who" >"$ours/lock.new" && printf 'epoch %s\n' "$own_epoch" >"$ours/epoch.new" &&
        sync "$ours/lock.new" "$ours/epoch.new" && ln "$ours/lock.new" "$ours/lock" || return 1
    mv -f -T "$ours/epoch.new" "$ours/epoch" && rm "$ours/lock.new" && sync "$ours" || { rm -f "$ours/lock"; return 1; }
}
trouble=$(new_lock 2>&1) || { code=$(code_of "$trouble" not-written); rm -f "$ours/lock.new" "$ours/epoch.new"; refuse "$code" "$trouble"; }
# Told as it is on the disk now.
held= seen=
{ IFS= read -r held <"$ours/lock"; IFS= read -r seen <"$ours/epoch"; } 2>/dev/null
seen=${seen#epoch }
answer_briefly
