"""What Nextcloud is given of Hors les murs: its description, icons, texts of the menu, and the archive for its app store."""
