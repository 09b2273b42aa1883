"""The Dash screen: one file per page, one per panel. ``app.create`` makes the application."""
