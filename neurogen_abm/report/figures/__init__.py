"""The figures of reports and of the page."""
