# Put the document beside the target, without touching the target.
all_tools
must_be_ours
! plain_target || take_sums "$target"
as_expected
may_replace
remove_temps
write_part
trouble=$(mv -f -T -- "$part" "$staged" 2>&1) || give_up "$(code_of "$trouble" not-written)" "$trouble"
# What was checked under the one name lies under the other now.
sums="${wanted#sha256:}  $staged" length=none
answer_briefly
