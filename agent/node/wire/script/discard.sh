# Remove what was staged, ours and a dead rollout's.
must_be_ours
remove_temps
answer
