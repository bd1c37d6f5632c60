"""What does the owner of a bucket set up for Jira: who may do what, nothing overwritten, the rest cleaned up?"""
