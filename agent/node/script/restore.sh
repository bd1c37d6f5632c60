# Put an earlier document back, or the absence of one.
must_be_ours
as_expected
bytes=65536
if [ "$wanted" != absent ]; then
    kept=$documents/${wanted#sha256:}
    [ -f "$kept" ] && sum_of "$kept" && [ "$sum" = "$wanted" ] || refuse not-kept
    may_replace
    remove_temps
    exec 3<"$kept"
    write_part
fi
keep_previous
as_expected
if [ "$wanted" = absent ]; then
    trouble=$(rm -f -- "$target" 2>&1) || refuse "$(code_of "$trouble" not-written)" "$trouble"
else
    trouble=$(mv -f -T -- "$part" "$target" 2>&1) || give_up "$(code_of "$trouble" not-written)" "$trouble"
fi
settle
leave_receipt
answer
