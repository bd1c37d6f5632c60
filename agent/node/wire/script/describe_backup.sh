# What the store says of one object, and of its first two parts, whose sizes tell whether all are alike; where it says no, its reasons, which HEAD leaves out.
must_be_owner
describe
open_bucket
be_patient 4 8
if [ "$tool" = aws ]; then
    say_answer whole "$(aws_store head-object --key "$backup_key" --checksum-mode ENABLED)"
    say_answer part "$(aws_store head-object --key "$backup_key" --part-number 1)"
    say_answer second "$(aws_store head-object --key "$backup_key" --part-number 2)"
else
    said=$(ask_store HEAD "$path_of_key" "" 'header = "x-amz-checksum-mode: ENABLED"')
    case $(printf %.16s "$said" | base64 -d 2>/dev/null) in
        HTTP/?.?\ 2?? | HTTP/?\ 2??*) ;;
        *) be_patient 3 8; most=4096 said=$(ask_store GET "$path_of_key" "" 'header = "Range: bytes=0-0"') ;;
    esac
    say_answer whole "$said"
    say_answer part "$(ask_store HEAD "$path_of_key" partNumber=1)"
    say_answer second "$(ask_store HEAD "$path_of_key" partNumber=2)"
fi
send
