"""Which texts make another program run the drift check again and again? systemd units, a cron line, CI pipelines."""
