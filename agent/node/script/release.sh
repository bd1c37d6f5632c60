# Give the lock back, and remember the epoch that fences its holder.
enter
[ -d "$ours" ] || { answer; exit 0; }
take_turn not-ours "$ours is not a folder of ours"
case "$held" in
    "lock $mine "* | '') ;;
    # A damaged lock names nobody: the empty plan at epoch 0 stands for it.
    damaged) case "$mine" in *' = 0') ;; *) refuse not-ours 'the lock file is damaged' ;; esac ;;
    *) refuse not-ours 'another rollout holds it' ;;
esac
epoch_seen
[ "$raise" -le "$seen" ] || seen=$raise
[ "$own_epoch" -le "$seen" ] || seen=$own_epoch
printf 'epoch %s\n' "$seen" | keep epoch 2>/dev/null || refuse not-written "$ours/epoch"
rm -f "$ours/lock"
sync "$ours"
answer
