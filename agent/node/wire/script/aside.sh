# The login user's half of a service verb: the unit is his business, the guard and the letter are the owner's.
owner_says() { printf '%s\n' "$1" | eval "$as_owner"; }
owner_says "$guard"
case $? in
    0) ;;
    3) exit 0 ;;
    *) eval "$(printf %b "$look")"; refusal=sudo-refused; answer; exit 0 ;;
esac
ask=/usr/bin/systemctl
[ "$(id -u)" = 0 ] || ask="/usr/bin/sudo -n $ask"
$ask --no-block "$act" "$unit" >/dev/null 2>&1 3<&-
ended=$?
[ "$ended" = 0 ] || owner_says "${look}refusal=service-failed detail='systemctl ended with $ended'\\nanswer"
[ "$ended" != 0 ] || owner_says "${look}answer"
