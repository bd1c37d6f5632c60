# Give the lock back, and remember the epoch that fences its holder.
enter
must_be_epoch "$own_epoch"
must_be_epoch "$raise"
[ -d "$ours" ] || { survey; answer; exit 0; }
take_turn not-ours "$ours is not a folder of ours"
must_remember
survey
case "$held" in
    "lock $mine "* | '') ;;
    # A damaged lock names nobody: the empty plan at epoch 0 stands for it.
    damaged) case "$mine" in *' = 0') ;; *) refuse not-ours 'the lock file is damaged' ;; esac ;;
    *) refuse not-ours 'another rollout holds it' ;;
esac
highest=$seen
[ "$raise" -le "$highest" ] || highest=$raise
[ "$own_epoch" -le "$highest" ] || highest=$own_epoch
# It is on the disk since the claim, most times.
[ "$highest" = "$seen" ] || keep epoch "epoch $highest$nl" || refuse not-written "$ours/epoch"
# In this order: a copy of a plan without a lock is nobody's, and no lock is without its copy.
rm -f "$ours/lock" "$ours/plan" "$ours/plan.new"
sync "$ours"
answer
