"""The web face without a browser: programming interface, feeds, health, the page's way in."""
