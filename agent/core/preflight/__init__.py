"""What will Jira be able to do with each bucket? Replies of a store in, checks in its health check's words out."""
