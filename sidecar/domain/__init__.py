"""The words and rules of outreach: pure, without I/O, clock or ids of their own."""
