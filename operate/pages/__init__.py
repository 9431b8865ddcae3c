"""The static pages: made into a version, published to S3, and taken back to an earlier one."""
