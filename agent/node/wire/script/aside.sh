# The login user's half of a service verb: the unit is his business, the guard and the letter are the owner's.
owner_says() { printf '%s\n' "$1" | eval "$as_owner"; }
owner_says "$guard"
case $? in
    0) ;;
    3) exit 0 ;;
    *) eval "$(printf %b "$look")"; refusal=sudo-refused; answer; exit 0 ;;
esac
if ask_systemd "$(id -u)"; then
    owner_says "${look}answer"
else
    # The words are systemd's: to the owner's shell they travel as a value.
    owner_says "${look}refusal=$refusal detail=\$(printf %s $(printf %s "$detail" | base64 -w 0) | base64 -d)\\nanswer"
fi
