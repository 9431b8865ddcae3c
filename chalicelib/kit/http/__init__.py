"""The way in from API Gateway: the app, and what it answers."""
