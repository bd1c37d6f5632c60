# The fetched file comes to the disk and gets its owner, mode and name, if nobody has that name.
enter_import
nothing_in_the_way
[ -e "$half" ] || refuse not-fetched "$shared/import/$half is not there"
take_half
nothing_in_the_way
now=$(size_of "$half")
[ "$now" = "$backup_size" ] || refuse not-fetched "$shared/import/$half has $now bytes, the backup has $backup_size"
time_left 10
# What does not come to the disk in time goes on by itself, and is asked for again.
trouble=$({ timeout -s KILL "$seconds_left" sync -- "$half"; } 2>&1)
case $? in
    0) synced=yes ;;
    124 | 137) synced=no ;;
    *) refuse sync-failed "$trouble" ;;
esac
if [ "$synced" = yes ]; then
    [ "$(stat -c %G -- "$half")" = "$group" ] || trouble=$(chgrp -- "$group" "$half" 2>&1) || refuse group-refused "$group"
    trouble=$(chmod -- "$mode" "$half" 2>&1) || refuse not-fetched "$trouble"
    # Where there are no hard links, a move that replaces nothing.
    ln -T -- "$half" "$backup" 2>/dev/null && rm -f -- "$half" || mv -n -T -- "$half" "$backup" 2>/dev/null
    [ "$backup" -ef /proc/$$/fd/9 ] && [ ! -e "$half" ] || { nothing_in_the_way; refuse not-fetched "$shared/import/$backup could not be made"; }
    sync -- "$backup" . 2>/dev/null
fi
describe
cd -P -- "$shared/import" && say_files
say finished "$synced"
send
