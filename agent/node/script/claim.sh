# Take the lock: whole or not at all, and never under an epoch that the node has seen.
all_tools
enter
safe_home
trouble=$([ -d "$ours" ] || mkdir -m 700 "$ours" 2>&1) || [ -d "$ours" ] ||
    refuse "$(code_of "$trouble" not-written)" "$trouble"
take_turn home-unsafe "$ours is not a folder of ours"
chmod 0700 "$ours"
case "$held" in
    "lock $mine "*) answer; exit 0 ;;
    '') ;;
    *) refuse locked ;;
esac
epoch_seen
[ "$own_epoch" -gt "$seen" ] || refuse epoch "the node has seen $seen, the claim has $own_epoch"
# A dead claim may have left this second name of its lock.
rm -f "$ours/lock.new"
trouble=$({ printf 'lock %s %s\n' "$mine" "$who" >"$ours/lock.new" && sync "$ours/lock.new" && ln "$ours/lock.new" "$ours/lock"; } 2>&1) ||
    { code=$(code_of "$trouble" not-written); rm -f "$ours/lock.new"; refuse "$code" "$trouble"; }
rm -f "$ours/lock.new"
printf 'epoch %s\n' "$own_epoch" | keep epoch 2>/dev/null || { rm -f "$ours/lock"; refuse not-written "$ours/epoch"; }
answer
