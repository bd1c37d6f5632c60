# What was fetched is not the object: it gets a hidden name that says so, for whoever wants to look at it.
enter_import
[ -e "$half" ] || refuse not-fetched "$shared/import/$half is not there"
take_half
trouble=$(mv -f -T -- "$half" "$damaged" 2>&1) || refuse not-fetched "$trouble"
describe
say aside yes
send
