# The owner's half of a service verb: is the lock ours?
must_be_ours
exit 0
