"""What is asked of the buckets behind the file, and how it is told."""
