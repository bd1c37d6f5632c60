# Put the document beside the target, without touching the target.
all_tools
must_be_ours
as_expected
may_replace
remove_temps
write_part
trouble=$(mv -f -T -- "$part" "$staged" 2>&1) || give_up "$(code_of "$trouble" not-written)" "$trouble"
answer
