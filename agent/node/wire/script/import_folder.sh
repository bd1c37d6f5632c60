# The import folder of the shared home: is it the right one, is it nobody else's, and what of a backup lies in it?

half=.$backup.$backup_tag.part damaged=.$backup.$backup_tag.damaged

enter_import() {
    must_be_owner
    [ -d "$shared" ] || refuse no-shared-home "$shared is no folder here"
    cd -P -- "$shared" 2>/dev/null || refuse no-shared-home "$shared may not be entered"
    must_be_jiras
    set -- $(stat -c '%f' -- .)
    [ $((0x$1 & 2)) -eq 0 ] || [ $((0x$1 & 512)) -ne 0 ] || refuse import-unsafe "$shared may be written by everybody"
    [ -e import ] || [ -L import ] || make_import
    [ ! -L import ] || refuse import-unsafe "$shared/import is a symbolic link"
    [ -d import ] || refuse import-unsafe "$shared/import is no folder"
    set -- $(stat -c '%f %u %U %G %g' -- import)
    [ $((0x$1 & 2)) -eq 0 ] || refuse import-unsafe "$shared/import may be written by everybody"
    [ "$2" = 0 ] || [ -O import ] || refuse import-unsafe "$shared/import belongs to $3"
    [ $((0x$1 & 16)) -eq 0 ] || [ "$5" = 0 ] || [ "$4" = "$group" ] || [ "$4" = "$(id -gn)" ] ||
        refuse import-unsafe "$shared/import may be written by the group $4"
    cd -P -- import 2>/dev/null && [ -w . ] ||
        refuse import-closed "$shared/import: $(touch -c -- . 2>&1)"
}

# A folder that nothing is mounted on looks like a shared home that is empty, and Jira knows where its own is.
must_be_jiras() {
    known=
    for one in data import export caches; do
        [ ! -d "$one" ] || known=$one
    done
    [ -n "$known" ] || refuse no-shared-home "$shared holds neither data nor import, export or caches; is it mounted here?"
    own=$(grep -a -E '^[[:space:]]*jira\.shared\.home[[:space:]=:]' -- "$home/cluster.properties" 2>/dev/null | tail -n 1 | tr -d '\r')
    own=${own#*jira.shared.home}
    while :; do
        case $own in [\ \	=:]*) own=${own#?} ;; *' ') own=${own% } ;; *) break ;; esac
    done
    # With a backslash it is written in a way of its own, and proves nothing here.
    case $own in
        *\\*) ;;
        /*) [ "$own" -ef . ] || refuse no-shared-home "cluster.properties says jira.shared.home is $own" ;;
    esac
}

make_import() {
    trouble=$(mkdir -m 0750 -- import 2>&1) || [ -d import ] || refuse import-closed "$trouble"
    chgrp -- "$group" import 2>/dev/null
}

# Whatever has a name of ours must be a plain file of ours.
must_be_plain() {
    for one in "$half" "$damaged"; do
        [ ! -L "$one" ] || refuse import-unsafe "$shared/import/$one is a symbolic link"
        [ ! -e "$one" ] || { [ -f "$one" ] && [ -O "$one" ]; } ||
            refuse import-unsafe "$shared/import/$one is no plain file of $owner"
    done
}

size_of() { stat -c %s -- "$1" 2>/dev/null; }

say_files() {
    for one in "whole $backup" "half $half" "damaged $damaged"; do
        facts=$(stat -c '%f %s %U:%u %G:%g' -- "${one#* }" 2>/dev/null) || continue
        say import-file "${one%% *} $facts"
    done
}

# One at a time, on all nodes, works on a half; the kernel frees descriptor 9 whenever the script ends. A run that ended
# meanwhile has taken the name away.
take_half() {
    must_be_plain
    trouble=$({ true >>"$half"; } 2>&1) || refuse import-closed "$trouble"
    exec 9>>"$half"
    flock -w 4 9 9>&9 || refuse fetching
    [ ! -L "$half" ] && [ "$half" -ef /proc/$$/fd/9 ] || refuse fetching
}

nothing_in_the_way() {
    [ ! -e "$backup" ] && [ ! -L "$backup" ] || refuse in-the-way "$shared/import/$backup"
}
