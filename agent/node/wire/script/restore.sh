# Put an earlier document back, or the absence of one.
must_be_ours
bytes=65536
if [ "$wanted" = absent ]; then
    take_all_sums
    as_expected
else
    wanted_kept=$documents/${wanted#sha256:}
    [ ! -f "$wanted_kept" ] || set -- "$wanted_kept"
    take_all_sums "$@"
    as_expected
    sum_of "$wanted_kept"
    [ "$sum" = "$wanted" ] || refuse not-kept
    all_sums=$sums
    may_replace
    remove_temps
    exec 3<"$wanted_kept"
    write_part
    sums=$all_sums
fi
keep_previous
still_expected
if [ "$wanted" = absent ]; then
    trouble=$(rm -f -- "$target" 2>&1) || refuse "$(code_of "$trouble" not-written)" "$trouble"
else
    trouble=$(mv -f -T -- "$part" "$target" 2>&1) || give_up "$(code_of "$trouble" not-written)" "$trouble"
fi
settle_and_record
answer
