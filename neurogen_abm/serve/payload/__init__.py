"""What is sent to the page."""
