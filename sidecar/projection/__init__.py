"""What an appointment looks like in a calendar, a person in an address book, and back. Pure."""
