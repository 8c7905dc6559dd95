"""What pages and programming interface share: who may look, and refusals as answers."""
