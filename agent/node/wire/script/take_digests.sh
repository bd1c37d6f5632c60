# Digests of pieces of the fetched file, as many as there is time for. A file that ends too early shows in its digest.
digest_by() {
    case $piece_digest in
        crc32) gzip -1 -c | tail -c 8 | od -An -v -t x1 -N 4 | tr -d '\n' ;;
        *) "${piece_digest}sum" ;;
    esac
}

# Status of the reading first, then the digest: the reader is done before what it fed.
take_piece() {
    set -- if="$file" bs=1048576 iflag=nofollow,fullblock,skip_bytes,count_bytes
    [ "$piece_bytes" = 0 ] || set -- "$@" skip="$((piece_first * piece_bytes))" count="$piece_bytes"
    {
        { timeout "$seconds_left" dd "$@" 2>/dev/null; printf '%s ' $? >&5; } | digest_by >&5
    } 5>&1 2>/dev/null
}

enter_import
must_be_plain
file=$half
[ -e "$half" ] || file=$backup
[ -f "$file" ] && [ ! -L "$file" ] && [ -r "$file" ] || refuse not-fetched "$shared/import/$file is not there, or cannot be read"
fault= pieces_found= taken=0
case $piece_digest in crc32) one=gzip ;; *) one=${piece_digest}sum ;; esac
command -v "$one" >/dev/null || fault=tool
time_left 10
[ -n "$fault" ] || while [ "$taken" -lt "$piece_count" ] && [ "$taken" -lt "$most_digests" ]; do
    time_left 10
    set -- $(take_piece)
    case $1 in
        0) ;;
        124 | 137) [ "$taken" -gt 0 ] || fault=time; break ;;
        *) fault=reading; break ;;
    esac
    shift
    sum=
    case $piece_digest in crc32) sum=$4$3$2$1 ;; *) sum=$1 ;; esac
    pieces_found="$pieces_found $sum" taken=$((taken + 1)) piece_first=$((piece_first + 1))
    [ "$((up - begun_at))" -lt 25 ] || break
done
describe
say digests "${pieces_found# }"
say digests-fault "$fault"
send
