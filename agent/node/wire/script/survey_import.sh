# What of a backup lies in the import folder, and how much room is there?
enter_import
must_be_plain
space=$(stat -f -c '%a %S %d %c %T' . 2>/dev/null)
describe
cd -P -- "$shared/import" && say_files
say import-space "$space"
send
