"""What an admin installs: the description for Nextcloud, the archive for its store, the image, the units."""
