# Is what was fetched a ZIP file that can be read through? By descriptor: unzip takes some letters of a name as patterns.
enter_import
must_be_plain
file=$half
[ -e "$half" ] || file=$backup
[ -f "$file" ] && [ ! -L "$file" ] && [ -r "$file" ] || refuse not-fetched "$shared/import/$file is not there, or cannot be read"
if command -v unzip >/dev/null; then
    time_left 8
    exec 8<"$file"
    timeout "$seconds_left" unzip -tqq "/proc/$$/fd/8" >/dev/null 2>&1
    case $? in
        0) archive=sound ;;
        124 | 137) archive='too long' ;;
        2 | 3 | 9 | 51) archive=damaged ;;
        # A warning may stand for a file in it that was passed over (1), or packed in a way that this unzip does not know (81).
        *) archive=unsure ;;
    esac
    exec 8<&-
else
    archive='no tool'
fi
describe
say archive "$archive"
send
