"""What only the container image needs: how it starts, says that it is well, and is kept small."""
