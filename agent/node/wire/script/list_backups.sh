# One page of what lies directly below backups/.
must_be_owner
describe
open_bucket
most=720000
be_patient 1 20
if [ "$tool" = aws ]; then
    set --
    [ -z "$page_mark" ] || set -- --continuation-token "$page_mark"
    said=$(aws_store list-objects-v2 --prefix backups/ --delimiter / --max-keys "$page_size" --no-paginate "$@")
else
    said=$(ask_store GET "" "$page_query")
fi
say_answer list "$said"
send
