"""A report in the forms that CI and monitoring read: values only, the edges write them down."""
