# Take the lock: whole or not at all, and never under an epoch that the node has seen.
plan=$ours/plan new_plan=$ours/plan.new
all_tools
enter
must_be_epoch "$own_epoch"
survey
safe_home
[ -d "$ours" ] || trouble=$(mkdir -m 700 "$ours" 2>&1) || [ -d "$ours" ] ||
    refuse "$(code_of "$trouble" not-written)" "$trouble"
take_turn home-unsafe "$ours is not a folder of ours"
must_remember
[ "$closed" = yes ] || chmod 0700 "$ours"
mine_already=no anothers=no
# The same plan, or the one that ours puts back, at a lower epoch: its holder is fenced from the moment that the new lock
# has the name.
must_be_newer() {
    was=${held#"lock $1 "} was=${was%% *}
    [ "$own_epoch" -gt "$was" ] || refuse locked "$2 holds it at epoch $was"
}
case "$held" in
    "lock $mine "*) mine_already=yes ;;
    '') ;;
    "lock ${mine% *} "*) must_be_newer "${mine% *}" 'this very plan' ;;
    "lock ${undoes:--} "*) anothers=yes; must_be_newer "$undoes" 'the plan to be put back' ;;
    *) refuse locked ;;
esac
[ "$mine_already" = yes ] || [ "$own_epoch" -gt "$seen" ] || refuse epoch "the node has seen $seen, the claim has $own_epoch"

is_wanted() { case $(sha256sum <"$1") in "${wanted#sha256:} "*) ;; *) false ;; esac; }

lose_copy() {
    rm -f "$new_plan"
    refuse "$1" "$2"
}

# The copy of the plan is whole on the disk before the lock names us, so that no lock is ever without its own.
keep_copy() {
    [ "$bytes" -le 4194304 ] || refuse not-written "the copy of the plan has $bytes bytes, more than 4194304"
    [ ! -e "$new_plan" ] && [ ! -L "$new_plan" ] || rm -f "$new_plan"
    trouble=$({ head -c "$bytes" <&3 >"$new_plan"; } 2>&1) || lose_copy "$(code_of "$trouble" not-written)" "$trouble"
    is_wanted "$new_plan" || lose_copy damaged 'the copy of the plan'
    trouble=$(sync "$new_plan" 2>&1) || lose_copy sync-failed "$trouble"
    trouble=$({ mv -f -T "$new_plan" "$plan" && sync "$ours"; } 2>&1) || lose_copy "$(code_of "$trouble" not-written)" "$trouble"
}

# One and the same plan has one and the same copy; another's, which a death left behind, must not pass for ours. The copy
# of a plan that is put back gives way before its lock does: whoever dies in between has left both names, one in each.
if [ "$bytes" -gt 0 ]; then
    [ -n "$held" ] && [ -f "$plan" ] && [ ! -L "$plan" ] && is_wanted "$plan" || keep_copy
elif { [ -z "$held" ] || [ "$anothers" = yes ]; } && { [ -e "$plan" ] || [ -L "$plan" ]; }; then
    trouble=$({ rm -f "$plan" && sync "$ours"; } 2>&1) || refuse "$(code_of "$trouble" not-written)" "$trouble"
fi
[ "$mine_already" = no ] || { answer_briefly; exit 0; }

# A dead claim may have left this second name of its lock.
[ ! -e "$ours/lock.new" ] || rm -f "$ours/lock.new"
# A free place is taken by link, which never replaces; the place of a lower epoch by rename, so that it is never free.
take_place() {
    if [ -z "$held" ]; then ln "$ours/lock.new" "$ours/lock"; else mv -f -T "$ours/lock.new" "$ours/lock"; fi
}
new_lock() {
    printf 'lock %s %s\n' "$mine" "$who" >"$ours/lock.new" && printf 'epoch %s\n' "$own_epoch" >"$ours/epoch.new" &&
        sync "$ours/lock.new" "$ours/epoch.new" && take_place || return 1
    mv -f -T "$ours/epoch.new" "$ours/epoch" && { [ -n "$held" ] || rm "$ours/lock.new"; } && sync "$ours" ||
        { [ -n "$held" ] || rm -f "$ours/lock"; return 1; }
}
trouble=$(new_lock 2>&1) || { code=$(code_of "$trouble" not-written); rm -f "$ours/lock.new" "$ours/epoch.new"; refuse "$code" "$trouble"; }
# Told as it is on the disk now.
held= seen=
{ IFS= read -r held <"$ours/lock"; IFS= read -r seen <"$ours/epoch"; } 2>/dev/null
seen=${seen#epoch }
answer_briefly
