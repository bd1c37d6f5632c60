"""What S3 is to Jira's client: where a bucket answers, and what the answers mean."""
