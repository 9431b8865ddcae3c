"""The way to DynamoDB: one client, one place for its errors, one set of verbs for writes."""
