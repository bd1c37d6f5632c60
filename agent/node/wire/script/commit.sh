# Replace the file by the staged document, if both are still what the plan knows.
must_be_ours
take_all_sums "$staged"
as_expected
[ -f "$staged" ] && [ ! -L "$staged" ] || refuse not-staged 'nothing is staged'
sum_of "$staged"
[ "$sum" = "$wanted" ] || refuse not-staged "staged is $sum"
safe_home
keep_previous
still_expected
trouble=$(mv -f -T -- "$staged" "$target" 2>&1) || refuse "$(code_of "$trouble" not-written)" "$trouble"
settle_and_record
survey
recall
inside=yes tag=
look_at_content
answer_briefly
