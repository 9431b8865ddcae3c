"""The operator's side: builds, deploys and looks after a service. Never deployed itself."""
