"""Tables to files and back: JSON lines in DynamoDB's wire form, a file for each table."""
