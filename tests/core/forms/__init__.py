"""A report in the forms that CI and monitoring read."""
