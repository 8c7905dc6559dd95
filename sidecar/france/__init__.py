"""What is particular to France: telephone numbers; holidays and school zones will stand here too."""
