# Before anything else: a known locale and path, nothing inherited, the document (if any) on descriptor 3.
LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
unset CDPATH ENV BASH_ENV IFS
umask 077
set -f
nl='
'
target=filestore-config.xml log=log/atlassian-jira.log ours=.filestore-agent refusal=ok detail= sums= length=none
fact_shape='%f %s %U:%u %G:%g %h %d %i %Y %Z %n'
exec 3<&0 </dev/null
say() { letter="$letter$1: $2$nl"; }
# What our small files may hold, line by line; whatever else stands there is nobody's word and is passed over.
w='[A-Za-z0-9+/=]+' n='(0|[1-9][0-9]{0,17})' d='(absent|sha256:[0-9a-f]{64})' b='[0-9a-f-]{36}'
e='(0|[1-9][0-9]{0,11})'
lock_shape="^lock [0-9a-f]{16} $w $e $w $w $w\$" epoch_shape="^epoch $e\$"
receipt_shape="^receipt $d $w $w $d $b $n\$" loaded_shape="^loaded $w $w $b $n\$"
# A temp of ours carries the tag of its plan, so that nobody else's file is ever taken for it.
h='[0-9a-f][0-9a-f][0-9a-f][0-9a-f]'
temps=".filestore-config.xml.$h$h$h$h.tmp .filestore-config.xml.$h$h$h$h.part.tmp"
