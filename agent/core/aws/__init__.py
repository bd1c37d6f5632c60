"""What AWS calls its regions and hosts: botocore's data of a known date, and how an S3 host is read by it."""
